package systemd

import (
	"context"
	"testing"
	"time"

	"umm/internal/execx"
)

// slow is a systemctl that takes its time over each unit.
type slow struct{ took time.Duration }

func (s slow) Run(_ context.Context, c execx.Cmd) (execx.Result, error) {
	if c.Limit < s.took {
		return execx.Result{}, context.DeadlineExceeded
	}
	return execx.Result{Stdout: []byte("Id=a.service\nNames=a.service\n")}, nil
}

// Where the whole host starts and the processors have other work, hundreds of units are not
// asked about within the time for one: seen on an emulated machine beside 40 busy processes.
func TestAllUnitsTakeLonger(t *testing.T) {
	m := Manager{Run: slow{took: 2 * time.Minute}}
	if _, err := m.show(t.Context(), "Names", "--all", "*"); err != nil {
		t.Error(err)
	}
	if _, err := m.show(t.Context(), "Names", "a.service"); err == nil {
		t.Error("a question about one unit waits as long")
	}
}
