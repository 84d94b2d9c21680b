//go:build e2e

package e2e

import (
	"fmt"
	"strings"
)

// loginScenarios: who gets into maintenance mode, and what they see.
var loginScenarios = []scenario{
	{name: "every user can log in, and no one sees the banner but at a login", systemd: func(h *systemdHost) {
		h.user("op")
		quiet := h.loginOutputs()
		for _, live := range []bool{false, true} {
			if live {
				h.live("--reason", "the reason")
			} else {
				h.on("--reason", "the reason")
			}
			h.ok("test", "!", "-e", "/run/nologin")
			for what, out := range h.loginOutputs() {
				h.equal(what, out, quiet[what])
			}
			for _, user := range []string{"root", "op"} {
				banner := h.login(user)
				if n := strings.Count(banner, "maintenance mode (UMM)"); n != 1 {
					h.t.Errorf("the banner is shown %d times to %s:\n%s", n, user, banner)
				}
				h.contains("the banner", banner, "the reason", "umm off", "root from 192.0.2.1", "since 20")
			}
			h.off()
			if banner := h.login("op"); strings.Contains(banner, "UMM") {
				h.t.Errorf("the banner is shown after umm off: %s", banner)
			}
		}
	}, notUpstart: "the banner is of the login shell, and Ubuntu 14.04 has no /run/nologin at boot"},
	{name: "the services of lingering users do not run", systemd: func(h *systemdHost) {
		h.user("op")
		h.write("/etc/systemd/user/mine.service", "[Service]\nExecStart=/bin/sleep 4321\n[Install]\nWantedBy=default.target\n", 0o644)
		h.sh("systemctl --global enable mine && loginctl enable-linger op")
		mine := func() bool { return h.try("pgrep", "-u", "op", "-f", "^/bin/sleep 4321").code == 0 }
		h.until("the user's service runs", mine)
		for _, live := range []bool{false, true} {
			if live {
				h.live()
			} else {
				h.on()
			}
			if mine() {
				h.t.Errorf("the service of a lingering user runs, live: %v", live)
			}
			h.calm()
			h.equal("a login", h.outside("ssh -F "+h.lab.SSHConfig()+" op@n1 id -un").out, "op\n")
			h.calm()
			h.off()
			h.until("the user's service runs again", mine)
			h.calm()
		}
	}, notUpstart: "Ubuntu 14.04 has no such services"},
}

// calm wants that the host does nothing by itself: no loop between its services.
func (h *systemdHost) calm() {
	h.t.Helper()
	spent := func() int {
		var ticks int
		for _, word := range strings.Fields(h.sh("cut -d' ' -f14,15 /proc/1/stat /proc/$(pidof systemd-logind)/stat")) {
			var n int
			_, err := fmt.Sscan(word, &n)
			h.must(err)
			ticks += n
		}
		return ticks
	}
	before := spent()
	h.ok("sleep", "1")
	// In hundredths of a second of the processor. The questions themselves are
	// logins and take some.
	if after := spent(); after-before > 40 {
		h.t.Errorf("systemd and logind are busy with themselves: %d %% of a processor", after-before)
	}
}

// loginOutputs is what scripts and copies get to see.
func (h *systemdHost) loginOutputs() map[string]string {
	h.t.Helper()
	config := h.lab.SSHConfig()
	all := map[string]string{}
	for what, line := range map[string]string{
		"ssh HOST COMMAND":          "ssh -F " + config + " n1 echo x 2>&1",
		"ssh USER@HOST COMMAND":     "ssh -F " + config + " op@n1 echo x 2>&1",
		"su -":                      "ssh -F " + config + " n1 su - op -c id 2>&1",
		"su - on a terminal":        "ssh -tt -F " + config + " n1 su - op -c id 2>/dev/null",
		"sh -l":                     "ssh -F " + config + " n1 bash -lc id 2>&1",
		"a login shell from a pipe": "echo id | ssh -F " + config + " op@n1 bash -l 2>&1",
		"scp":                       "d=$(mktemp -d); scp -q -O -F " + config + " n1:/etc/hostname $d/x 2>&1; cat $d/x; rm -r $d",
		"sftp":                      "d=$(mktemp -d); echo \"get /etc/hostname $d/x\" | sftp -q -b - -F " + config + " n1 2>&1 | grep -v '^sftp>'; cat $d/x; rm -r $d",
	} {
		r := h.outside(line)
		if r.code != 0 || strings.Contains(r.out, "UMM") || strings.Contains(r.out, "maintenance") {
			h.t.Errorf("%s ended with %d: %s", what, r.code, r.out)
		}
		all[what] = r.out
	}
	return all
}
