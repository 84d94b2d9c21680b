package etcd

import (
	"strings"
	"testing"

	"umm/internal/cluster/service"
	"umm/internal/cluster/service/servicetest"
)

// The first member that takes it leads; a host that leads no more has nothing to hand over.
func TestMoveLeader(t *testing.T) {
	for says, want := range map[string]string{"": "2", "Error: not leader": "1", "Error: no such member": "1 2 3"} {
		servicetest.OnHosts(t, func(t *testing.T, h *servicetest.Host) {
			h.Program("etcdctl", `[ "$1 $2" = "--x move-leader" ] || exit 64
echo "$3" >>"`+h.Folder+`/asked"
case "`+says+`$3" in 2) exit 0 ;; esac
echo "`+says+`"; exit 1`)
			ids := []string{"2"}
			if says != "" {
				ids = []string{"1", "2", "3"}
			}
			a := h.Run(service.Shell("umm-etcd", moveScript, append(ids, "--", "etcdctl", "--x")...), "")
			if _, err := a.Output(); (err != nil) != strings.Contains(says, "no such") {
				t.Errorf("%q: %v", says, err)
			}
			if got := strings.Join(strings.Fields(h.Read("asked")), " "); got != want {
				t.Errorf("%q: %s were asked, want %s", says, got, want)
			}
		})
	}
}
