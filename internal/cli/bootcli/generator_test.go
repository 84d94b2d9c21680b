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

// decided decides for a host and checks what kind of layout it gets.
func decided(t *testing.T, root, kind string) Generated {
	t.Helper()
	g, err := Decide(root)
	if err != nil {
		t.Fatal(err)
	}
	is := "plain"
	switch {
	case len(g.Layout.Normal) == 0 && len(g.Layout.Early) == 0 && len(g.Layout.Files) == 0:
		is = "nothing"
	case g.Layout.Early["default.target"] == "/lib/systemd/system/umm.target":
		is = "maintenance"
	case len(g.Layout.Normal) == 1 && len(g.Layout.Early) == 0 && g.Layout.Normal["sysinit.target.wants/umm-record.service"] != "":
		is = "recorder only"
	case len(g.Layout.Early) > 0:
		is = "neither"
	}
	if is != kind {
		t.Errorf("the boot is decided as %+v and laid out as %s: %v, want %s", g.Decision, is, slices.Sorted(maps.Keys(g.Layout.Normal)), kind)
	}
	return g
}

func TestLayoutOfAPlainBoot(t *testing.T) {
	g := decided(t, with(t, mode.Record{}), "plain")
	for _, unit := range []string{"ssh.service", "networking.service", "nginx.service"} {
		if g.Layout.Normal["umm.target.wants/"+unit] != "/lib/systemd/system/"+unit {
			t.Errorf("%s is not kept: %v", unit, g.Layout.Normal)
		}
	}
	if g.Layout.Normal["umm.target.wants/umm-enter@1.service"] != "/lib/systemd/system/umm-enter@.service" {
		t.Errorf("a stay would not be entered: %v", g.Layout.Normal)
	}
	for _, not := range []string{"umm.target.wants/cron.service", "umm.target.wants/umm-command@1.service"} {
		if _, there := g.Layout.Normal[not]; there {
			t.Errorf("%s is there", not)
		}
	}
	if g.Layout.Normal["emergency.target.wants/umm-emergency.service"] == "" || !strings.Contains(g.Layout.Files["umm-healthy.timer.d/50-umm.conf"], "OnActiveSec=300\n") {
		t.Errorf("the layout is %+v", g.Layout)
	}
}

func TestLayoutOfMaintenance(t *testing.T) {
	g := decided(t, with(t, asked()), "maintenance")
	if g.Layout.Normal["umm.target.wants/umm-command@1.service"] == "" || g.Layout.Early["polkit.service"] != "/dev/null" {
		t.Errorf("the layout is %+v", g.Layout)
	}
	if !g.Decision.Fresh || g.Problem != nil {
		t.Errorf("decided is %+v, %v", g.Decision, g.Problem)
	}
	decided(t, with(t, mode.Record{}, hosttree.Tree{"proc/cmdline": "ro umm\n"}), "maintenance")
	running := mode.Record{Boot: mode.Boot{ID: bootID, Mode: mode.Maintenance, State: mode.Running}, Session: &mode.Session{}}
	if g := decided(t, with(t, running), "maintenance"); g.Decision.Fresh {
		t.Error("a reload in maintenance mode takes it for a new boot")
	}
	// Disabled by hand meanwhile, this boot stays what it is.
	decided(t, with(t, running, hosttree.Tree{"etc/umm.conf": "UMM=no\n"}), "maintenance")
}

func TestLayoutWhereUmmIsDisabled(t *testing.T) {
	for _, conf := range []string{"UMM=no\n", "", "UMM=YES\n", "UMM=`reboot`\n"} {
		decided(t, with(t, asked(), hosttree.Tree{"etc/umm.conf": conf}), "recorder only")
	}
	root := with(t, asked())
	if err := os.Remove(filepath.Join(root, "etc/umm.conf")); err != nil {
		t.Fatal(err)
	}
	decided(t, root, "recorder only")
}

func TestLayoutWhereUmmKeepsOut(t *testing.T) {
	decided(t, with(t, asked(), hosttree.Tree{"proc/cmdline": "ro umm systemd.unit=rescue.target\n"}), "nothing")
	decided(t, with(t, asked(), hosttree.Tree{"system-update": "-> /nowhere"}), "nothing")
}

// An ordinary target as a standing argument keeps umm out of nothing.
func TestLayoutWithAnOrdinaryTarget(t *testing.T) {
	standing := hosttree.Tree{"proc/cmdline": "ro systemd.unit=multi-user.target\n"}
	g := decided(t, with(t, asked(), standing), "maintenance")
	if g.Layout.Early["multi-user.target"] != "/dev/null" || g.Layout.Early["rescue.target"] != "/lib/systemd/system/umm.target" {
		t.Errorf("the layout is %+v", g.Layout.Early)
	}
	g, err := Decide(with(t, mode.Record{}, standing))
	if err != nil || g.Decision.Mode != mode.Operational || len(g.Layout.Early) != 1 || g.Layout.Early["default.target"] != "/lib/systemd/system/multi-user.target" {
		t.Errorf("an operational boot is %+v with the layout %+v (%v)", g.Decision, g.Layout.Early, err)
	}
}

// What default.target wants does not run in maintenance mode, where that is a name of
// umm.target.
func TestLayoutMasksWhatTheDefaultTargetWants(t *testing.T) {
	wanted := hosttree.Tree{
		"etc/systemd/system/default.target.wants/cron.service": "-> /lib/systemd/system/cron.service",
		"etc/systemd/system/default.target.wants/ssh.service":  "-> /lib/systemd/system/ssh.service",
	}
	g := decided(t, with(t, asked(), wanted), "maintenance")
	if _, ssh := g.Layout.Early["ssh.service"]; ssh || g.Layout.Early["cron.service"] != "/dev/null" {
		t.Errorf("the layout is %+v", g.Layout.Early)
	}
	if g := decided(t, with(t, mode.Record{}, wanted), "plain"); len(g.Layout.Early) > 0 {
		t.Errorf("an operational boot has %+v", g.Layout.Early)
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
			g := decided(t, root, "plain")
			if g.Problem == nil || !strings.Contains(g.Problem.Error(), "record.0") {
				t.Errorf("the problem is %v", g.Problem)
			}
		})
	}
}

func TestLayoutWithoutUmmsUnits(t *testing.T) {
	root := hosttree.Make(t, host.Without("usr/lib/systemd/system/umm.target"))
	if _, err := Decide(root); err == nil {
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
func generated(t *testing.T, decide func() (Generated, error)) (code int, early, normal []string, log string) {
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
	code, early, normal, log := generated(t, func() (Generated, error) { return Decide(root) })
	if code != 0 || !slices.Contains(early, "default.target") || !slices.Contains(normal, "umm.target.wants") {
		t.Errorf("it ended with %d and wrote %q, %q", code, early, normal)
	}
	if log != "umm: this boot is maintenance mode: maintenance was asked for\n" {
		t.Errorf("the kernel log has %q", log)
	}
}

// Whatever goes wrong, nothing leads the boot anywhere else, and the log says so.
func TestGenerateThatFails(t *testing.T) {
	for name, decide := range map[string]func() (Generated, error){
		"a panic":         func() (Generated, error) { panic("index out of range") },
		"an error":        func() (Generated, error) { return Generated{}, os.ErrPermission },
		"no units of umm": func() (Generated, error) { return Decide(t.TempDir()) },
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
	code, early, normal, log := generated(t, func() (Generated, error) { return Decide(root) })
	if code != 0 || len(early) > 0 || len(normal) == 0 || !strings.Contains(log, "the record cannot be believed") {
		t.Errorf("with a broken record it ended with %d, wrote %q, %q and logged %q", code, early, normal, log)
	}
}

func TestGenerateWantsThreeFolders(t *testing.T) {
	for _, n := range []int{0, 1, 2, 4} {
		never := func() (Generated, error) { t.Error("it decides"); return Generated{}, nil }
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
	g := decided(t, with(t, live, sockets), "maintenance")
	if got := g.Layout.Files[dropIn]; got != "[Unit]\nIgnoreOnIsolate=yes\n" {
		t.Errorf("%s is %q", dropIn, got)
	}
	if _, there := g.Layout.Files["docker.service.d/50-umm.conf"]; there {
		t.Error("docker.service would stay")
	}
	g = decided(t, with(t, asked(), sockets), "maintenance")
	if got, there := g.Layout.Files[dropIn]; there {
		t.Errorf("at a boot %s is %q", dropIn, got)
	}
}
