package galera

import (
	"strings"
	"testing"

	"umm/internal/service"
	"umm/internal/service/servicetest"
)

// Where the processes cannot be listed it is not known that no server runs: none is started,
// and nothing is done to its files.
func TestBlind(t *testing.T) {
	there := "d=" + t.TempDir() + "\n"
	for name, script := range map[string]string{
		"the files":     strings.Replace(filesScript, datadir, there, 1),
		"the position":  strings.Replace(recoverScript, datadir, there, 1),
		"a first start": client + there + bootstrapScript,
		"a start":       startScript,
	} {
		a := servicetest.Blind(t, service.Ask{Argv: []string{"sh", "-c", script, "sh", noUUID}}, "mariadb")
		if _, err := a.Output(); err == nil || a.Err != nil || !strings.Contains(err.Error(), "the processes cannot be listed") {
			t.Errorf("%s: %v, %+v", name, err, a)
		}
	}
	a := servicetest.Blind(t, statusAsk(), "mariadb")
	if m := readMember("n1", service.Answers{"n1": {askStatus: a}}); m.err == nil {
		t.Errorf("%+v", m)
	}
}
