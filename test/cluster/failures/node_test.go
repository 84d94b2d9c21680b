//go:build e2e

package failures_test

import (
	"testing"
	"time"
)

// umm on one host is not what is needed: refused before anything is touched.
func TestNodes(t *testing.T) {
	const away = "mv /usr/bin/umm /usr/bin/umm.away; "
	for _, c := range []struct{ name, before, after, says string }{
		{"no umm at all", away, "mv /usr/bin/umm.away /usr/bin/umm", "umm is not installed on n3"},
		{"an umm that knows no status document", away + `printf '#!/bin/sh\necho "umm: unknown flag: -o" >&2; exit 2\n' >/usr/bin/umm; chmod 755 /usr/bin/umm`,
			"mv /usr/bin/umm.away /usr/bin/umm", "umm on n3 is too old for umm-cluster"},
		{"an umm that prints something else", away + `printf '#!/bin/sh\necho "runlevel N 5"\n' >/usr/bin/umm; chmod 755 /usr/bin/umm`,
			"mv /usr/bin/umm.away /usr/bin/umm", "umm on n3 is too old for umm-cluster"},
		{"an umm that knows no guard", away + `printf '#!/bin/sh\ncase $1 in guard) echo "umm: unknown command guard" >&2; exit 2;; esac\nexec /usr/bin/umm.away "$@"\n' >/usr/bin/umm; chmod 755 /usr/bin/umm`,
			"mv /usr/bin/umm.away /usr/bin/umm", "umm on n3 is too old for umm-cluster"},
		{"disabled", "umm disable", "umm enable", "maintenance mode is disabled on n3"},
	} {
		t.Run(c.name, func(t *testing.T) {
			ctx, m := begin(t, 5*time.Minute)
			before := bootsOf(t)
			do(ctx, t, "n3", c.before)
			back := func() { do(t.Context(), t, "n3", c.after) }
			for _, hosts := range []string{"n3", "n1,n3"} {
				r := m.run(ctx, "roll", "--hosts", hosts)
				if r.code != gated && r.code != stopped {
					t.Errorf("roll ended with %d", r.code)
				}
				r.check(t, "roll", r.code, c.says)
			}
			back()
			before.same(ctx, t, "n1", "n2", "n3")
			m.clean(ctx)
			m.want(ctx, refused, []string{"resume"}, "there is no run that is not over")
		})
	}
}
