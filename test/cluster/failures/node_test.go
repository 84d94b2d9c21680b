//go:build e2e

package failures_test

import (
	"context"
	"strings"
	"testing"
	"time"
)

// umm on one host is not what is needed: refused before anything is touched.
func TestNodes(t *testing.T) {
	ctx, m := begin(t, 5*time.Minute)
	const back = "if test -e /usr/bin/umm.away; then mv /usr/bin/umm.away /usr/bin/umm; fi"
	const away = "mv /usr/bin/umm /usr/bin/umm.away; "
	for _, c := range []struct{ name, before, after, says string }{
		{"no umm at all", away, back, "umm is not installed on n3"},
		{"an umm that knows no status document", away + `printf '#!/bin/sh\necho "umm: unknown flag: -o" >&2; exit 2\n' >/usr/bin/umm; chmod 755 /usr/bin/umm`,
			back, "umm on n3 is too old for umm-cluster"},
		{"an umm that prints something else", away + `printf '#!/bin/sh\necho "runlevel N 5"\n' >/usr/bin/umm; chmod 755 /usr/bin/umm`,
			back, "umm on n3 is too old for umm-cluster"},
		{"an umm that knows no guard", away + `printf '#!/bin/sh\ncase $1 in guard) echo "umm: unknown command guard" >&2; exit 2;; esac\nexec /usr/bin/umm.away "$@"\n' >/usr/bin/umm; chmod 755 /usr/bin/umm`,
			back, "umm on n3 is too old for umm-cluster"},
		{"disabled", "umm disable", "umm enable", "maintenance mode is disabled on n3"},
	} {
		before := bootsOf(t)
		do(ctx, t, "n3", c.before)
		t.Cleanup(func() { _, _ = sh(context.Background(), "n3", c.after) })
		if r := m.run(ctx, "roll", "--hosts", "n1,n3"); r.code != gated && r.code != refused || !strings.Contains(r.out, c.says) {
			t.Errorf("%s: roll ended with %d", c.name, r.code)
		}
		do(ctx, t, "n3", c.after)
		before.same(ctx, t, "n1", "n2", "n3")
	}
	m.clean(ctx)
	m.want(ctx, refused, []string{"resume"}, "there is no unfinished run")
}
