package systemd

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"umm/internal/execx"
	"umm/internal/host/hostfs/hosttree"
)

// loginctl is a fake systemd with sessions, by number.
type loginctl struct {
	*fakeSystemd
	classes map[string]string
}

func (l loginctl) Run(ctx context.Context, c execx.Cmd) (execx.Result, error) {
	if c.Argv[0] != "loginctl" {
		return l.fakeSystemd.Run(ctx, c)
	}
	session, found := strings.CutPrefix(strings.Join(c.Argv, " "), "loginctl show-session --property=Class -- ")
	if !found {
		l.t.Errorf("an unknown question: %q", c.Argv)
		return execx.Result{}, errors.New("unknown")
	}
	class, known := l.classes[session]
	if !known {
		return fails(1, "Failed to get session path: No session '"+session+"' known"), nil
	}
	return execx.Result{Stdout: []byte("Class=" + class + "\n")}, nil
}

// Cron's jobs outlive cron, a program in a scope is nobody's child, and containers may be
// in groups of their own. Logins, kept services and kernel threads are no matter.
func TestSurvivorsOnEachVersion(t *testing.T) {
	onEach(t, func(t *testing.T, f *fakeSystemd) {
		group := func(path string) string {
			if f.version == "219" {
				return "4:memory:/\n1:name=systemd:" + path + "\n"
			}
			return "1:name=systemd:/\n0::" + path + "\n"
		}
		tree := hosttree.Tree{"self/cgroup": group("/system.slice/umm-live.service")}
		for pid, p := range map[string][2]string{
			"1": {"systemd", "/init.scope"}, "2": {"kthreadd", "/"}, "10": {"sshd", "/system.slice/ssh.service"},
			"20": {"backup.sh", "/system.slice/cron.service"}, "21": {"rsync", "/system.slice/cron.service"},
			"30": {"mysqld", "/system.slice/system-mysql.slice/_mysql@a.service/sub"}, "40": {"bash", "/user.slice/user-0.slice/session-5.scope"},
			"41": {"job", "/user.slice/user-0.slice/session-6.scope"}, "42": {"x", "/user.slice/user-0.slice/session-7.scope"},
			"50": {"systemd", "/user.slice/user-0.slice/user@0.service/init.scope"}, "60": {"qemu", "/machine.slice/machine-vm.scope"}, "70": {"nginx", "/docker/0123"},
			"80": {"umm-boot", "/system.slice/umm-live.service"}, "81": {"ended", "/system.slice/ended.service (deleted)"},
		} {
			tree[pid+"/comm"], tree[pid+"/cgroup"] = p[0]+"\n", group(p[1])
		}
		for _, unit := range []string{"ssh.service", "user@0.service"} {
			f.add(unit).state = "active"
		}
		f.add("cron.service")
		m := Manager{Run: loginctl{f, map[string]string{"5": "user", "6": "background"}}, Proc: hosttree.Make(t, tree)}
		got, err := m.Survivors(ctx)
		wantError(t, err)
		want := []string{"cron.service: backup.sh (pid 20), rsync (pid 21)", "docker: nginx (pid 70)", "machine-vm.scope: qemu (pid 60)",
			"mysql@a.service: mysqld (pid 30)", "session-6.scope: job (pid 41)"}
		if !slices.Equal(got, want) {
			t.Errorf("survivors are %q, want %q", got, want)
		}
		_, err = Manager{Run: runnerFails(f, "show"), Proc: m.Proc}.Survivors(ctx)
		wantError(t, err, "no bus")
	})
	// Where /proc cannot be looked at there is nothing to say.
	if got, err := (Manager{}).Survivors(ctx); got != nil || err != nil {
		t.Errorf("survivors are %q (%v)", got, err)
	}
}

func TestFew(t *testing.T) {
	if got := few([]string{"a", "b", "c", "d", "e"}); got != "a, b, c, d, e" {
		t.Errorf("five are %q", got)
	}
	if got := few([]string{"a", "b", "c", "d", "e", "f", "g"}); got != "a, b, c, d, e and 2 more" {
		t.Errorf("seven are %q", got)
	}
}

// Whatever umm runs itself is no part of a switch that it waits for.
func TestSettledWithin(t *testing.T) {
	for path, waits := range map[string]bool{`/system.slice/system-umm\x2denter.slice/umm-enter@3.service`: false, `/system.slice/system-umm\x2dcommand.slice/umm-command@3.service`: true, "/system.slice/umm-live.service": false} {
		f := newFake(t, releases[0])
		m := Manager{Run: f, Proc: hosttree.Make(t, hosttree.Tree{"self/cgroup": "0::" + path + "\n"})}
		wantError(t, m.Settled(ctx))
		if (len(f.ran) > 0) != waits {
			t.Errorf("%s: asked %q", path, f.ran)
		}
	}
}
