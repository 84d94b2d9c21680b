package bootcli

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"umm/internal/host/hostfs/hosttree"
	"umm/internal/host/mode"
	"umm/internal/host/node"
	"umm/internal/host/record"
)

const machine = "0123456789abcdef0123456789abcdef"

// host is a small Debian-like host with umm.
var host = hosttree.Units("ssh.service < multi-user.target", "networking.service < multi-user.target", "cron.service < multi-user.target",
	"nginx.service < multi-user.target", "polkit.service", "umm.target", "multi-user.target", "local-fs.target").With(
	hosttree.BusNames("polkit.service"), hosttree.Tree{
		"etc/umm.conf":                    "UMM=yes\nKEEP_UNITS=nginx\nCOUNTER_RESET_TIME=5\n",
		"etc/machine-id":                  machine + "\n",
		"proc/sys/kernel/random/boot_id":  "11111111-2222-3333-4444-555555555555\n",
		"proc/cmdline":                    "ro quiet\n",
		"etc/systemd/system/sshd.service": "-> /lib/systemd/system/ssh.service",
	})

const bootID = "11111111222233334444555555555555"

// with is the host with that record.
func with(t *testing.T, r mode.Record, trees ...hosttree.Tree) string {
	t.Helper()
	root := hosttree.Make(t, append([]hosttree.Tree{host}, trees...)...)
	if err := (record.Store{Dir: filepath.Join(root, "etc/umm"), Machine: machine}).Save(r); err != nil {
		t.Fatal(err)
	}
	return root
}

// asked is a record on which `umm on` was said.
func asked() mode.Record {
	return mode.Request(mode.Record{Boot: mode.Boot{ID: "before", Mode: mode.Operational, State: mode.Ended}}, mode.Facts{BootID: "before"},
		mode.Session{Trigger: mode.Trigger{Kind: mode.ByOperator}, Command: &mode.Command{Argv: []string{"a"}, State: mode.CommandPending}}, time.Now())
}

// decidedFor decides for a host and checks what kind of layout it gets.
func decidedFor(t *testing.T, root, kind string) decided {
	t.Helper()
	g, err := decide(root)
	if err != nil {
		t.Fatal(err)
	}
	is := "plain"
	switch {
	case len(g.layout.Normal) == 0 && len(g.layout.Early) == 0 && len(g.layout.Files) == 0:
		is = "nothing"
	case g.layout.Early["default.target"] == "/lib/systemd/system/umm.target":
		is = "maintenance"
	case len(g.layout.Normal) == 1 && len(g.layout.Early) == 0 && g.layout.Normal["sysinit.target.wants/umm-record.service"] != "":
		is = "recorder only"
	case len(g.layout.Early) > 0:
		is = "neither"
	}
	if is != kind {
		t.Errorf("the boot is decided as %+v and laid out as %s: %v, want %s", g.Decision, is, slices.Sorted(maps.Keys(g.layout.Normal)), kind)
	}
	return g
}

func TestLayoutOfAPlainBoot(t *testing.T) {
	g := decidedFor(t, with(t, mode.Record{}), "plain")
	for _, unit := range []string{"ssh.service", "networking.service", "nginx.service"} {
		if g.layout.Normal["umm.target.wants/"+unit] != "/lib/systemd/system/"+unit {
			t.Errorf("%s is not kept: %v", unit, g.layout.Normal)
		}
	}
	if g.layout.Normal["umm.target.wants/umm-enter@1.service"] != "/lib/systemd/system/umm-enter@.service" {
		t.Errorf("a session would not be entered: %v", g.layout.Normal)
	}
	for _, not := range []string{"umm.target.wants/cron.service", "umm.target.wants/umm-command@1.service"} {
		if _, there := g.layout.Normal[not]; there {
			t.Errorf("%s is there", not)
		}
	}
	if g.layout.Normal["emergency.target.wants/umm-emergency.service"] == "" || !strings.Contains(g.layout.Files["umm-healthy.timer.d/50-umm.conf"], "OnActiveSec=300\n") {
		t.Errorf("the layout is %+v", g.layout)
	}
}

func TestLayoutOfMaintenance(t *testing.T) {
	g := decidedFor(t, with(t, asked()), "maintenance")
	if g.layout.Normal["umm.target.wants/umm-command@1.service"] == "" || g.layout.Early["polkit.service"] != "/dev/null" {
		t.Errorf("the layout is %+v", g.layout)
	}
	if !g.Decision.Fresh || g.problem != nil {
		t.Errorf("decided is %+v, %v", g.Decision, g.problem)
	}
	decidedFor(t, with(t, mode.Record{}, hosttree.Tree{"proc/cmdline": "ro umm\n"}), "maintenance")
	running := mode.Record{Boot: mode.Boot{ID: bootID, Mode: mode.Maintenance, State: mode.Running}, Session: &mode.Session{}}
	if g := decidedFor(t, with(t, running), "maintenance"); g.Decision.Fresh {
		t.Error("a reload in maintenance mode takes it for a new boot")
	}
	// Disabled by hand meanwhile, this boot stays what it is.
	decidedFor(t, with(t, running, hosttree.Tree{"etc/umm.conf": "UMM=no\n"}), "maintenance")
}

func TestLayoutWhereUmmIsDisabled(t *testing.T) {
	for _, conf := range []string{"UMM=no\n", "", "UMM=YES\n", "UMM=`reboot`\n"} {
		decidedFor(t, with(t, asked(), hosttree.Tree{"etc/umm.conf": conf}), "recorder only")
	}
	root := with(t, asked())
	if err := os.Remove(filepath.Join(root, "etc/umm.conf")); err != nil {
		t.Fatal(err)
	}
	decidedFor(t, root, "recorder only")
}

func TestLayoutWhereUmmKeepsOut(t *testing.T) {
	decidedFor(t, with(t, asked(), hosttree.Tree{"proc/cmdline": "ro umm systemd.unit=rescue.target\n"}), "nothing")
	decidedFor(t, with(t, asked(), hosttree.Tree{"system-update": "-> /nowhere"}), "nothing")
}

// An ordinary target as a standing argument keeps umm out of nothing.
func TestLayoutWithAnOrdinaryTarget(t *testing.T) {
	standing := hosttree.Tree{"proc/cmdline": "ro systemd.unit=multi-user.target\n"}
	g := decidedFor(t, with(t, asked(), standing), "maintenance")
	if g.layout.Early["multi-user.target"] != "/dev/null" || g.layout.Early["rescue.target"] != "/lib/systemd/system/umm.target" {
		t.Errorf("the layout is %+v", g.layout.Early)
	}
	g, err := decide(with(t, mode.Record{}, standing))
	if err != nil || g.Decision.Mode != mode.Operational || len(g.layout.Early) != 1 || g.layout.Early["default.target"] != "/lib/systemd/system/multi-user.target" {
		t.Errorf("an operational boot is %+v with the layout %+v (%v)", g.Decision, g.layout.Early, err)
	}
}

// What default.target wants does not run in maintenance mode, where that is a name of
// umm.target.
func TestLayoutMasksWhatTheDefaultTargetWants(t *testing.T) {
	wanted := hosttree.Tree{
		"etc/systemd/system/default.target.wants/cron.service": "-> /lib/systemd/system/cron.service",
		"etc/systemd/system/default.target.wants/ssh.service":  "-> /lib/systemd/system/ssh.service",
	}
	g := decidedFor(t, with(t, asked(), wanted), "maintenance")
	if _, ssh := g.layout.Early["ssh.service"]; ssh || g.layout.Early["cron.service"] != "/dev/null" {
		t.Errorf("the layout is %+v", g.layout.Early)
	}
	if g := decidedFor(t, with(t, mode.Record{}, wanted), "plain"); len(g.layout.Early) > 0 {
		t.Errorf("an operational boot has %+v", g.layout.Early)
	}
}

func TestLayoutWithABrokenRecord(t *testing.T) {
	for name, spoil := range map[string]func(t *testing.T, file string){
		"torn":   func(t *testing.T, file string) { write(t, file, "umm-record {\"version\":1,\"seq\":1,\"le") },
		"zeros":  func(t *testing.T, file string) { write(t, file, strings.Repeat("\x00", 64<<10)) },
		"shell":  func(t *testing.T, file string) { write(t, file, "UNCLEAN=$(reboot)\n") },
		"a pipe": func(t *testing.T, file string) { remake(t, file, func() error { return mkfifo(file) }) },
		"a link": func(t *testing.T, file string) {
			remake(t, file, func() error { return os.Symlink("/etc/passwd", file) })
		},
		"foreign": func(t *testing.T, file string) { write(t, filepath.Join(file, "../../machine-id"), "another\n") },
	} {
		t.Run(name, func(t *testing.T) {
			root := with(t, asked())
			for _, file := range records(t, root) {
				spoil(t, file)
			}
			g := decidedFor(t, root, "plain")
			if g.problem == nil || !strings.Contains(g.problem.Error(), "record.0") {
				t.Errorf("the problem is %v", g.problem)
			}
		})
	}
}

func TestLayoutWithoutUmmsUnits(t *testing.T) {
	root := hosttree.Make(t, host.Without("usr/lib/systemd/system/umm.target"))
	if _, err := decide(root); err == nil {
		t.Error("without umm.target there is a layout")
	}
}

// records are the record's files.
func records(t *testing.T, root string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(root, "etc/umm/record.*"))
	if err != nil || len(files) == 0 {
		t.Fatalf("the record is %q (%v)", files, err)
	}
	return files
}

// generated runs the generator for a host into fresh folders.
func generated(t *testing.T, decide func() (decided, error)) (code int, early, normal []string, log string) {
	t.Helper()
	dirs := []string{t.TempDir(), t.TempDir(), t.TempDir()}
	code = generate(dirs, decide, func(line string) { log += line + "\n" })
	return code, names(t, dirs[1]), names(t, dirs[0]), log
}

func names(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var ns []string
	for _, e := range entries {
		ns = append(ns, e.Name())
	}
	return ns
}

func TestGenerate(t *testing.T) {
	root := with(t, asked())
	code, early, normal, log := generated(t, func() (decided, error) { return decide(root) })
	if code != 0 || !slices.Contains(early, "default.target") || !slices.Contains(normal, "umm.target.wants") {
		t.Errorf("it ended with %d and wrote %q, %q", code, early, normal)
	}
	if log != "umm: booting into maintenance mode: maintenance mode was requested\n" {
		t.Errorf("the kernel log has %q", log)
	}
}

// Whatever goes wrong, nothing leads the boot anywhere else, and the log says so.
func TestGenerateThatFails(t *testing.T) {
	for name, decide := range map[string]func() (decided, error){
		"a panic":         func() (decided, error) { panic("index out of range") },
		"an error":        func() (decided, error) { return decided{}, os.ErrPermission },
		"no units of umm": func() (decided, error) { return decide(t.TempDir()) },
	} {
		code, early, normal, log := generated(t, decide)
		if code != int(node.CannotDo) || len(early) > 0 || len(normal) > 0 || log == "" {
			t.Errorf("%s: it ended with %d, wrote %q, %q and logged %q", name, code, early, normal, log)
		}
	}
	root := with(t, asked())
	for _, file := range records(t, root) {
		write(t, file, "rubbish")
	}
	code, early, normal, log := generated(t, func() (decided, error) { return decide(root) })
	if code != 0 || len(early) > 0 || len(normal) == 0 || !strings.Contains(log, "the record is not valid") {
		t.Errorf("with a broken record it ended with %d, wrote %q, %q and logged %q", code, early, normal, log)
	}
}

func TestGenerateWantsThreeFolders(t *testing.T) {
	for _, n := range []int{0, 1, 2, 4} {
		never := func() (decided, error) { t.Error("it decides"); return decided{}, nil }
		if code := generate(make([]string, n), never, func(string) {}); code != int(node.Usage) {
			t.Errorf("with %d folders it ended with %d", n, code)
		}
	}
}

// A live switch must not stop what only a kept socket triggers; a boot, which starts from
// nothing, does not look for it.
func TestLayoutOfALiveSwitch(t *testing.T) {
	sockets := hosttree.Units("dbus.socket < sockets.target", "dbus.service", "docker.socket < sockets.target", "docker.service", "sockets.target")
	const dropIn = "dbus.service.d/50-umm.conf"
	facts := mode.Facts{BootID: bootID}
	running := mode.Adopt(mode.Record{}, facts, time.Now())
	live := mode.Enter(running, facts, mode.Session{Live: &mode.Live{Boot: bootID}}, time.Now())
	g := decidedFor(t, with(t, live, sockets), "maintenance")
	if got := g.layout.Files[dropIn]; got != "[Unit]\nIgnoreOnIsolate=yes\n" {
		t.Errorf("%s is %q", dropIn, got)
	}
	if _, there := g.layout.Files["docker.service.d/50-umm.conf"]; there {
		t.Error("docker.service would stay")
	}
	g = decidedFor(t, with(t, asked(), sockets), "maintenance")
	if got, there := g.layout.Files[dropIn]; there {
		t.Errorf("at a boot %s is %q", dropIn, got)
	}
}
