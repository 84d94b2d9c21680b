package site

import (
	"context"
	"fmt"
	"time"
)

// PlainSerialReboot is what umm-cluster is measured against: each host is rebooted
// over ssh, and the next one as soon as ssh is back. It tells how long it took.
func (s *Site) PlainSerialReboot(ctx context.Context) (time.Duration, error) {
	start := time.Now()
	for _, h := range s.Lab.Hosts() {
		old, err := h.BootID()
		if err != nil {
			return 0, err
		}
		// ssh may end before reboot says that it succeeded.
		if _, err := h.Run(ctx, "systemctl", "reboot"); err != nil {
			return 0, fmt.Errorf("cannot reboot %s: %w", h.Name(), err)
		}
		if _, err := h.WaitBoot(ctx, old); err != nil {
			return 0, err
		}
	}
	return time.Since(start), nil
}
