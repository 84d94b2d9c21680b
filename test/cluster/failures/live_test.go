//go:build e2e

package failures_test

import (
	"strings"
	"testing"
	"time"
)

// A host that enters maintenance mode live runs the command in the boot that it was in, and
// reboots once, since the command asks for it; one that needs no reboot has none.
func TestEnterLive(t *testing.T) {
	ctx, m := begin(t, 10*time.Minute)
	before := bootsOf(t)
	m.want(ctx, done, []string{"roll", "--enter=live", "--hosts", "n1,n2", "--reason", "a test", "--",
		"sh", "-c", "umm status -o json | sed -n 's/.*\"boot_id\": \"\\(.*\\)\".*/\\1/p' >/root/rolled; [ $(hostname) != n2 ] || touch /run/reboot-required"},
		"umm on --live", "rebooted: boot ")
	before.same(ctx, t, "n1", "n3")
	if now := bootsOf(t); now["n2"] == before["n2"] {
		t.Error("n2 has not rebooted")
	}
	for _, name := range []string{"n1", "n2"} {
		if boot := do(ctx, t, name, "cat /root/rolled"); boot != strings.ReplaceAll(before[name], "-", "") {
			t.Errorf("the command on %s ran in boot %q, not in %s", name, boot, before[name])
		}
	}
	m.clean(ctx)
}

// A run is killed while a host switches to maintenance mode: aborted, nothing is left;
// resumed, it ends well.
func TestKilledDuringASwitch(t *testing.T) {
	soak(t)
	for _, after := range []time.Duration{50 * time.Millisecond, 300 * time.Millisecond, time.Second, 2 * time.Second, 4 * time.Second} {
		for _, then := range []string{"abort", "resume"} {
			t.Run(after.String()+", "+then, func(t *testing.T) {
				ctx, m := begin(t, 10*time.Minute)
				before := bootsOf(t)
				p := m.start(ctx, "roll", "--enter=live", "--hosts", "n2", "--reason", "a test", "--", "sh", "-c", "date >>/root/rolled")
				p.await("umm on --live", begun("enter"))
				pause(ctx, after)
				p.kill()
				m.want(ctx, done, []string{then, p.run})
				if n := do(ctx, t, "n2", "cat /root/rolled 2>/dev/null | wc -l"); then == "resume" && n != "1" {
					t.Errorf("the command ran %s times", n)
				}
				before.same(ctx, t, "n1", "n2", "n3")
				m.clean(ctx)
			})
		}
	}
}

// The power of a host fails while it switches to maintenance mode: it is in maintenance mode
// when it is up again, and the run goes on.
func TestCutDuringASwitch(t *testing.T) {
	soak(t)
	for _, after := range []time.Duration{100 * time.Millisecond, 700 * time.Millisecond, 2 * time.Second} {
		t.Run(after.String(), func(t *testing.T) {
			ctx, m := begin(t, 10*time.Minute)
			before := bootsOf(t)
			p := m.start(ctx, "roll", "--enter=live", "--hosts", "n2", "--reason", "a test")
			p.await("umm on --live", begun("enter"))
			pause(ctx, after)
			if err := host("n2").Cut(ctx); err != nil {
				t.Fatal(err)
			}
			if err := host("n2").Power(ctx); err != nil {
				t.Fatal(err)
			}
			r := p.wait()
			if r.code != done {
				// It came up before it was asked for: nothing that can be undone is left.
				r.check(t, "roll", stopped, "umm-cluster abort "+p.run)
				m.want(ctx, done, []string{"abort", p.run})
			}
			before.same(ctx, t, "n1", "n3")
			m.clean(ctx)
		})
	}
}
