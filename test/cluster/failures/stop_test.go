//go:build e2e

package failures_test

import (
	"context"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"umm/internal/api"
)

// The command fails: the host is kept in maintenance mode, for work by hand.
func TestCommandFails(t *testing.T) {
	ctx, m := begin(t, 10*time.Minute)
	before := bootsOf(t)
	m.want(ctx, stopped, []string{"roll", "--hosts", "n2", "--reason", "a test", "--", "sh", "-c", "echo no mirror answers; exit 7"},
		"with status 7", "| no mirror answers", "n2 is in maintenance mode", "umm-cluster continue", "umm-cluster abort", "umm output")
	m.want(ctx, done, []string{"show"}, "| no mirror answers")
	m.want(ctx, stopped, []string{"resume"}, "with status 7", "umm-cluster continue")
	m.want(ctx, done, []string{"abort"})
	before.same(ctx, t, "n1", "n3")
	m.clean(ctx)
}

// The work that failed is finished by hand, and the run goes on to the next host.
func TestCommandFailsAndGoesOn(t *testing.T) {
	soak(t)
	ctx, m := begin(t, 15*time.Minute)
	before := bootsOf(t)
	m.want(ctx, stopped, []string{"roll", "--hosts", "n1,n2", "--reason", "a test", "--", "sh", "-c", "exit 7"}, "umm-cluster continue")
	first, other := "n1", "n2"
	if bootsOf(t)["n1"] == before["n1"] {
		first, other = "n2", "n1"
	}
	before.same(ctx, t, other, "n3")
	m.want(ctx, stopped, []string{"continue"}, other+" is in maintenance mode", "with status 7")
	before.same(ctx, t, "n3")
	if mode := do(ctx, t, first, "umm status"); mode != "runlevel N 5" {
		t.Errorf("%s says %q", first, mode)
	}
	m.want(ctx, done, []string{"abort"})
	m.clean(ctx)
}

// The command hangs: it may take so long, and no longer.
func TestCommandHangs(t *testing.T) {
	soak(t)
	ctx, m := begin(t, 10*time.Minute)
	m.configure("limits: {command: 5s}")
	before := bootsOf(t)
	m.want(ctx, stopped, []string{"roll", "--hosts", "n2", "--", "sleep", "1000"}, "timed out after 5s", "the command is running", "umm-cluster abort")
	// Nothing is started under it.
	m.want(ctx, gated, []string{"abort"}, "the command still runs on n2", "--accept-risk=command-running")
	m.want(ctx, done, []string{"abort", "--accept-risk=command-running", "--reason", "it hangs"})
	before.same(ctx, t, "n1", "n3")
	m.clean(ctx)
}

// The host loses power for good when it goes down.
func TestHostNeverComesBack(t *testing.T) {
	soak(t)
	ctx, m := begin(t, 10*time.Minute)
	m.configure("limits: {enter: 20s, leave: 30s}")
	before := bootsOf(t)
	p := m.start(ctx, "roll", "--hosts", "n2", "--reason", "a test")
	p.await("umm on", func(e api.ClusterEvent) bool { return e.Kind == "waiting" && e.Step.Kind == "enter" })
	if err := host("n2").Cut(ctx); err != nil {
		t.Fatal(err)
	}
	p.wait().check(t, "roll", stopped, "timed out after 20s", "n2 does not answer", "umm-cluster resume "+p.run, "umm-cluster abort "+p.run)
	m.want(ctx, gated, []string{"status"}, "n2", p.run)
	m.want(ctx, refused, []string{"roll", "--hosts", "n3"}, p.run)
	m.want(ctx, stopped, []string{"abort"}, "n2 does not answer", "umm-cluster abort")
	before.same(ctx, t, "n1", "n3")
	if err := host("n2").Power(ctx); err != nil {
		t.Fatal(err)
	}
	m.configure("")
	m.want(ctx, done, []string{"abort"})
	m.clean(ctx)
}

// The host comes back operational, and its database does not start.
func TestGaleraDoesNotSync(t *testing.T) {
	soak(t)
	ctx, m := begin(t, 10*time.Minute)
	m.configure("limits: {settle: 20s}")
	before := bootsOf(t)
	r := m.want(ctx, stopped, []string{"roll", "--reason", "a test", "--hosts", "n1,n2", "--", "sh", "-c", "printf '[mysqld]\\nno-such-option\\n' >/etc/mysql/mariadb.conf.d/zz-broken.cnf"},
		"galera", "umm-cluster resume", "umm-cluster abort")
	first, other := "n1", "n2"
	if bootsOf(t)["n1"] == before["n1"] {
		first, other = "n2", "n1"
	}
	t.Cleanup(func() {
		_, _ = sh(context.Background(), first, "rm -f /etc/mysql/mariadb.conf.d/zz-broken.cnf; systemctl reset-failed mariadb; systemctl start mariadb")
	})
	r.check(t, "roll", stopped, first)
	before.same(ctx, t, other, "n3")
	m.want(ctx, gated, []string{"status"}, "galera")
	// Nobody is sent back to a host that does not serve.
	m.want(ctx, stopped, []string{"resume"}, "galera")
	do(ctx, t, first, "rm /etc/mysql/mariadb.conf.d/zz-broken.cnf; systemctl stop mariadb; systemctl reset-failed mariadb; systemctl start mariadb")
	m.want(ctx, done, []string{"abort"})
	before.same(ctx, t, other, "n3")
	m.clean(ctx)
}

// A peer fails while the host is drained: the host does not go.
func TestPeerFailsBefore(t *testing.T) {
	soak(t)
	ctx, m := begin(t, 10*time.Minute)
	m.configure("gate: {samples: 1, timeout: 15s}")
	before := bootsOf(t)
	p := m.start(ctx, "roll", "--hosts", "n2", "--reason", "a test")
	p.await("the first drain", finished("drain"))
	if err := host("n3").Cut(ctx); err != nil {
		t.Fatal(err)
	}
	p.wait().check(t, "roll", stopped, "n3", "umm-cluster abort "+p.run)
	before.same(ctx, t, "n1", "n2")
	// All is undone but what needs the peer, which may be there and merely cut off.
	m.want(ctx, stopped, []string{"abort"}, "n3", "umm-cluster abort "+p.run)
	before.same(ctx, t, "n1", "n2")
	if left, err := leftOn(ctx, "n1"); err != nil || strings.Contains(left, "HAProxy") || strings.Contains(left, "standby") {
		t.Errorf("n1 has left: %s %v", left, err)
	}
	if err := host("n3").Power(ctx); err != nil {
		t.Fatal(err)
	}
	m.configure("")
	m.want(ctx, done, []string{"abort"})
	m.clean(ctx)
}

// A peer fails while the host is out: the host comes back, and no other goes.
func TestPeerFailsMeanwhile(t *testing.T) {
	soak(t)
	ctx, m := begin(t, 10*time.Minute)
	m.configure("limits: {settle: 30s}")
	before := bootsOf(t)
	p := m.start(ctx, "roll", "--hosts", "n1,n2", "--reason", "a test", "--", "sleep", "3")
	chosen := ""
	p.await("the command", func(e api.ClusterEvent) bool { chosen = e.Host; return begun("command")(e) })
	other := map[string]string{"n1": "n2", "n2": "n1"}[chosen]
	if err := host("n3").Cut(ctx); err != nil {
		t.Fatal(err)
	}
	p.wait().check(t, "roll", stopped, "n3", "umm-cluster resume "+p.run)
	before.same(ctx, t, other)
	if err := host("n3").Power(ctx); err != nil {
		t.Fatal(err)
	}
	if err := host("n3").WaitSSH(ctx); err != nil {
		t.Fatal(err)
	}
	// What is undone there needs its HAProxy: until then abort says that it stays in force.
	eventually(ctx, t, "the HAProxy of n3", 4*time.Minute, func() error {
		_, err := sh(ctx, "n3", "echo 'show info' | socat - UNIX-CONNECT:/run/haproxy/admin.sock")
		return err
	})
	m.configure("")
	m.want(ctx, done, []string{"abort"})
	// The host's database may have given up while the others had no majority.
	if r := m.run(ctx, "up"); r.code != done {
		r.check(t, "up", refused, "nothing has to be started")
	}
	m.clean(ctx)
}

// cutOff cuts the network between the master and a host; mend is to be called.
func cutOff(ctx context.Context, t *testing.T, name string) (mend func()) {
	t.Helper()
	route := func(ctx context.Context, verb string) error {
		argv := shared.Lab.InNet("ip", "route", verb, "blackhole", host(name).Addr().String())
		return exec.CommandContext(ctx, argv[0], argv[1:]...).Run()
	}
	if err := route(ctx, "add"); err != nil {
		t.Fatal(err)
	}
	mended := false
	mend = func() {
		if !mended {
			mended = true
			if err := route(context.Background(), "del"); err != nil {
				t.Error(err)
			}
		}
	}
	t.Cleanup(mend)
	return mend
}

// The network between the master and the host is cut for a while in each phase: the
// run goes on, or stops and is resumed.
func TestNetworkCut(t *testing.T) {
	soak(t)
	ctx, m := begin(t, 15*time.Minute)
	before := bootsOf(t)
	p := m.start(ctx, "roll", "--hosts", "n2", "--reason", "a test", "--", "sleep", "3")
	met := map[string]bool{}
	for p.until(func(e api.ClusterEvent) bool {
		return e.Kind == "begun" && !met[e.Step.Kind] && mark(met, e.Step.Kind)
	}) {
		mend := cutOff(ctx, t, "n2")
		pause(ctx, 6*time.Second)
		mend()
	}
	r := p.wait()
	for range 7 {
		if r.code == done {
			break
		}
		r.check(t, "roll", stopped, "umm-cluster resume "+p.run)
		r = m.run(ctx, "resume")
	}
	r.check(t, "the last resume", done)
	before.same(ctx, t, "n1", "n3")
	m.clean(ctx)
}

func mark(met map[string]bool, what string) bool { met[what] = true; return true }

func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

// The network is cut and stays so: the run stops, in each phase, and goes on when it
// is mended.
func TestNetworkStaysCut(t *testing.T) {
	soak(t)
	for _, phase := range []string{"gate", "drain", "enter", "command", "leave", "restore", "settle"} {
		t.Run(phase, func(t *testing.T) {
			ctx, m := begin(t, 15*time.Minute)
			m.configure("gate: {samples: 1, timeout: 20s}\nlimits: {drain: 30s, enter: 40s, command: 20s, leave: 30s, settle: 30s}")
			before := bootsOf(t)
			p := m.start(ctx, "roll", "--hosts", "n2", "--reason", "a test", "--", "sleep", "2")
			p.await(phase, begun(phase))
			mend := cutOff(ctx, t, "n2")
			p.wait().check(t, "roll", stopped, "n2", "umm-cluster resume "+p.run)
			before.same(ctx, t, "n1", "n3")
			mend()
			m.want(ctx, done, []string{"resume"})
			m.clean(ctx)
		})
	}
}

// The master's disk is full: nothing is done that could not be written down.
func TestDiskFull(t *testing.T) {
	ctx, m := begin(t, 10*time.Minute)
	before := bootsOf(t)
	local(ctx, t, "mkdir -p "+m.state()+" && mount -t tmpfs -o size=2m tmpfs "+m.state())
	t.Cleanup(func() { local(context.Background(), t, "umount "+m.state()) })
	fill := "head -c 4m /dev/zero >" + m.state("ballast") + " || :"
	local(ctx, t, fill)
	m.want(ctx, stopped, []string{"roll"}, "no space left on device")
	before.same(ctx, t, "n1", "n2", "n3")
	m.clean(ctx)
	if os.Getenv("UMM_SOAK") == "" {
		return
	}

	local(ctx, t, "rm "+m.state("ballast"))
	p := m.start(ctx, "roll", "--hosts", "n2", "--", "true")
	p.await("the first drain", begun("drain"))
	local(ctx, t, fill)
	// What is begun has its space; the rest may have, or not.
	if r := p.wait(); r.code != done {
		r.check(t, "roll", stopped, "no space left on device", "umm-cluster resume "+p.run)
		local(ctx, t, "rm "+m.state("ballast"))
		m.want(ctx, done, []string{"resume"})
	}
	m.clean(ctx)
}

// local runs a line of shell on the master.
func local(ctx context.Context, t *testing.T, line string) {
	t.Helper()
	if out, err := exec.CommandContext(ctx, "sh", "-c", line).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v: %s", line, err, out)
	}
}
