package galera

import (
	"strings"
	"testing"

	"umm/internal/cluster/service"
	"umm/internal/cluster/service/servicetest"
)

// Where the processes cannot be listed it is not known that no server runs: none is started,
// and nothing is done to its files.
func TestBlind(t *testing.T) {
	for name, argv := range map[string][]string{"the files": shell("files"), "the position": shell("recover"), "a first start": shell("bootstrap", service.NoUUID), "a start": shell("start")} {
		h := servicetest.NewHost(t)
		h.Program("ps", "")
		h.Program("mariadb", "")
		h.Program("my_print_defaults", "echo --datadir="+h.Folder)
		a := h.Run(argv, "")
		if _, err := a.Output(); err == nil || a.Err != nil || !strings.Contains(err.Error(), "the processes cannot be listed") {
			t.Errorf("%s: %v, %+v", name, err, a)
		}
	}
	a := servicetest.Blind(t, statusAsk(), "mariadb")
	if m := readMember("n1", service.Answers{"n1": {askStatus: a}}); m.err == nil {
		t.Errorf("%+v", m)
	}
}

// An arbiter that runs beside a server is told.
func TestStatusTellsArbiter(t *testing.T) {
	servicetest.OnHosts(t, func(t *testing.T, h *servicetest.Host) {
		h.Program("ps", "printf 'mariadbd\\ngarbd\\n'")
		h.Program("mariadb", "printf 'Uptime\\t7\\n'")
		h.Program("systemctl", "")
		ask := statusAsk()
		if got := parseStatus(h.Prints(ask.Argv, string(ask.Stdin))); got["umm_arbiter"] != "yes" || got["Uptime"] != "7" {
			t.Errorf("%v", got)
		}
	})
}
