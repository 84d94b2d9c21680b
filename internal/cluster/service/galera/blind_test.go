package galera

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"umm/internal/cluster/service"
	"umm/internal/cluster/service/servicetest"
	"umm/internal/execx"
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

// An arbiter that runs beside a server is told.
func TestStatusTellsArbiter(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"ps": "printf 'mariadbd\\ngarbd\\n'", "mariadb": "printf 'Uptime\\t7\\n'", "systemctl": "exit 1"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\n"+text+"\n"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	ask := statusAsk()
	res, err := execx.Local{}.Run(t.Context(), execx.Cmd{Argv: ask.Argv, Stdin: ask.Stdin, Env: append(os.Environ(), "PATH="+dir+":"+os.Getenv("PATH"))})
	if err != nil || res.Code != 0 {
		t.Fatalf("%+v, %v", res, err)
	}
	if got := parseStatus(string(res.Stdout)); got["umm_arbiter"] != "yes" || got["Uptime"] != "7" {
		t.Errorf("%v", got)
	}
}
