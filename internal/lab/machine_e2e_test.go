//go:build e2e

package lab_test

import (
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"umm/internal/lab"
)

// A machine has GRUB on its serial console, which can be typed on, and a power cut leaves
// it off. That it boots and answers is what test/vm stands on.
func TestMachine(t *testing.T) {
	for _, firmware := range []string{lab.BIOS, lab.UEFI} {
		t.Run(firmware, func(t *testing.T) {
			l := up(t, lab.Spec{Name: firmware, Hosts: []lab.HostSpec{{Name: "n1", Machine: firmware, Off: true}}})
			h, ctx := l.Host("n1"), t.Context()
			must(t, h.Power(ctx))
			shows := func(what string) {
				t.Helper()
				late := time.After(2 * time.Minute)
				for {
					text, err := os.ReadFile(h.Console())
					must(t, err)
					if strings.Contains(string(text), what) {
						return
					}
					select {
					case <-late:
						t.Fatalf("the console shows no %q:\n%s", what, text)
					case <-time.After(50 * time.Millisecond):
					}
				}
			}
			shows("Press enter to boot")
			conn, err := h.Serial(ctx)
			must(t, err)
			defer conn.Close()
			go func() { _, _ = io.Copy(io.Discard, conn) }()
			_, err = conn.Write([]byte("c"))
			must(t, err)
			shows("grub> ")
			if !h.On() {
				t.Error("off while GRUB runs")
			}
			must(t, h.Cut(ctx))
			if h.On() {
				t.Error("on after a cut")
			}
		})
	}
}
