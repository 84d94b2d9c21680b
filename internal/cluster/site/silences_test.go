package site

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"umm/internal/cluster/config"
	"umm/internal/cluster/journal"
	"umm/internal/cluster/run"
)

// A run whose configuration names an Alertmanager silences the host that it takes, by the
// address that it reaches it at.
func TestARunSilencesItsHosts(t *testing.T) {
	var mu sync.Mutex
	var posted []string
	am := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		if user, password, _ := r.BasicAuth(); user != "umm" || password != "S3CRET" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		switch r.Method + " " + r.URL.Path {
		case "GET /am/api/v2/silences":
			_, _ = io.WriteString(w, "[]")
		case "POST /am/api/v2/silences":
			body, _ := io.ReadAll(r.Body)
			posted = append(posted, string(body))
		default:
			t.Errorf("it asks %s %s", r.Method, r.URL.Path)
		}
	}))
	defer am.Close()
	dir := t.TempDir()
	matcher := config.Silence{Alertmanager: config.Secret(strings.Replace(am.URL, "://", "://umm:S3CRET@", 1) + "/am/"), Matchers: []string{`instance="{address}:9100"`}}
	s := &Site{Conf: config.Config{StateDir: dir, Silences: []config.Silence{matcher}}, Runs: journal.Dir{Path: filepath.Join(dir, "runs")},
		machines: map[string]run.Machine{"n1": {Address: "192.0.2.11"}}}
	var stderr bytes.Buffer
	s.Display.Warn = func(text string) { stderr.WriteString(text) }
	sinks, closeAll, err := s.sinks(job{request: run.Request{ID: lastRun}})
	if err != nil {
		t.Fatal(err)
	}
	sinks.Emit(run.Entry{Kind: run.Requested, Request: &run.Request{ID: lastRun, Reason: "new kernel"}})
	sinks.Emit(run.Entry{Kind: run.Chosen, Host: "n1"})
	closeAll()
	if len(posted) == 0 || strings.Contains(stderr.String(), "silence") {
		t.Fatalf("it posts %q and says %s", posted, stderr.String())
	}
	var silence struct {
		Matchers           []struct{ Name, Value string }
		CreatedBy, Comment string
	}
	if err := json.Unmarshal([]byte(posted[0]), &silence); err != nil || len(silence.Matchers) != 1 || silence.Matchers[0].Value != "192.0.2.11:9100" ||
		silence.CreatedBy != "umm-cluster "+lastRun || !strings.Contains(silence.Comment, "n1 is in maintenance by umm-cluster, run "+lastRun+": new kernel") {
		t.Errorf("it posts %+v (%v)", silence, err)
	}
}
