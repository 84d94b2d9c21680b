package clustercli

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

func TestNotify(t *testing.T) {
	var mu sync.Mutex
	var posted string
	chat := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		body, _ := io.ReadAll(r.Body)
		posted = string(body)
	}))
	defer chat.Close()
	dir := t.TempDir()
	conf := filepath.Join(dir, "umm-cluster.yaml")
	write := func(notify string) {
		t.Helper()
		if err := os.WriteFile(conf, []byte("state_dir: "+dir+"\n"+notify), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	x := try(t)
	write("")
	if code := x.cluster("--config", conf, "notify", "--test"); code != int(Refused) || !strings.Contains(x.stderr.String(), "nobody is notified") {
		t.Errorf("with nobody it ended with %d: %s", code, x.stderr)
	}
	write("notify:\n- {on: [end], url: '" + chat.URL + "/S3CRET'}\n- {command: [sh, -c, 'cat >" + dir + "/told; echo $UMM_CLUSTER_EVENT >>" + dir + "/told']}\n")
	if code := x.cluster("--config", conf, "notify"); code != 0 || x.stdout.String() != "notify[0]  webhook  end\nnotify[1]  sh       start, stop, hold, end\n" {
		t.Errorf("the list ended with %d: %s%s", code, x.stdout, x.stderr)
	}
	if posted != "" {
		t.Error("the list notifies")
	}
	if code := x.cluster("--config", conf, "notify", "--test"); code != 0 || !strings.Contains(x.stdout.String(), "notify[0] (webhook): notified\nnotify[1] (sh): notified\n") {
		t.Errorf("the test ended with %d: %s%s", code, x.stdout, x.stderr)
	}
	if told, err := os.ReadFile(filepath.Join(dir, "told")); err != nil || !strings.HasSuffix(string(told), "end\n") || !strings.Contains(string(told), "test notification by umm-cluster on ") {
		t.Errorf("the command was told %s (%v)", told, err)
	}
	if !strings.Contains(posted, `"text":"umm-cluster 00000000-000000-0000: ended: test notification by umm-cluster on `) {
		t.Errorf("posted was %s", posted)
	}
	write("notify:\n- {url: 'http://127.0.0.1:1/S3CRET'}\n- {command: [sh, -c, 'exit 3']}\n- {command: ['true']}\n")
	code := x.cluster("--config", conf, "notify", "--test")
	said := x.stdout.String() + x.stderr.String()
	if code != int(CannotDo) || !strings.Contains(said, "connection refused") || !strings.Contains(said, "notify[1] (sh): it exited with status 3") ||
		!strings.Contains(said, "notify[2] (true): notified") || !strings.Contains(said, "2 of 3 could not be notified") || strings.Contains(said, "S3CRET") {
		t.Errorf("it ended with %d: %s", code, said)
	}
}
