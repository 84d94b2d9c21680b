package node

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"umm/internal/clean"
	"umm/internal/execx"
	"umm/internal/mode"
)

// hookLimit bounds each hook.
const hookLimit = 60 * time.Second

// hooks runs the executables of /etc/umm/hooks.d/PHASE in the order of their
// names, with the facts in their environment. With refuse the first that fails
// ends it, and nothing has been changed; else all are run and failures are told.
func (n *Node) hooks(ctx context.Context, phase string, s mode.Session, refuse bool) error {
	files, err := hookFiles(filepath.Join(n.Root, "etc/umm/hooks.d", phase))
	if err != nil {
		return unsafe("", "cannot read the %s hooks: %v", phase, err)
	}
	env := hookEnv(phase, s, n.Facts())
	var failed []string
	for _, file := range files {
		how := n.hook(ctx, file, env)
		if how == "" {
			continue
		}
		how = fmt.Sprintf("the %s hook %s %s", phase, file, how)
		if refuse {
			return unsafe("mend the hook, or take its run bit away", "%s; nothing was changed", how)
		}
		failed = append(failed, how)
	}
	if len(failed) > 0 {
		return fmt.Errorf("%s", strings.Join(failed, "; "))
	}
	return nil
}

// hook runs one and says how it failed; "" is success.
func (n *Node) hook(ctx context.Context, file string, env []string) string {
	res, err := n.Run.Run(ctx, execx.Cmd{Argv: []string{file}, Env: env, Limit: hookLimit})
	for _, line := range strings.Split(strings.TrimSpace(string(res.Stdout)+string(res.Stderr)), "\n") {
		if line != "" {
			n.Tell(filepath.Base(file) + ": " + clean.Line(line))
		}
	}
	switch {
	case err != nil:
		return "did not end well: " + err.Error()
	case res.Code != 0:
		return fmt.Sprintf("failed with exit status %d", res.Code)
	default:
		return ""
	}
}

// hookFiles lists the executable regular files, links to such included, sorted.
// As run-parts does it, names with a dot are left out: editors and package
// managers leave such files behind.
func hookFiles(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if os.IsNotExist(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var files []string
	for _, e := range entries {
		path := filepath.Join(dir, e.Name())
		info, err := os.Stat(path)
		if err != nil || strings.ContainsAny(e.Name(), ".~#") || !info.Mode().IsRegular() || info.Mode()&0o111 == 0 {
			continue
		}
		files = append(files, path)
	}
	return files, nil
}

func hookEnv(phase string, s mode.Session, f mode.Facts) []string {
	return []string{
		"UMM_PHASE=" + phase,
		"UMM_TRIGGER=" + string(s.Trigger.Kind),
		"UMM_DETAIL=" + s.Trigger.Detail,
		"UMM_REASON=" + s.Reason,
		"UMM_BY=" + s.Trigger.By,
		"UMM_BOOT_ID=" + f.BootID,
		"UMM_LIVE=" + strconv.FormatBool(s.Live != nil),
	}
}
