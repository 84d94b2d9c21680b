//go:build e2e

package lab_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"umm/internal/execx"
	"umm/internal/lab"
)

// Words, exit codes and standard input arrive as they are.
func TestRun(t *testing.T) {
	l := up(t, lab.Spec{Name: "run"})
	h := l.Host("n1")
	words := []string{"a  b", "", "it's", "$HOME", "*", "\\", "\n", "ü", `"`}
	got := output(t, h, append([]string{"printf", `%s\0`}, words...)...)
	if want := strings.Join(words, "\x00") + "\x00"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	res, err := h.Shell(t.Context(), "echo out; echo err >&2; exit 7")
	if err != nil || string(res.Stdout) != "out\n" || string(res.Stderr) != "err\n" || res.Code != 7 {
		t.Errorf("got %q %q %d, %v", res.Stdout, res.Stderr, res.Code, err)
	}
	res, err = h.Runner().Run(t.Context(), execx.Cmd{Argv: []string{"sh", "-c", `cat; echo "$A"`}, Stdin: []byte("in "), Env: []string{"A=b c"}})
	if err != nil || string(res.Stdout) != "in b c\n" {
		t.Errorf("got %q, %v", res.Stdout, err)
	}
	conn, err := l.Dial(t.Context(), "n1", 80)
	must(t, err)
	defer conn.Close()
	_, err = io.WriteString(conn, "GET / HTTP/1.0\r\n\r\n")
	must(t, err)
	if line, err := bufio.NewReader(conn).ReadString('\n'); err != nil || !strings.Contains(line, "200 OK") {
		t.Errorf("port 80 says %q, %v", line, err)
	}
	if _, err := l.Dial(t.Context(), "n1", 81); err == nil {
		t.Error("port 81 answers")
	}
}

// Cuts at any moment of a boot or of a reboot leave the host off, and it boots
// after.
func TestCutAnyTime(t *testing.T) {
	l := up(t, lab.Spec{Name: "cuts", Hosts: []lab.HostSpec{{Name: "n1", Off: true}}})
	h, ctx := l.Host("n1"), t.Context()
	if h.On() {
		t.Fatal("on, though it was to be left off")
	}
	boot := func() { _ = h.Power(ctx) } // an error, if the cut comes first
	reboot := func() {
		_ = h.Power(ctx)
		_, _ = h.Enter(ctx, "systemctl", "reboot", "--force", "--force")
	}
	for i := range 30 {
		act, span := boot, 400
		if i%2 == 1 {
			act, span = reboot, 600
		}
		wait := time.Duration(rand.IntN(span)) * time.Millisecond
		done := make(chan bool)
		go func() { act(); close(done) }()
		select {
		case <-time.After(wait):
		case <-ctx.Done():
		}
		must(t, h.Cut(ctx))
		<-done
		must(t, h.Cut(ctx))
		if h.On() {
			t.Fatalf("cut %d, after %v, left it on", i, wait)
		}
	}
	must(t, h.Power(ctx))
	_, err := h.WaitBoot(ctx, "")
	must(t, err)
	if got := output(t, h, "systemctl", "is-system-running", "--wait"); got != "running" {
		t.Errorf("the host is %s", got)
	}
}

// Of several that switch a host on, one does.
func TestPowerOnce(t *testing.T) {
	l := up(t, lab.Spec{Name: "once", Hosts: []lab.HostSpec{{Name: "n1", Off: true}}})
	h := l.Host("n1")
	var group sync.WaitGroup
	errs := make([]error, 4)
	for i := range errs {
		group.Go(func() { errs[i] = h.Power(t.Context()) })
	}
	group.Wait()
	_, err := h.WaitBoot(t.Context(), "")
	must(t, err)
	console, err := os.ReadFile(h.Console())
	must(t, err)
	if got := strings.Count(string(console), ": power on"); got != 1 {
		t.Errorf("it was switched on %d times: %v\n%s", got, errors.Join(errs...), console)
	}
}

// A disk can be full, and a root file system read-only: ssh answers all the same.
func TestDisks(t *testing.T) {
	l := up(t, lab.Spec{Name: "disks", Hosts: []lab.HostSpec{{Name: "small", RootSizeMiB: 32}, {Name: "fixed"}}})
	ctx := t.Context()
	small, fixed := l.Host("small"), l.Host("fixed")
	res, err := small.Shell(ctx, "cat /dev/zero >/var/tmp/fill")
	must(t, err)
	if res.Code == 0 || !strings.Contains(string(res.Stderr), "No space left") {
		t.Errorf("filling the disk: %d %s", res.Code, res.Stderr)
	}
	_, err = small.Reboot(ctx)
	must(t, err)

	must(t, fixed.SetNspawnArgs("--read-only"))
	_, err = fixed.Reboot(ctx)
	must(t, err)
	res, err = fixed.Shell(ctx, "touch /etc/x")
	must(t, err)
	if res.Code == 0 || !strings.Contains(string(res.Stderr), "Read-only file system") {
		t.Errorf("writing to /etc: %d %s", res.Code, res.Stderr)
	}
	must(t, fixed.SetNspawnArgs())
	_, err = fixed.Reboot(ctx)
	must(t, err)
	output(t, fixed, "touch", "/etc/x")
}

// A command ends soon when its host loses power, and not as if it were done.
func TestRunIsCut(t *testing.T) {
	h := up(t, lab.Spec{Name: "runcut"}).Host("n1")
	ended := make(chan int, 1)
	go func() {
		res, err := h.Run(t.Context(), "sh", "-c", "touch /run/begun; sleep 1000")
		if err != nil {
			t.Error(err)
		}
		ended <- res.Code
	}()
	for {
		if res, err := h.Run(t.Context(), "test", "-e", "/run/begun"); err == nil && res.Code == 0 {
			break
		}
	}
	must(t, h.Cut(t.Context()))
	select {
	case code := <-ended:
		if code != 255 {
			t.Errorf("it ended with status %d", code)
		}
	case <-time.After(5 * time.Second):
		t.Error("it goes on without power")
	}
}

// Waits end with their context, and Up leaves nothing when it fails.
func TestCancel(t *testing.T) {
	name := prefix + "cancel"
	for _, after := range []time.Duration{time.Millisecond, 50 * time.Millisecond, 150 * time.Millisecond, 300 * time.Millisecond} {
		ctx, cancel := context.WithTimeout(t.Context(), after)
		_, err := lab.Up(ctx, lab.Spec{Name: name, N: 2})
		cancel()
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("up within %v: %v", after, err)
		}
		if left := traces(t, name); len(left) > 0 {
			t.Fatalf("left after %v: %s", after, strings.Join(left, "\n"))
		}
	}
	l := up(t, lab.Spec{Name: "wait", Hosts: []lab.HostSpec{{Name: "n1", Off: true}}})
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if err := l.Host("n1").WaitSSH(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("waiting for a host that is off: %v", err)
	}
	if _, err := lab.Up(t.Context(), lab.Spec{Name: l.Name()}); err == nil || !strings.Contains(err.Error(), "it exists") {
		t.Errorf("a second lab of that name: %v", err)
	}
}

// A start that fails says so at once, and where to look.
func TestPowerFails(t *testing.T) {
	l := up(t, lab.Spec{Name: "fails", Hosts: []lab.HostSpec{{Name: "n1", Off: true, NspawnArgs: []string{"--no-such-option"}}}})
	err := l.Host("n1").Power(t.Context())
	if err == nil || !strings.Contains(err.Error(), l.Host("n1").Console()) {
		t.Errorf("got %v", err)
	}
}

// creatorEnv makes this test binary the creator of a lab, which is then killed.
const creatorEnv = "UMM_LAB_SELFTEST_CREATOR"

func TestMain(m *testing.M) {
	if name := os.Getenv(creatorEnv); name != "" {
		if _, err := lab.Up(context.Background(), lab.Spec{Name: name, N: 2}); err != nil {
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// Down works on what a killed creator left, however far it had come; hosts that
// were up live on without it.
func TestCreatorKilled(t *testing.T) {
	name := prefix + "killed"
	for _, after := range []time.Duration{5, 20, 40, 80, 120, 180, 250, 400} {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), creatorEnv+"="+name)
		must(t, cmd.Start())
		select {
		case <-time.After(after * time.Millisecond):
		case <-t.Context().Done():
		}
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		down(t, name)
	}
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), creatorEnv+"="+name)
	must(t, cmd.Run())
	defer down(t, name)
	l, err := lab.Open(name)
	must(t, err)
	output(t, l.Host("n2"), "true")
	id, err := l.Host("n2").Reboot(t.Context())
	if err != nil || id == "" {
		t.Errorf("reboot without the creator: %q, %v", id, err)
	}
}

// Down works on remains that are not a lab any more, and with somebody inside.
func TestDownRemains(t *testing.T) {
	l := up(t, lab.Spec{Name: "remains"})
	must(t, os.Remove(filepath.Join(filepath.Dir(l.SSHConfig()), "lab.json")))
	names, err := lab.Names()
	must(t, err)
	if !strings.Contains(strings.Join(names, " "), l.Name()) {
		t.Errorf("%s is not among %q", l.Name(), names)
	}
	inside, err := os.Open(l.Host("n1").Root())
	must(t, err)
	defer inside.Close()
	must(t, l.Down(t.Context()))
	must(t, l.Down(t.Context()))
}
