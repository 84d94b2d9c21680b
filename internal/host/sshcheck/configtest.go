package sshcheck

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"time"

	"umm/internal/execx"
	"umm/internal/host/hostfs"
	"umm/internal/host/netplan"
)

// ConfigTest is what a network manager says of its own configuration.
type ConfigTest struct {
	Unit    string // that is configured by it
	Command string // in the operator's words
	OK      bool
	Text    string // what it complained about
}

// testLimit bounds each of them.
const testLimit = 10 * time.Second

// testConfigs lets the programs of the network check what is on disk, where they are
// there: an interface may be up by what was there before. None of them changes anything.
func testConfigs(ctx context.Context, f hostfs.FS, run execx.Runner, n Network) []ConfigTest {
	if run == nil {
		return nil
	}
	var all []ConfigTest
	// A complaint names a file; one that does not is of the question, which other versions
	// and programs of the same name may not know.
	ask := func(unit, words, file string, argv ...string) {
		res, err := run.Run(ctx, execx.Cmd{Argv: argv, Limit: testLimit})
		if err != nil || res.Code != 0 && !strings.Contains(string(res.Stderr), file) {
			return
		}
		all = append(all, ConfigTest{Unit: unit, Command: words, OK: res.Code == 0, Text: joinLines(res.Stderr)})
	}
	if len(n.Ifupdown) > 0 {
		if p := program(f, "ifquery"); p != "" {
			ask(networking, "ifquery --list", "/etc/network/", p, "--list")
		}
	}
	if p := program(f, "netplan"); p != "" && len(n.Netplan.Files) > 0 {
		if scratch, err := netplanScratch(f, n.Netplan); err == nil {
			unit := networkd
			if n.Netplan.Uses(netplan.NetworkManager) && !n.Netplan.Uses(netplan.Networkd) {
				unit = networkManager
			}
			ask(unit, "netplan generate", ".yaml", p, "generate", "--root-dir", scratch)
			if os.RemoveAll(scratch) != nil {
				return all
			}
		}
	}
	if p := program(f, "NetworkManager"); p != "" && len(n.Profiles)+len(n.Ifcfg) > 0 {
		ask(networkManager, "NetworkManager --print-config", "/NetworkManager/", p, "--print-config")
	}
	return all
}

func program(f hostfs.FS, name string) string {
	for _, dir := range []string{"/usr/sbin/", "/sbin/", "/usr/bin/", "/bin/"} {
		if f.Exists(dir + name) {
			return dir + name
		}
	}
	return ""
}

// netplanScratch is a root folder that holds netplan's files and nothing else.
func netplanScratch(f hostfs.FS, c netplan.Config) (dir string, err error) {
	if dir, err = os.MkdirTemp("", "umm-netplan-"); err != nil {
		return "", err
	}
	for _, file := range c.Files {
		var data []byte
		if data, err = f.ReadFile(file); err != nil {
			break
		}
		to := filepath.Join(dir, file)
		if err = os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
			break
		}
		if err = os.WriteFile(to, data, 0o600); err != nil {
			break
		}
	}
	if err != nil {
		_ = os.RemoveAll(dir)
		return "", err
	}
	return dir, nil
}

// networkConfig judges what the programs of the network say of their own configuration.
func (j judge) networkConfig() Finding {
	f := Finding{Name: "network-config", Verdict: OK, LosesSSH: true}
	var passed []string
	for _, c := range j.Configs {
		if c.OK {
			passed = append(passed, c.Command)
			continue
		}
		f.Verdict, f.Evidence = Warn, c.Text
		f.Reason = c.Command + " reports an error in the configuration on disk: the network would not come up again"
		f.Hint = "correct it until " + c.Command + " succeeds"
		if f.LosesSSH = j.carries(c.Unit); f.LosesSSH {
			f.Verdict = Fail
			return f
		}
	}
	switch {
	case f.Verdict == Warn:
	case len(passed) > 0:
		f.Reason = strings.Join(passed, ", ") + " reports no error in the configuration on disk"
	default:
		f.Reason = "no program to check the network configuration was found"
	}
	return f
}

// carries tells whether a network manager brings up what carries the operator's
// connection.
func (j judge) carries(unit string) bool {
	link, _, trouble := j.operatorLink()
	if trouble != nil {
		return true
	}
	for _, name := range j.stack(link) {
		for i, c := range j.claims(j.Links[name]) {
			if i > 0 && !c.running && !c.sure {
				continue // it does not bring it up
			}
			if c.unit == unit || unit == networking && strings.HasPrefix(c.unit, "ifup@") {
				return true
			}
		}
	}
	return false
}
