package machine

import (
	"os/exec"
	"strings"
	"testing"
)

// What a command has printed is there when it has ended, and nothing that it leaves running,
// with its output still open, is waited for.
func TestOutput(t *testing.T) {
	for range 20 {
		out, bad, err := Output(exec.Command("sh", "-c", "sleep 100 & echo $! >&2; head -c 200000 /dev/zero; exit 3"))
		if len(out) != 200000 || err == nil || !strings.Contains(err.Error(), "exit status 3") {
			t.Errorf("it came to %d bytes (%v)", len(out), err)
		}
		if err := exec.Command("kill", strings.TrimSpace(bad)).Run(); err != nil {
			t.Errorf("the background %q has ended: %v", bad, err)
		}
	}
}
