package runstate

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"umm/internal/api"
)

const guardFile = "guard"

// Guard returns the run of umm-cluster that has this host, nil where none has. It
// is an error where that cannot be told.
func (d Dir) Guard() (*api.Guard, error) {
	path := filepath.Join(d.Path, guardFile)
	data, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("cannot tell whether a run of umm-cluster has this host: %w", err)
	}
	var g api.Guard
	if err := json.Unmarshal(data, &g); err != nil || g.Run == "" {
		return nil, fmt.Errorf("cannot tell whether a run of umm-cluster has this host: %s is not valid", path)
	}
	return &g, nil
}

// SetGuard keeps g for everybody to read; nil removes it.
func (d Dir) SetGuard(g *api.Guard) error {
	if g == nil {
		err := os.Remove(filepath.Join(d.Path, guardFile))
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("cannot remove the guard: %w", err)
		}
		return nil
	}
	data, err := json.Marshal(g)
	if err != nil {
		return fmt.Errorf("cannot write the guard: %w", err)
	}
	return d.replace(guardFile, append(data, '\n'))
}
