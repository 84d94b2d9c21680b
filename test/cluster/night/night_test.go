//go:build e2e

// Package night_test does what docs/patch-night.md says, on practice hosts: a master with the
// package of umm-cluster, and three hosts with that of umm.
package night_test

import (
	"context"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"umm/internal/execx"
	"umm/internal/lab"
)

const page = "../../../docs/patch-night.md"

// commands are those of the page, in its order: a line that ends with a backslash goes on.
func commands(t *testing.T) []string {
	t.Helper()
	data, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, block := range regexp.MustCompile("(?ms)^```\n(.*?)^```$").FindAllStringSubmatch(string(data), -1) {
		for line := range strings.Lines(strings.ReplaceAll(block[1], "\\\n", " ")) {
			all = append(all, strings.TrimSpace(line))
		}
	}
	if len(all) < 10 {
		t.Fatalf("the page has %q", all)
	}
	return all
}

// onTheHost tells the commands of a host from those of the master.
func onTheHost(command string) bool { return strings.HasPrefix(command, "umm ") }

// run runs a line of the shell, and wants one of these exit codes.
func run(ctx context.Context, t *testing.T, h *lab.Host, line string, codes ...int) string {
	t.Helper()
	res, err := h.Runner().Run(ctx, execx.Cmd{Argv: []string{"/bin/sh", "-c", line}})
	if err != nil {
		t.Fatalf("%s: %s: %v", h.Name(), line, err)
	}
	out := string(res.Stdout) + string(res.Stderr)
	for _, code := range append(codes, 0)[:max(1, len(codes))] {
		if res.Code == code {
			return out
		}
	}
	t.Fatalf("%s: %s: exit code %d, want %v:\n%s", h.Name(), line, res.Code, codes, out)
	return ""
}

func TestPatchNight(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Minute)
	defer cancel()
	l, master := setup(ctx, t)
	n1, n2 := l.Host("n1"), l.Host("n2")
	for _, command := range commands(t) {
		began := time.Now()
		h := master
		if onTheHost(command) {
			h = n1
		}
		if strings.HasPrefix(command, "umm-cluster continue") {
			run(ctx, t, master, "umm-cluster roll --canary --reason 'one first' -- true", 5)
			// At any time of the day there is a night before this.
			command = strings.Replace(command, "05:00", time.Now().UTC().Add(6*time.Hour).Format("15:04"), 1)
		}
		out := run(ctx, t, h, command)
		t.Logf("%.1fs: %s", time.Since(began).Seconds(), command)
		switch {
		case strings.HasPrefix(command, "umm-cluster roll --reason"):
			for _, h := range l.Hosts()[:3] {
				if got := run(ctx, t, h, "dpkg-query -W -f '${Version}' night-demo"); got != "2" {
					t.Errorf("%s has the version %s of what was to be upgraded", h.Name(), got)
				}
			}
			if !strings.Contains(out, "rebooted: boot ") {
				t.Errorf("no host left by a reboot:\n%s", out)
			}
		case strings.Contains(command, "--if-needed") && !strings.Contains(out, "no host has to be rebooted"):
			t.Errorf("after the night there are hosts to reboot:\n%s", out)
		}
	}
	theTimer(ctx, t, master, n2)
}

// theTimer continues a run that a hook of a host has put off, as soon as that lets it, and does
// nothing where nothing waits.
func theTimer(ctx context.Context, t *testing.T, master, n2 *lab.Host) {
	const unit = "umm-cluster@prod.service"
	const hook = "/etc/umm/hooks.d/pre-on/10-backup"
	run(ctx, t, master, "systemctl is-enabled umm-cluster@prod.timer && systemctl is-active umm-cluster@prod.timer")
	before := run(ctx, t, master, "ls /var/lib/umm-cluster/runs")
	run(ctx, t, master, "systemctl start "+unit+" && systemctl show -p Result -p ExecMainStatus "+unit+" | grep -x ExecMainStatus=0")
	if after := run(ctx, t, master, "ls /var/lib/umm-cluster/runs"); after != before {
		t.Errorf("where nothing waits there are the runs %s, before %s", after, before)
	}

	run(ctx, t, n2, fmt.Sprintf("mkdir -p $(dirname %s) && printf '#!/bin/sh\\nexit 75\\n' >%[1]s && chmod 755 %[1]s", hook))
	out := run(ctx, t, master, "umm-cluster roll --hosts n2,n3 --reason 'a backup' -- true", 5)
	if !strings.Contains(out, "asks to try again later (exit status 75)") {
		t.Errorf("the run that was put off says\n%s", out)
	}
	if mode := run(ctx, t, n2, "umm status -o json"); !strings.Contains(mode, `"operational"`) {
		t.Errorf("n2, which was put off, is %s", mode)
	}
	run(ctx, t, master, "systemctl start "+unit+" && systemctl show -p ExecMainStatus "+unit+" | grep -x ExecMainStatus=5")
	run(ctx, t, n2, "rm "+hook)
	run(ctx, t, master, `mkdir -p /etc/systemd/system/umm-cluster@prod.timer.d
printf '[Timer]\nOnCalendar=\nOnCalendar=*:*:0/5\nAccuracySec=1s\n' >/etc/systemd/system/umm-cluster@prod.timer.d/soon.conf
systemctl daemon-reload && systemctl restart umm-cluster@prod.timer`)
	ended := `tail -n 1 $(ls /var/lib/umm-cluster/runs/*.journal | tail -n 1) | tr -d '\0' | grep -q '"kind":"ended"' || grep -qa '"kind":"ended"' $(ls /var/lib/umm-cluster/runs/*.journal | tail -n 1)`
	for deadline := time.Now().Add(4 * time.Minute); ; time.Sleep(time.Second) {
		res, err := master.Shell(ctx, ended)
		if err == nil && res.Code == 0 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("the timer does not continue it:\n%s", run(ctx, t, master, "journalctl -u "+unit+"; umm-cluster show"))
		}
	}
	t.Logf("%s", run(ctx, t, master, "journalctl --no-pager -o cat -u "+unit))
}
