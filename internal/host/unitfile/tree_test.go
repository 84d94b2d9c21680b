package unitfile_test

import (
	"errors"
	"io/fs"
	"reflect"
	"slices"
	"testing"

	"umm/internal/host/hostfs/hosttree"
	"umm/internal/host/unitfile"
)

// debian is a tree with a merged /usr, as since Debian 12 and Ubuntu 20.04.
var debian = hosttree.Tree{
	"lib":                                                                   "-> usr/lib",
	"usr/lib/systemd/system/ssh.service":                                    "[Unit]\nDescription=ssh\n[Service]\nExecStart=/usr/sbin/sshd -D\n",
	"usr/lib/systemd/system/cron.service":                                   "[Service]\nExecStart=/usr/sbin/cron -f\n",
	"usr/lib/systemd/system/getty@.service":                                 "[Service]\nExecStart=-/sbin/agetty\n",
	"usr/lib/systemd/system/autovt@.service":                                "-> getty@.service",
	"usr/lib/systemd/system/systemd-logind.service":                         "[Service]\nBusName=org.freedesktop.login1\n",
	"usr/lib/systemd/system/dbus-org.freedesktop.login1.service":            "-> systemd-logind.service",
	"usr/lib/systemd/system/mariadb.service":                                "[Service]\n",
	"usr/lib/systemd/system/mysql.service":                                  "-> mariadb.service",
	"usr/lib/systemd/system/graphical.target":                               "[Unit]\n",
	"usr/lib/systemd/system/multi-user.target.wants/systemd-logind.service": "-> ../systemd-logind.service",
	"usr/lib/systemd/system/multi-user.target.wants/vendor.service":         "-> ../vendor.service",
	"usr/lib/systemd/system/vendor.service":                                 "[Service]\n",
	"usr/lib/systemd/system/reboot.target.wants/cron.service":               "-> ../cron.service",
	"usr/lib/systemd/system/default.target":                                 "-> graphical.target",
	"etc/systemd/system/sshd.service":                                       "-> /lib/systemd/system/ssh.service",
	"etc/systemd/system/multi-user.target.wants/sshd.service":               "-> /lib/systemd/system/ssh.service",
	"etc/systemd/system/getty.target.wants/getty@tty1.service":              "-> /lib/systemd/system/getty@.service",
	"etc/systemd/system/multi-user.target.wants/vendor.service":             "-> /dev/null",
	"etc/systemd/system/cron.service":                                       "-> /dev/null",
	"etc/systemd/system/empty.service":                                      "",
	"etc/systemd/system/linked.service":                                     "-> /opt/x/linked.service",
	"opt/x/linked.service":                                                  "[Service]\nExecStart=/bin/true\n",
	"etc/systemd/system/app.service.requires/linked.service":                "-> ../linked.service",
	"etc/systemd/system/multi-user.target.wants/README":                     "not a unit",
	"run/systemd/system/umm.target.wants/mariadb.service":                   "-> /lib/systemd/system/mariadb.service",
	"usr/share/dbus-1/system-services/org.freedesktop.login1.service":       "[D-BUS Service]\nName=org.freedesktop.login1\nExec=/bin/false\nUser=root\nSystemdService=dbus-org.freedesktop.login1.service\n",
	"usr/share/dbus-1/system-services/org.freedesktop.PolicyKit1.service":   "[D-BUS Service]\nName=org.freedesktop.PolicyKit1\nSystemdService=polkit.service\n",
	"usr/share/dbus-1/system-services/org.example.NoUnit.service":           "[D-BUS Service]\nName=org.example.NoUnit\nExec=/usr/bin/x\n",
	"etc/dbus-1/system-services/org.example.Path.service":                   "[D-BUS Service]\nSystemdService=../../etc/passwd\n",
	"etc/fstab":                               "# comment\nserver:/home /home nfs defaults 0 0\n/dev/sda1 /srv/a-b ext4 defaults 0 0\nbad\n",
	"etc/init.d/legacy":                       "#!/bin/sh\n",
	"etc/init.d/ssh":                          "#!/bin/sh\n",
	"etc/init.d/boot.sh":                      "#!/bin/sh\n",
	"etc/init.d/notexecutable":                "text",
	"etc/rc3.d/S02legacy":                     "-> ../init.d/legacy",
	"etc/rc5.d/S02legacy":                     "-> ../init.d/legacy",
	"etc/rc3.d/S02ssh":                        "-> ../init.d/ssh",
	"etc/rcS.d/S01boot.sh":                    "-> ../init.d/boot.sh",
	"etc/rc3.d/K01off":                        "-> ../init.d/legacy",
	"etc/rc3.d/S03gone":                       "-> ../init.d/gone",
	"etc/rc3.d/S03notexecutable":              "-> ../init.d/notexecutable",
	"etc/rc3.d/README":                        "",
	"usr/lib/systemd/system/app-web@.service": "[Unit]\nWants=a.service b.service\n[Service]\nExecStart=/bin/vendor\n",
	"usr/lib/systemd/system/app-.service.d/10-prefix.conf":                  "[Service]\nUser=prefix\n",
	"usr/lib/systemd/system/service.d/05-all.conf":                          "[Service]\nUser=all\nNice=3\n",
	"usr/lib/systemd/system/app-web@.service.d/50-over.conf":                "[Service]\nExecStart=\nExecStart=/bin/vendor2\n",
	"etc/systemd/system/app-web@.service.d/50-over.conf":                    "[Unit]\nWants=\nWants=c.service\n",
	"etc/systemd/system/app-web@blue.service.d/60-mine.conf":                "[Service]\nUser=blue\nbroken line\n",
	"usr/lib/systemd/system/app-web@.service.d/70-off.conf":                 "[Service]\nUser=never\n",
	"etc/systemd/system/app-web@.service.d/70-off.conf":                     "-> /dev/null",
	"run/systemd/generator/netplan.service":                                 "[Service]\n",
	"run/systemd/generator/multi-user.target.wants/netplan.service":         "-> ../netplan.service",
	"run/systemd/generator.late/legacy.service":                             "[Unit]\nSourcePath=/etc/init.d/legacy\n",
	"run/systemd/generator.late/multi-user.target.wants/legacy.service":     "-> ../legacy.service",
	"run/systemd/generator.early/emergency.target":                          "-> /dev/null",
	"usr/lib/systemd/system/emergency.target":                               "[Unit]\n",
	"etc/systemd/system/multi-user.target.wants/sub/":                       "",
	"etc/systemd/system/loopa.service":                                      "-> loopb.service",
	"etc/systemd/system/loopb.service":                                      "-> loopa.service",
	"usr/lib/systemd/system/multi-user.target.wants/app-web@blue.service":   "-> ../app-web@.service",
	"usr/lib/systemd/system/dev-x.device.wants/app-web@red.service":         "-> ../app-web@.service",
	"etc/systemd/system/multi-user.target.upholds/linked.service":           "-> ../linked.service",
	"usr/lib/systemd/system/emergency.target.wants/app-web@hidden.service":  "-> ../app-web@.service",
	"usr/lib/systemd/system/initrd-switch-root.target.wants/initrd.service": "-> ../initrd.service",
	"etc/systemd/system/timers.target.wants/dangling.timer":                 "-> /lib/systemd/system/dangling.timer",
}

func TestWantedBy(t *testing.T) {
	tree := unitfile.Open(hosttree.Make(t, debian, hosttree.Tree{
		"etc/systemd/system/app-web@.service.wants/ssh.service":      "-> /lib/systemd/system/ssh.service",
		"etc/systemd/system/app-web@blue.service.wants/sshd.service": "-> /lib/systemd/system/ssh.service",
		"etc/systemd/system/app-web@blue.service.requires/x.service": "-> /lib/systemd/system/x.service",
	}))
	if got := tree.WantedBy("app-web@blue.service"); !slices.Equal(got, []string{"ssh.service", "x.service"}) {
		t.Errorf("WantedBy(instance) = %v", got)
	}
	if got := tree.WantedBy("reboot.target"); !slices.Equal(got, []string{"cron.service"}) {
		t.Errorf("WantedBy(reboot.target) = %v", got)
	}
	if wanters := tree.Enabled()["ssh.service"]; slices.Contains(wanters, "app-web@.service") {
		t.Errorf("a template enables ssh.service: %v", wanters)
	}
}

func open(t *testing.T) *unitfile.Tree {
	return unitfile.Open(hosttree.Make(t, debian))
}

func TestEnabled(t *testing.T) {
	want := map[string][]string{
		"ssh.service":            {"multi-user.target"},
		"systemd-logind.service": {"multi-user.target"},
		"getty@tty1.service":     {"getty.target"},
		"linked.service":         {"app.service", "multi-user.target"},
		"legacy.service":         {"rc3.d", "rc5.d"},
		"boot.service":           {"rcS.d"},
		"app-web@blue.service":   {"multi-user.target"},
		"app-web@red.service":    {"dev-x.device"},
		"dangling.timer":         {"timers.target"},
	}
	if got := open(t).Enabled(); !reflect.DeepEqual(got, want) {
		t.Errorf("Enabled() =\n%v, want\n%v", got, want)
	}
}

func TestNames(t *testing.T) {
	tree := open(t)
	for _, c := range []struct {
		name, real     string
		exists, masked bool
	}{
		{"ssh.service", "ssh.service", true, false},
		{"sshd.service", "ssh.service", true, false},
		{"mysql.service", "mariadb.service", true, false},
		{"default.target", "graphical.target", true, false},
		{"dbus-org.freedesktop.login1.service", "systemd-logind.service", true, false},
		{"autovt@tty3.service", "getty@tty3.service", true, false},
		{"getty@tty9.service", "getty@tty9.service", true, false},
		{"linked.service", "linked.service", true, false},
		{"cron.service", "cron.service", true, true},
		{"empty.service", "empty.service", true, true},
		{"emergency.target", "emergency.target", true, false},
		{"legacy.service", "legacy.service", true, false},
		{"boot.service", "boot.service", true, false},
		{"gone.service", "gone.service", false, false},
		{"notexecutable.service", "notexecutable.service", false, false},
		{"home.mount", "home.mount", true, false},
		{"srv-a\\x2db.mount", "srv-a\\x2db.mount", true, false},
		{"srv-a-b.mount", "srv-a-b.mount", false, false},
		{"../../../etc/passwd", "../../../etc/passwd", false, false},
	} {
		if real := tree.Canonical(c.name); real != c.real {
			t.Errorf("Canonical(%s) = %s, want %s", c.name, real, c.real)
		}
		if got := tree.Exists(c.name); got != c.exists {
			t.Errorf("Exists(%s) = %v", c.name, got)
		}
		if got := tree.Masked(c.name); got != c.masked {
			t.Errorf("Masked(%s) = %v", c.name, got)
		}
	}
	if got := tree.Aliases("ssh.service"); !slices.Equal(got, []string{"sshd.service"}) {
		t.Errorf("Aliases(ssh.service) = %v", got)
	}
	if !tree.SysV("legacy.service") || tree.SysV("ssh.service") {
		t.Error("SysV does not tell scripts from unit files")
	}
	tree.Canonical("loopa.service") // comes to an end
}

func TestSplitUsr(t *testing.T) {
	tree := unitfile.Open(hosttree.Make(t, hosttree.Tree{
		"lib/systemd/system/ssh.service":     "[Service]\nExecStart=/lib\n",
		"usr/lib/systemd/system/ssh.service": "[Service]\nExecStart=/usr/lib\n",
	}))
	u, err := tree.Read("ssh.service")
	if err != nil || u.Get("Service", "ExecStart") != "/lib" {
		t.Errorf("Read = %+v, %v; /lib goes before /usr/lib", u, err)
	}
}

func TestRead(t *testing.T) {
	tree := open(t)
	u, err := tree.Read("app-web@blue.service")
	if err != nil {
		t.Fatal(err)
	}
	wantFiles := []string{
		"/usr/lib/systemd/system/app-web@.service",
		"/usr/lib/systemd/system/service.d/05-all.conf",
		"/usr/lib/systemd/system/app-.service.d/10-prefix.conf",
		"/etc/systemd/system/app-web@.service.d/50-over.conf",
		"/etc/systemd/system/app-web@blue.service.d/60-mine.conf",
	}
	for i, f := range u.Files { // a merged /usr is reached by either name
		if len(f) > 4 && f[:5] == "/lib/" {
			u.Files[i] = "/usr" + f
		}
	}
	if !slices.Equal(u.Files, wantFiles) {
		t.Errorf("Files =\n%v, want\n%v", u.Files, wantFiles)
	}
	if got := u.Get("Service", "User"); got != "blue" {
		t.Errorf("User = %q", got)
	}
	if got := u.List("Unit", "Wants"); !slices.Equal(got, []string{"c.service"}) {
		t.Errorf("Wants = %v", got)
	}
	if got := u.Get("Service", "ExecStart"); got != "/bin/vendor" {
		t.Errorf("ExecStart = %q: a drop-in that another hides was read", got)
	}
	if len(u.Warnings) != 1 {
		t.Errorf("Warnings = %v", u.Warnings)
	}
	if _, err := tree.Read("cron.service"); !errors.Is(err, unitfile.ErrMasked) {
		t.Errorf("a masked unit: %v", err)
	}
	if _, err := tree.Read("gone.service"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a unit that is not there: %v", err)
	}
	if u, err := tree.Read("sshd.service"); err != nil || u.Name != "ssh.service" {
		t.Errorf("an alias: %+v, %v", u, err)
	}
}

func TestBusActivatable(t *testing.T) {
	want := map[string]string{
		"dbus-org.freedesktop.login1.service": "systemd-logind.service",
		"polkit.service":                      "polkit.service",
	}
	if got := open(t).BusActivatable(); !reflect.DeepEqual(got, want) {
		t.Errorf("BusActivatable() = %v, want %v", got, want)
	}
}

func TestEmptyTree(t *testing.T) {
	tree := unitfile.Open(t.TempDir())
	if len(tree.Enabled()) != 0 || len(tree.Names()) != 0 || len(tree.BusActivatable()) != 0 || tree.Exists("a.service") {
		t.Error("a tree without unit files is not empty")
	}
}
