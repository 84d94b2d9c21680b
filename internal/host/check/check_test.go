package check

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"umm/internal/api"
	"umm/internal/execx"
	"umm/internal/host/hostfs/hosttree"
	"umm/internal/host/mode"
	"umm/internal/host/services"
)

func TestRecordTakesItsTurn(t *testing.T) {
	x := try(t)
	held, before, denied := false, func() {
		if err := x.Store.Save(mode.Record{Session: &mode.Session{}}); err != nil {
			t.Error(err)
		}
	}, error(nil)
	x.Lock = func(context.Context) (func(), error) {
		if denied != nil {
			return nil, denied
		}
		before()
		held = true
		return func() { held = false }, nil
	}
	if c := x.record(t.Context()); c.Verdict != api.VerdictOK {
		t.Errorf("the check says %+v", c)
	}
	if rec, err := x.Store.Load(); err != nil || rec.Session == nil {
		t.Errorf("what another umm saved is lost: %+v (%v)", rec, err)
	}
	if held {
		t.Error("the lock is held still")
	}
	denied = errors.New("another umm command is still running")
	if c := x.record(t.Context()); c.Verdict != api.VerdictFail || !c.Refuses || c.Reason != denied.Error() {
		t.Errorf("without its turn the check says %+v", c)
	}
	// Nobody but root may lock, and whether it can be saved is still told.
	denied = fmt.Errorf("cannot lock out other umm commands: %w", fs.ErrPermission)
	if c := x.record(t.Context()); c.Verdict != api.VerdictOK {
		t.Errorf("who may not lock is told %+v", c)
	}
}

// A host whose boot menu has no entry can be taken into maintenance mode all the
// same.
func TestCheckBootMenuOnlyWarns(t *testing.T) {
	x := try(t)
	if c := x.bootMenu(); c.Verdict != api.VerdictWarn || c.Refuses || c.Hint == "" || !api.Healthy([]api.Check{c}) {
		t.Errorf("without GRUB the check says %+v", c)
	}
	if err := os.MkdirAll(filepath.Join(x.Root, "run/systemd"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(x.Root, "run/systemd/container"), []byte("lxc\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if c := x.bootMenu(); c.Verdict != api.VerdictOK || c.Reason == "" {
		t.Errorf("in a container the check says %+v", c)
	}
}

// Where the boot loader keeps no kernel, umm check says why, and nothing is wrong.
func TestCheckKernelTrial(t *testing.T) {
	x := try(t)
	for _, c := range []struct {
		policy    mode.Policy
		container bool
		want      string
	}{
		{mode.Policy{KernelTrial: true}, false, "no trial of new kernels on this host: no GRUB found"},
		{mode.Policy{KernelTrial: true}, true, "a container"},
		{mode.Policy{}, false, "KERNEL_TRIAL=no"},
	} {
		x.Container = c.container
		if got := x.kernelTrial(t.Context(), c.policy); got.Verdict != api.VerdictOK || !strings.Contains(got.Reason, c.want) {
			t.Errorf("with %+v the check says %+v", c.policy, got)
		}
	}
}

// A file system of another host that a boot waits for is warned of, where Upstart runs the
// host; and nobody is kept from maintenance mode by it.
func TestCheckRemoteMounts(t *testing.T) {
	const fstab = "UUID=a / ext4 defaults 0 1\nserver:/mail /var/mail nfs defaults 0 0\nserver:/data /data nfs defaults 0 0\n"
	for name, c := range map[string]struct {
		trees []hosttree.Tree
		want  string
	}{
		"systemd":           {[]hosttree.Tree{{"etc/fstab": fstab}}, ""},
		"nothing of that":   {[]hosttree.Tree{hosttree.Trusty, {"etc/fstab": "server:/data /data nfs defaults 0 0\n"}}, ""},
		"mail by a network": {[]hosttree.Tree{hosttree.Trusty, {"etc/fstab": fstab}}, "/var/mail from server:/mail"},
	} {
		x := try(t, c.trees...)
		found := x.remoteMounts()
		switch {
		case c.want == "" && len(found) > 0, c.want != "" && len(found) != 1:
			t.Errorf("%s: the checks say %+v", name, found)
		case c.want != "":
			x.says(t, map[string]execx.Result{"initctl version": {Stdout: []byte("init (upstart 1.12.1)\n")},
				showGate: {Stdout: []byte("umm\n  start on starting rc-sysinit\n")}, bootTry: {Code: 2}})
			if !slices.ContainsFunc(x.All(t.Context()), func(c api.Check) bool { return c.Name == "remote-mounts" }) {
				t.Errorf("%s: umm check does not say it", name)
			}
			if f := found[0]; f.Verdict != api.VerdictWarn || f.Refuses || f.Hint == "" || !strings.Contains(f.Reason, c.want) || strings.Contains(f.Reason, "/data") {
				t.Errorf("%s: the check says %+v", name, f)
			}
		}
	}
}

// A unit that this host lacks is told of, and fails nothing: the same words may be meant for
// many hosts. What no host could keep is a fault.
func TestCheckConfigOfUnitsThatAreNotThere(t *testing.T) {
	for words, want := range map[string]string{"cron": api.VerdictOK, "zabbix-agent.service cron": api.VerdictWarn, "nova-*": api.VerdictWarn, "getty@.service": api.VerdictFail, "gone ../evil": api.VerdictFail} {
		x := try(t, hosttree.Tree{"etc/umm.conf": "UMM=yes\nKEEP_UNITS='" + words + "'\n", "usr/lib/systemd/system/cron.service": "[Install]\nWantedBy=multi-user.target\n",
			"usr/lib/systemd/system/getty@.service": "", "run/systemd/system/": ""})
		c := x.config(services.Of(x.Init, x.Root, strings.Fields(words)).Problems)
		if c.Verdict != want || c.Refuses || (want != api.VerdictOK) != (c.Hint != "") {
			t.Errorf("%s: %+v", words, c)
		}
	}
}
