package rebootneeded

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"umm/internal/atomicfile"
	"umm/internal/execx"
	"umm/internal/host/hostfs"
)

const (
	flagFile     = "/run/reboot-required"
	packagesFile = flagFile + ".pkgs"
	// toolLimit bounds each program, the operator's too: umm-cluster waits for a status no
	// longer than limits.ask. outputLimit is in bytes.
	toolLimit   = 5 * time.Second
	outputLimit = 64 << 10
)

// inputs are what the answers of the tools depend on: they are not asked again before
// something is installed or removed.
var inputs = []string{
	"/var/lib/dpkg/status", "/var/lib/rpm/rpmdb.sqlite", "/var/lib/rpm/Packages", "/var/lib/rpm/Packages.db",
	"/usr/lib/sysimage/rpm/rpmdb.sqlite", "/boot", flagFile,
}

// Host is the host that is asked.
type Host struct {
	// Root is "/", or where the host's files are.
	Root string
	Run  execx.Runner
	// Next is the file of the kernel that the next boot starts.
	Next func() (file string, err error)
	// Container: the kernel is the outer host's.
	Container bool
	// Superuser: programs that only root may run are asked.
	Superuser bool
	// Command is the operator's own, a line for /bin/sh; empty where there is none.
	Command string
	// Refused says why it is not run; nil where it may be.
	Refused error
	// Cache is where the answers of the tools are cached for the length of this boot.
	Cache string
}

// Ask tells whether a reboot is needed.
func (h Host) Ask(ctx context.Context) Answer {
	f := facts{container: h.Container}
	files := hostfs.New(h.Root)
	if f.flagged = files.Exists(flagFile); f.flagged {
		f.packages = h.packages(files)
	}
	if !h.Container {
		f.running = Kernel{Release: h.line(files, "/proc/sys/kernel/osrelease"), Version: h.line(files, "/proc/sys/kernel/version")}
		f.next, f.touched, f.nextError = h.next(files)
	}
	f.tools = append(h.tools(ctx, files), h.operators(ctx)...)
	return decide(f)
}

func (h Host) line(files hostfs.FS, name string) string {
	data, _ := files.ReadFile(name)
	return strings.TrimSpace(string(data))
}

// packages are those that asked for a reboot, each once.
func (h Host) packages(files hostfs.FS) []string {
	data, _ := files.ReadFile(packagesFile)
	names := strings.Fields(string(data))
	slices.Sort(names)
	return slices.Compact(names)
}

// next reads which kernel the next boot starts; touched tells whether its file was changed
// after this boot had begun.
func (h Host) next(files hostfs.FS) (k Kernel, touched bool, err error) {
	name, err := h.Next()
	if err != nil {
		return Kernel{}, false, err
	}
	file, err := files.Real(name)
	if err != nil {
		return Kernel{}, false, err
	}
	f, err := os.Open(file)
	if err != nil {
		return Kernel{}, false, err
	}
	defer func() { _ = f.Close() }()
	head, err := io.ReadAll(io.LimitReader(f, imageHead))
	if err != nil {
		return Kernel{}, false, err
	}
	if k, err = parseImage(head); err == nil {
		return k, false, nil
	}
	info, err := f.Stat()
	if err != nil {
		return Kernel{}, false, err
	}
	began, err := bootTime(files)
	if err != nil {
		return Kernel{}, false, err
	}
	k.Release, err = fileRelease(file)
	return k, info.ModTime().After(began), err
}

// bootTime is when this boot began, to the second (proc_stat(5), btime).
func bootTime(files hostfs.FS) (time.Time, error) {
	data, err := files.ReadFile("/proc/stat")
	if err != nil {
		return time.Time{}, err
	}
	for line := range strings.Lines(string(data)) {
		if text, is := strings.CutPrefix(line, "btime "); is {
			seconds, err := strconv.ParseInt(strings.TrimSpace(text), 10, 64)
			return time.Unix(seconds, 0), err
		}
	}
	return time.Time{}, errors.New("/proc/stat does not say when this boot began")
}

// cache is what the tools said when the inputs were as Key says.
type cache struct {
	Key     string         `json:"key"`
	Answers []cachedAnswer `json:"answers"`
}

type cachedAnswer struct {
	Name   string `json:"name"`
	Needed bool   `json:"needed"`
	Why    string `json:"why,omitempty"`
}

// tools asks the programs that are there, or repeats what they said.
func (h Host) tools(ctx context.Context, files hostfs.FS) []answer {
	var there []tool
	for _, t := range tools {
		if slices.ContainsFunc([]string{"/usr/bin/", "/usr/sbin/", "/bin/", "/sbin/"}, func(dir string) bool { return files.Exists(dir + t.argv[0]) }) {
			there = append(there, t)
		}
	}
	if len(there) == 0 {
		return nil
	}
	key := inputsKey(files)
	var k cache
	if data, err := os.ReadFile(h.Cache); err == nil && json.Unmarshal(data, &k) == nil && k.Key == key {
		var known []answer
		for _, a := range k.Answers {
			known = append(known, answer{name: a.Name, needed: a.Needed, why: a.Why})
		}
		return known
	}
	var all []answer
	k = cache{Key: key}
	failed := false
	for _, t := range there {
		a := answer{name: t.argv[0], err: errors.New("only root can ask it")}
		if h.Superuser {
			a = h.ask(ctx, t.argv[0], t.argv, t.parse)
			if errors.Is(a.err, errUnknownOption) && t.older != nil {
				a = h.ask(ctx, t.argv[0], t.older, t.parse)
			}
		}
		all, failed = append(all, a), failed || a.err != nil
		k.Answers = append(k.Answers, cachedAnswer{a.name, a.needed, a.why})
	}
	if !failed {
		// It is asked again if it cannot be cached.
		if data, err := json.Marshal(k); err == nil {
			_ = atomicfile.WriteBytes(h.Cache, atomicfile.Options{Mode: 0o644, NoSync: true}, data)
		}
	}
	return all
}

// inputsKey changes when one of the inputs does.
func inputsKey(files hostfs.FS) string {
	var b strings.Builder
	for _, name := range inputs {
		info, err := files.Stat(name)
		switch {
		case errors.Is(err, fs.ErrNotExist):
		case err != nil:
			fmt.Fprintf(&b, "%s %v\n", name, err)
		default:
			fmt.Fprintf(&b, "%s %d %d\n", name, info.Size(), info.ModTime().UnixNano())
		}
	}
	return b.String()
}

// operators asks the operator's own command, where there is one.
func (h Host) operators(ctx context.Context) []answer {
	const name = "REBOOT_NEEDED"
	switch {
	case h.Refused != nil:
		return []answer{{name: name, err: h.Refused}}
	case h.Command == "":
		return nil
	case !h.Superuser:
		return []answer{{name: name, err: errors.New("only root can ask it")}}
	}
	return []answer{h.ask(ctx, name, []string{"/bin/sh", "-c", h.Command}, parseOperators)}
}

func (h Host) ask(ctx context.Context, name string, argv []string, parse func(execx.Result) (bool, string, error)) answer {
	a := answer{name: name}
	res, err := h.Run.Run(ctx, execx.Cmd{Argv: argv, Limit: toolLimit, Keep: outputLimit})
	if err == nil {
		a.needed, a.why, err = parse(res)
	}
	a.err = err
	return a
}
