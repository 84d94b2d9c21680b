//go:build e2e

package silence

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"umm/test/needs"
)

// unpacked are Debian's packages and what they need of what this machine does not have, unpacked
// into a folder.
func unpacked(t *testing.T, packages ...string) (dir string) {
	t.Helper()
	needs.Root(t)
	dir = t.TempDir()
	// Others than root are let into it.
	for at := dir; at != os.TempDir() && at != "/"; at = filepath.Dir(at) {
		if err := os.Chmod(at, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	install := exec.Command("apt-get", append([]string{"install", "--simulate", "--no-install-recommends"}, packages...)...)
	install.Env = append(os.Environ(), "LC_ALL=C")
	out, err := install.CombinedOutput()
	if err != nil {
		needs.Absent(t, fmt.Sprintf("Debian's %v cannot be had: %v\n%s", packages, err, out))
	}
	wanted := map[string]bool{}
	for _, p := range packages {
		wanted[p] = true
	}
	for line := range strings.Lines(string(out)) {
		if words := strings.Fields(line); len(words) > 1 && words[0] == "Inst" {
			wanted[words[1]] = true
		}
	}
	get := exec.Command("apt-get", "-q", "download")
	for p := range wanted {
		get.Args = append(get.Args, p)
	}
	get.Dir = dir
	if out, err := get.CombinedOutput(); err != nil {
		needs.Absent(t, fmt.Sprintf("Debian's %v cannot be had: %v\n%s", packages, err, out))
	}
	debs, err := filepath.Glob(filepath.Join(dir, "*.deb"))
	if err != nil || len(debs) == 0 {
		t.Fatalf("downloaded %v (%v)", debs, err)
	}
	for _, deb := range debs {
		if out, err := exec.Command("dpkg", "-x", deb, filepath.Join(dir, "root")).CombinedOutput(); err != nil {
			t.Fatalf("dpkg -x: %v\n%s", err, out)
		}
	}
	return dir
}

// background runs a script of the shell in a mount namespace of its own, with these arguments, for
// as long as the test lasts.
func background(t *testing.T, script string, args ...string) {
	t.Helper()
	cmd := exec.Command("unshare", append([]string{"-m", "sh", "-euc", script, "sh"}, args...)...)
	log, err := os.Create(filepath.Join(t.TempDir(), "log"))
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM)
		_ = cmd.Wait()
		if t.Failed() {
			said, _ := os.ReadFile(log.Name())
			t.Logf("%s", said[max(0, len(said)-4000):])
		}
		_ = log.Close()
	})
}

func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return port
}

// soon waits until something is so.
func soon(t *testing.T, limit time.Duration, what string, is func() error) {
	t.Helper()
	for deadline := time.Now().Add(limit); ; time.Sleep(200 * time.Millisecond) {
		err := is()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s: %v", what, err)
		}
	}
}

// answers tells whether something answers there.
func answers(client *http.Client, url string) error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	res, err := client.Do(req)
	if err != nil {
		return err
	}
	return res.Body.Close()
}
