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

	"umm/internal/execx"
	"umm/internal/host/mode"
	"umm/internal/sanitize"
)

// hookLimit bounds each hook, and hookOutput how much of each of its outputs is shown, in
// bytes.
const (
	hookLimit  = 60 * time.Second
	hookOutput = 64 << 10
)

// What hooks exit with that postpone, as sysexits.h has them: a service is unavailable, and a
// failure is temporary.
const (
	exUnavailable = 69
	exTempFail    = 75
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
		how, later := n.hook(ctx, file, env)
		if how == "" {
			continue
		}
		how = fmt.Sprintf("the %s hook %s %s", phase, file, how)
		if refuse && later {
			return &Error{Code: Postponed, Err: fmt.Errorf("postponed: %s; nothing was changed", how), Hint: "try again later"}
		}
		if refuse {
			return unsafe("fix the hook, or chmod -x it", "%s; nothing was changed", how)
		}
		failed = append(failed, how)
	}
	if len(failed) > 0 {
		return fmt.Errorf("%s", strings.Join(failed, "; "))
	}
	return nil
}

// hook runs one and says how it failed; "" is success. later: it asks to try again later.
func (n *Node) hook(ctx context.Context, file string, env []string) (how string, later bool) {
	res, err := n.Run.Run(ctx, execx.Cmd{Argv: []string{file}, Env: env, Limit: hookLimit, Keep: hookOutput})
	for _, line := range strings.Split(strings.TrimSpace(string(res.Stdout)+string(res.Stderr)), "\n") {
		if line != "" {
			n.Tell(filepath.Base(file) + ": " + sanitize.Line(line))
		}
	}
	switch {
	case err != nil:
		return "failed: " + err.Error(), false
	case res.Code == exUnavailable || res.Code == exTempFail:
		return fmt.Sprintf("asks to try again later (exit status %d)", res.Code), true
	case res.Code != 0:
		return fmt.Sprintf("failed with exit status %d", res.Code), false
	default:
		return "", false
	}
}

// hookFiles lists the hooks of a phase.
func (n *Node) hookFiles(phase string) ([]string, error) {
	return n.executables(filepath.Join(n.Root, "etc/umm/hooks.d", phase))
}

// executables lists the executable regular files of a folder, links to such included, sorted.
// As run-parts does it, names with a dot are left out: editors and package
// managers leave such files behind. What others than root can change, or put another one in
// the place of, is not run, and nothing beside it.
func (n *Node) executables(dir string) ([]string, error) {
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
	for _, path := range files {
		if err := n.OnlyRoots(path); err != nil {
			return nil, err
		}
	}
	return files, nil
}

// maxLinks is how many links the kernel follows in one path (path_resolution(7)).
const maxLinks = 40

// OnlyRoots refuses a file that others than root could put another one in the place of:
// they would be root by it. Each folder on the way to it counts, and each link.
func (n *Node) OnlyRoots(path string) error {
	at := filepath.Clean(n.Root)
	rest := parts(strings.TrimPrefix(path, at))
	for links := 0; len(rest) > 0; {
		next := filepath.Join(at, rest[0])
		rest = rest[1:]
		info, err := os.Lstat(next)
		if err != nil {
			return err
		}
		if why, fix := rootsOwn(next, info); why != "" {
			if links > 0 { // to a place that may be his with good reason
				fix = "copy it to " + path + " instead of linking it"
			}
			return fmt.Errorf("%s %s: %s", next, why, fix)
		}
		if info.Mode()&fs.ModeSymlink == 0 {
			at = next
			continue
		}
		target, err := os.Readlink(next)
		if err != nil {
			return err
		}
		if links++; links > maxLinks {
			return &fs.PathError{Op: "stat", Path: path, Err: syscall.ELOOP}
		}
		if filepath.IsAbs(target) {
			at = "/"
		}
		rest = append(parts(target), rest...)
	}
	return nil
}

// parts are the names that a path is made of.
func parts(path string) []string {
	return strings.FieldsFunc(path, func(r rune) bool { return r == '/' })
}

// rootsOwn says why not only root can change what is at path, and how to fix it. In a sticky
// folder nobody can replace what is another's.
func rootsOwn(path string, info fs.FileInfo) (why, fix string) {
	owner := -1
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		owner = int(st.Uid)
	}
	mode := info.Mode()
	switch {
	case owner != 0 && owner != os.Geteuid():
		return fmt.Sprintf("is owned by user %d, not by root", owner), "chown -h root:root " + path
	case mode&fs.ModeSymlink == 0 && mode&0o022 != 0 && !(mode.IsDir() && mode&fs.ModeSticky != 0):
		return "can be written to by others than root", "chmod go-w " + path
	default:
		return "", ""
	}
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
