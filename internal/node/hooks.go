package node

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"umm/internal/clean"
	"umm/internal/execx"
	"umm/internal/mode"
)

// hookLimit bounds each hook, and hookOutput how much of each of its outputs is shown, in
// bytes.
const (
	hookLimit  = 60 * time.Second
	hookOutput = 64 << 10
)

// hooks runs the executables of /etc/umm/hooks.d/PHASE in the order of their
// names, with the facts in their environment. With refuse the first that fails
// ends it, and nothing has been changed; else all are run and failures are told.
func (n *Node) hooks(ctx context.Context, phase string, s mode.Session, refuse bool) error {
	files, err := n.hookFiles(phase)
	if err != nil {
		return unsafe("", "cannot run the %s hooks: %v", phase, err)
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
	res, err := n.Run.Run(ctx, execx.Cmd{Argv: []string{file}, Env: env, Limit: hookLimit, Keep: hookOutput})
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
// managers leave such files behind. What others than root can change, themselves or by the
// folder, is not run, and nothing beside it.
func (n *Node) hookFiles(phase string) ([]string, error) {
	dir := filepath.Join(n.Root, "etc/umm/hooks.d", phase)
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
	if len(files) == 0 {
		return nil, nil
	}
	for _, path := range append([]string{filepath.Dir(dir), dir}, files...) {
		if err := n.onlyRoots(path); err != nil {
			return nil, err
		}
	}
	return files, nil
}

// onlyRoots refuses a file, or a folder, that others than root own or may write to: they
// would be root by it. Where a link leads to counts, with the folder that it is in.
func (n *Node) onlyRoots(path string) error {
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		return err
	}
	for _, p := range []string{real, filepath.Dir(real)} {
		info, err := os.Stat(p)
		if err != nil {
			return err
		}
		owner := -1
		if st, ok := info.Sys().(*syscall.Stat_t); ok {
			owner = int(st.Uid)
		}
		switch {
		case owner != 0 && owner != os.Geteuid():
			return fmt.Errorf("%s is owned by user %d, not by root: chown root:root %s", p, owner, p)
		case info.Mode()&0o022 != 0 && info.Mode()&fs.ModeSticky == 0:
			return fmt.Errorf("%s can be written to by others than root: chmod go-w %s", p, p)
		}
	}
	return nil
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
