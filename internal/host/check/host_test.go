package check

import (
	"strings"
	"testing"

	"umm/internal/api"
	"umm/internal/host/hostfs/hosttree"
	"umm/internal/host/services"
)

// A request that the reboot forgets is refused, where it needs the reboot.
func TestCheckRecordLasts(t *testing.T) {
	const ro = "2 1 8:1 / /media/root-ro ro - ext4 /dev/sda1 ro\n"
	ram := "1 0 0:20 / / rw - overlay overlayroot rw,lowerdir=/media/root-ro,upperdir=/media/root-rw/overlay\n" + ro + "3 1 0:21 / /media/root-rw rw - tmpfs t rw\n"
	hidden := "1 0 0:20 / / rw - overlay overlay rw,lowerdir=/l,upperdir=/cow/upper\n"
	for _, c := range []struct {
		name, mounts, verdict string
		live, container       bool
		refuses               bool
	}{
		{"a disk", "1 0 8:1 / / rw - ext4 /dev/sda1 rw\n", api.VerdictOK, false, false, false},
		{"in memory", ram, api.VerdictFail, false, false, true},
		{"in memory, live", ram, api.VerdictFail, true, false, false},
		{"cannot be seen", hidden, api.VerdictWarn, false, false, false},
		{"a container's", hidden, api.VerdictOK, false, true, false},
		{"a container's, by a path of the outer host", ram, api.VerdictOK, false, true, false},
		{"a container in memory", "1 0 0:20 / / rw - tmpfs tmpfs rw\n", api.VerdictFail, false, true, true},
	} {
		tree := hosttree.Tree{"proc/self/mountinfo": c.mounts}
		if c.container {
			tree["run/systemd/container"] = "docker\n"
		}
		x := try(t, tree)
		x.Live = c.live
		got := x.record(t.Context())
		if got.Verdict != c.verdict || got.Refuses != c.refuses || strings.Contains(got.Reason, "lost") == (c.verdict == api.VerdictOK) {
			t.Errorf("%s: %+v", c.name, got)
		}
	}
}

// A unit that pulls in the target of an ordinary boot makes maintenance mode that boot.
func TestCheckUnits(t *testing.T) {
	mine := func(text string) hosttree.Tree {
		return hosttree.Tree{"usr/lib/systemd/system/mine.service": text, "run/systemd/system/": "", "etc/umm.conf": "UMM=yes\nKEEP_UNITS=mine\n"}
	}
	units := func(text string) api.Check {
		x := try(t, mine(text))
		return x.units(services.Of(x.Init, x.Root, []string{"mine"}))
	}
	if c := units("[Unit]\nAfter=multi-user.target\n"); c.Verdict != api.VerdictOK {
		t.Errorf("ordered after it: %+v", c)
	}
	c := units("[Unit]\nRequires=multi-user.target\n")
	if c.Verdict != api.VerdictFail || !c.Refuses || c.Hint == "" || !strings.Contains(c.Reason, "multi-user.target is needed by mine.service, which is essential") {
		t.Errorf("it requires it: %+v", c)
	}
}

// Somebody else's answer to package scripts stays, and may let them start what it likes.
func TestCheckPackages(t *testing.T) {
	asks := hosttree.Tree{"usr/sbin/invoke-rc.d": ""}
	for name, c := range map[string]struct {
		tree  hosttree.Tree
		warns bool
	}{
		"nobody answers":        {hosttree.Tree{}, false},
		"umm does":              {hosttree.Tree{"usr/sbin/policy-rc.d": "-> /lib/umm/umm-boot"}, false},
		"another does":          {hosttree.Tree{"usr/sbin/policy-rc.d": "#!/bin/sh\n"}, true},
		"a link to no program":  {hosttree.Tree{"usr/sbin/policy-rc.d": "-> /nowhere"}, true},
		"no package would ask ": {hosttree.Tree{"usr/sbin/policy-rc.d": "#!/bin/sh\n", "usr/sbin/invoke-rc.d": "-> nowhere"}, false},
	} {
		found := try(t, asks, c.tree).packages()
		if (len(found) == 1) != c.warns || c.warns && (found[0].Verdict != api.VerdictWarn || found[0].Refuses || found[0].Hint == "") {
			t.Errorf("%s: the checks say %+v", name, found)
		}
	}
}

// What is wrong with the configuration is said once.
func TestCheckConfigSaysDisabledOnce(t *testing.T) {
	for name, tree := range map[string]hosttree.Tree{"there is none": {"etc/umm.conf": "-> nowhere"}, "no": {"etc/umm.conf": "UMM=no\n"}, "a mistake": {"etc/umm.conf": "UMM=maybe\n"}} {
		if c := try(t, tree).config(nil); strings.Count(c.Reason, "is disabled") != 1 {
			t.Errorf("%s: %+v", name, c)
		}
	}
}
