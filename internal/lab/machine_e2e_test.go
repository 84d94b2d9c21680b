//go:build e2e

package lab_test

import (
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
			console, err := h.Serial(ctx)
			must(t, err)
			defer console.Close()
			must(t, console.SetDeadline(time.Now().Add(2*time.Minute)))
			var text strings.Builder
			shows := func(what string) {
				t.Helper()
				for buf := make([]byte, 4096); !strings.Contains(text.String(), what); {
					n, err := console.Read(buf)
					if err != nil {
						t.Fatalf("the console shows no %q: %v\n%s", what, err, text.String())
					}
					text.Write(buf[:n])
				}
			}
			shows("Press enter to boot")
			_, err = console.Write([]byte("c"))
			must(t, err)
			shows("grub> ")
			logged, err := os.ReadFile(h.Console())
			must(t, err)
			if !strings.Contains(string(logged), "Press enter to boot") {
				t.Errorf("the console's file has none of it:\n%s", logged)
			}
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
