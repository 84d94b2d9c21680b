package upstart

import (
	"slices"
	"testing"
)

// The first lines are what Ubuntu servers print (posted on ubuntuforums.org in 2013,
// Upstart 1.5 and 1.10), the others the examples of initctl(8) of Upstart 1.12.1.
const listed = `rsyslog start/running, process 819
upstart-udev-bridge start/running, process 342
resolvconf start/running
rc stop/waiting
mountall stop/waiting
rc-sysinit start/starting
network-interface (lo) start/running
network-interface-security (network-interface/eth0) start/running
cron stop/killed, process 905
job start/pre-start, process 902
job start/post-start, process 1234
	post-start process 1357
other start/post-start, (post-start) process 1357
job (tty1) start/post-start, process 1234
	post-start process 1357

initctl: Unknown job: nothing
`

func TestParseList(t *testing.T) {
	want := []instance{
		{"rsyslog", "start", "running", 819},
		{"upstart-udev-bridge", "start", "running", 342},
		{"resolvconf", "start", "running", 0},
		{"rc", "stop", "waiting", 0},
		{"mountall", "stop", "waiting", 0},
		{"rc-sysinit", "start", "starting", 0},
		{"network-interface (lo)", "start", "running", 0},
		{"network-interface-security (network-interface/eth0)", "start", "running", 0},
		{"cron", "stop", "killed", 905},
		{"job", "start", "pre-start", 902},
		{"job", "start", "post-start", 1234},
		{"other", "start", "post-start", 0},
		{"job (tty1)", "start", "post-start", 1234},
	}
	if got := parseList(listed); !slices.Equal(got, want) {
		t.Errorf("got\n%+v, want\n%+v", got, want)
	}
	if got := running(parseList("b start/running\na start/spawned, process 1\nc stop/stopping\n")); !slices.Equal(got, []string{"a", "b"}) {
		t.Errorf("up are %q", got)
	}
}

func FuzzParseList(f *testing.F) {
	f.Add(listed)
	f.Fuzz(func(t *testing.T, out string) {
		for _, i := range parseList(out) {
			if i.name == "" && i.goal == "" || i.process < 0 {
				t.Errorf("%q has %+v", out, i)
			}
		}
	})
}

// The output of show-config is described, with examples, in initctl(8) of 1.12.1.
func TestStartsOn(t *testing.T) {
	for out, want := range map[string]bool{
		"umm\n  start on starting rc-sysinit\n  stop on runlevel\n":             true,
		"umm\n  start on (starting rc-sysinit)\n":                               true,
		"umm\n  emits x\n  start on (starting JOB=a or starting rc-sysinit) \n": true,
		"umm\n":                                false,
		"umm\n  stop on starting rc-sysinit\n": false,
		"umm\n  start on started rc-sysinit\n": false,
		"umm\n  start on runlevel [2345]\n":    false,
	} {
		if got := startsOn(out, "starting", "rc-sysinit"); got != want {
			t.Errorf("%q: %v", out, got)
		}
	}
}

func TestVersionOf(t *testing.T) {
	for out, want := range map[string]string{
		"init (upstart 1.12.1)\n": "1.12.1", "init (upstart 1.5)": "1.5", "": "",
		"initctl: Unable to connect to Upstart": "", "init (other 2)": "",
	} {
		if got := versionOf(out); got != want {
			t.Errorf("%q: %q", out, got)
		}
	}
}
