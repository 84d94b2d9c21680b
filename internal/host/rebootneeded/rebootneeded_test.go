package rebootneeded

import (
	"context"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"umm/internal/execx"
	"umm/internal/host/hostfs/hosttree"
)

const (
	release = "6.1.0-40-amd64"
	version = "#1 SMP PREEMPT_DYNAMIC Debian 6.1.153-1 (2025-09-20)"
	built   = release + " (debian-kernel@lists.debian.org) " + version
)

// image is the head of a bzImage with that name in it.
func image(name string) string {
	data := make([]byte, 0x3000)
	copy(data[0x202:], "HdrS")
	binary.LittleEndian.PutUint16(data[0x20e:], 0x2000)
	copy(data[0x2200:], name)
	return string(data)
}

func TestParseImage(t *testing.T) {
	head := image(built)
	for name, c := range map[string]struct {
		head string
		want Kernel
	}{
		"Debian":            {head, Kernel{release, version}},
		"empty":             {"", Kernel{}},
		"short":             {head[:0x20e], Kernel{}},
		"ends in the name":  {head[:0x2210], Kernel{}},
		"no bzImage":        {strings.Replace(head, "HdrS", "MZ\x00\x00", 1), Kernel{}},
		"leads nowhere":     {head[:0x20e] + "\xff\xff" + head[0x210:], Kernel{}},
		"no name":           {head[:0x20e] + "\x00\x00" + head[0x210:], Kernel{}},
		"no number":         {image(release + " (somebody@somewhere)"), Kernel{}},
		"a name and no end": {head[:0x2200] + strings.Repeat("x", 0xe00), Kernel{}},
	} {
		got, err := parseImage([]byte(c.head))
		if got != c.want || (err != nil) != (c.want == Kernel{}) {
			t.Errorf("%s: %+v (%v)", name, got, err)
		}
	}
}

func FuzzParseImage(f *testing.F) {
	f.Add([]byte(image(built)))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, head []byte) {
		if k, err := parseImage(head); err == nil && (k.Release == "" || !strings.HasPrefix(k.Version, "#")) {
			t.Errorf("it is %+v", k)
		}
	})
}

// What needrestart 3.6 of Debian 12 prints on a virtual machine, where it cannot tell of the
// kernel; the rest by its README.batch.md.
const needrestartHere = "NEEDRESTART-VER: 3.6\nNEEDRESTART-KCUR: 6.18.44-fc-v657\nNEEDRESTART-KSTA: 0\nNEEDRESTART-UCSTA: 1\nNEEDRESTART-UCCUR: 0x1000065\nNEEDRESTART-UCEXP: \n"

func TestTools(t *testing.T) {
	with := func(old, now string) string { return strings.Replace(needrestartHere, old, now, 1) }
	el8 := "Core libraries or services have been updated since boot-up:\n  * glibc\n  * kernel\n\nReboot is required to fully utilize these updates.\nMore information: https://access.redhat.com/solutions/27943\n"
	el7 := "Core libraries or services have been updated:\n  glibc -> 2.17-326.el7_9\n  kernel -> 3.10.0-1160.el7\n\nReboot is required to ensure that your system benefits from these updates.\n\nMore information:\nhttps://access.redhat.com/solutions/27943\n"
	for name, c := range map[string]struct {
		parse  func(execx.Result) (bool, string, error)
		res    execx.Result
		needed bool
		why    string
		fail   string
	}{
		"needrestart does not know":   {parseNeedrestart, execx.Result{Stdout: []byte(needrestartHere)}, false, "", ""},
		"needrestart, a new kernel":   {parseNeedrestart, execx.Result{Stdout: []byte(with("KSTA: 0", "KSTA: 3\nNEEDRESTART-KEXP: 6.19"))}, true, "kernel 6.19 is installed, and 6.18.44-fc-v657 runs", ""},
		"needrestart, the same ABI":   {parseNeedrestart, execx.Result{Stdout: []byte(with("KSTA: 0", "KSTA: 2"))}, true, "kernel  is", ""},
		"needrestart, new microcode":  {parseNeedrestart, execx.Result{Stdout: []byte(with("UCSTA: 1", "UCSTA: 2"))}, true, "microcode", ""},
		"needrestart, another word":   {parseNeedrestart, execx.Result{Stdout: []byte(with("UCSTA: 1", "UCSTA: 7"))}, false, "", `UCSTA is "7"`},
		"needrestart, another state":  {parseNeedrestart, execx.Result{Stdout: []byte(with("KSTA: 0", "KSTA: x"))}, false, "", `KSTA is "x"`},
		"needrestart, silent":         {parseNeedrestart, execx.Result{}, false, "", "printed nothing"},
		"needrestart before 3.0":      {parseNeedrestart, execx.Result{Stderr: []byte("Unknown option: w\nUsage:\n"), Code: 1}, false, "", errUnknownOption.Error()},
		"needs-restarting, no":        {parseNeedsRestarting, execx.Result{Stdout: []byte("No core libraries or services have been updated since boot-up.\nReboot should not be necessary.\n")}, false, "", ""},
		"needs-restarting, EL 8":      {parseNeedsRestarting, execx.Result{Stdout: []byte(el8), Code: 1}, true, "updated since the boot: glibc, kernel", ""},
		"needs-restarting, EL 7":      {parseNeedsRestarting, execx.Result{Stdout: []byte(el7), Code: 1}, true, "updated since the boot: glibc, kernel", ""},
		"needs-restarting, an error":  {parseNeedsRestarting, execx.Result{Stderr: []byte("Error: Failed to open rpmdb\n"), Code: 1}, false, "", "exit status 1: Error: Failed"},
		"needs-restarting, a crash":   {parseNeedsRestarting, execx.Result{Code: 139}, false, "", "exit status 139"},
		"the operator's, yes":         {parseOperators, execx.Result{Stdout: []byte("the BIOS is new\nreally\n")}, true, "the BIOS is new", ""},
		"the operator's, no":          {parseOperators, execx.Result{Stdout: []byte("all well\n"), Code: 1}, false, "", ""},
		"the operator's, not there":   {parseOperators, execx.Result{Stderr: []byte("/bin/sh: 1: x: not found\n"), Code: 127}, false, "", "not found"},
		"the operator's, and nothing": {parseOperators, execx.Result{}, true, "", ""},
	} {
		needed, why, err := c.parse(c.res)
		if needed != c.needed || !strings.Contains(why, c.why) || c.why == "" && why != "" || (err != nil) != (c.fail != "") || err != nil && !strings.Contains(err.Error(), c.fail) {
			t.Errorf("%s: %v, %q, %v", name, needed, why, err)
		}
	}
}

func TestDecide(t *testing.T) {
	running, bare := Kernel{release, version}, Kernel{Release: release}
	same := facts{running: running, next: running}
	many := facts{running: running, next: running, flagged: true, packages: strings.Fields("a b c d e f g h i j")}
	for name, c := range map[string]struct {
		facts   facts
		needed  string
		reason  string
		unknown string
	}{
		"the same kernel":        {same, No, "", ""},
		"flagged":                {facts{running: running, next: running, flagged: true}, Yes, "/run/reboot-required", ""},
		"flagged by many":        {many, Yes, "/run/reboot-required: a, b, c, d, e, f, g, h and 2 more", ""},
		"another release":        {facts{running: running, next: Kernel{"6.1.0-41-amd64", "#1"}}, Yes, "starts the kernel 6.1.0-41-amd64, and 6.1.0-40-amd64 runs", ""},
		"an older release":       {facts{running: running, next: Kernel{"5.10.0-1-amd64", ""}}, Yes, "starts the kernel 5.10.0-1-amd64", ""},
		"another build":          {facts{running: running, next: Kernel{release, "#2"}}, Yes, "(#2), and " + release + " (#1 SMP", ""},
		"a build not known":      {facts{running: running, next: bare}, No, "", ""},
		"a build not known, new": {facts{running: running, next: bare, touched: true}, Unknown, "", "changed after this boot began"},
		"no boot loader":         {facts{running: running, nextError: errors.New("no GRUB")}, Unknown, "", "the next boot starts: no GRUB"},
		"no boot loader, but":    {facts{running: running, nextError: errors.New("no GRUB"), flagged: true}, Yes, "/run", "no GRUB"},
		"no kernel":              {facts{next: running}, Unknown, "", "which kernel runs"},
		"a container":            {facts{container: true, nextError: errors.New("no GRUB")}, No, "", ""},
		"a tool":                 {facts{container: true, tools: []answer{{name: "t", needed: true, why: "w"}}}, Yes, "t: w", ""},
		"a tool that fails":      {facts{container: true, tools: []answer{{name: "t", err: errors.New("e")}}}, Unknown, "", "t: e"},
		"a tool that attacks":    {facts{container: true, tools: []answer{{name: "t", needed: true, why: "\x1b[2J\nw" + strings.Repeat("x", 9999)}}}, Yes, "t: ", ""},
	} {
		a := decide(c.facts)
		reasons, unknown := strings.Join(a.Reasons, "\n"), strings.Join(a.Unknown, "\n")
		if a.Needed != c.needed || !strings.Contains(reasons, c.reason) || (reasons == "") != (c.reason == "") ||
			!strings.Contains(unknown, c.unknown) || (unknown == "") != (c.unknown == "") || len(reasons) > 400 || strings.ContainsAny(reasons, "\x1b\n") {
			t.Errorf("%s: %+v", name, a)
		}
	}
}

// programs answers by the first word, and counts.
type programs struct {
	t     *testing.T
	says  map[string]execx.Result
	fails error
	ran   []string
}

func (p *programs) Run(_ context.Context, c execx.Cmd) (execx.Result, error) {
	line := strings.Join(c.Argv, " ")
	p.ran = append(p.ran, line)
	res, known := p.says[line]
	if !known || c.Limit == 0 || c.Keep == 0 {
		p.t.Errorf("run was %q, for %v, with %d bytes", line, c.Limit, c.Keep)
	}
	return res, p.fails
}

func newHost(t *testing.T, trees ...hosttree.Tree) (Host, *programs) {
	t.Helper()
	dir := hosttree.Make(t, append([]hosttree.Tree{{
		"proc/sys/kernel/osrelease": release + "\n", "proc/sys/kernel/version": version + "\n", "proc/stat": "cpu 1\nbtime 1000\n",
		"boot/vmlinuz-" + release: image(built), "run/umm/": "",
	}}, trees...)...)
	p := &programs{t: t, says: map[string]execx.Result{}}
	return Host{
		Root: dir, Run: p, Superuser: true, Cache: filepath.Join(dir, "run/umm/reboot-needed"),
		Next: func() (string, error) { return "/boot/vmlinuz-" + release, nil },
	}, p
}

func (h Host) wants(t *testing.T, needed, says string) {
	t.Helper()
	a := h.Ask(t.Context())
	if text := strings.Join(append(slices.Clone(a.Reasons), a.Unknown...), "\n"); a.Needed != needed || !strings.Contains(text, says) {
		t.Errorf("it is %+v, want %s and %q", a, needed, says)
	}
}

func TestKernels(t *testing.T) {
	h, _ := newHost(t)
	h.wants(t, No, "")
	write := func(name, content string) {
		if err := os.WriteFile(filepath.Join(h.Root, name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("boot/vmlinuz-"+release, image(strings.Replace(built, "6.1.153-1", "6.1.158-1", 1)))
	h.wants(t, Yes, "Debian 6.1.158-1")
	// Of another processor: the name and the time are all there is.
	write("boot/vmlinuz-"+release, "MZ")
	h.wants(t, Unknown, "changed after this boot began")
	old := time.Unix(999, 0)
	if err := os.Chtimes(filepath.Join(h.Root, "boot/vmlinuz-"+release), old, old); err != nil {
		t.Fatal(err)
	}
	h.wants(t, No, "")
	write("proc/stat", "cpu 1\n")
	h.wants(t, Unknown, "when this boot began")
	h.Next = func() (string, error) { return "/boot/vmlinuz-none", nil }
	h.wants(t, Unknown, "no such file")
	h.Next = func() (string, error) { return "", errors.New("no GRUB") }
	h.wants(t, Unknown, "no GRUB")
	h.Container = true
	h.wants(t, No, "")
	write("run/reboot-required", "*** System restart required ***\n")
	write("run/reboot-required.pkgs", "libc6\nlinux-base\nlibc6\n")
	h.wants(t, Yes, "/run/reboot-required: libc6, linux-base")
}

// The tools take their time: they are asked again when something was installed.
func TestToolsAreAskedOnce(t *testing.T) {
	const asked = "needrestart -b -k -w"
	h, p := newHost(t, hosttree.Tree{"usr/sbin/needrestart": "#!/bin/sh\n", "var/lib/dpkg/status": "1\n"})
	p.says[asked] = execx.Result{Stdout: []byte(strings.Replace(needrestartHere, "KSTA: 0", "KSTA: 3", 1))}
	user := h
	user.Superuser = false
	user.wants(t, Unknown, "needrestart: only root can ask it")
	for range 2 {
		h.wants(t, Yes, "needrestart: kernel")
	}
	user.wants(t, Yes, "needrestart: kernel")
	if !reflect.DeepEqual(p.ran, []string{asked}) {
		t.Errorf("run was %q", p.ran)
	}
	if err := os.WriteFile(filepath.Join(h.Root, "var/lib/dpkg/status"), []byte("2\n2\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	user.wants(t, Unknown, "only root can ask it")
	p.says[asked] = execx.Result{Stderr: []byte("no answer\n"), Code: 2}
	for range 2 { // what failed is not kept
		h.wants(t, Unknown, "needrestart: exit status 2: no answer")
	}
	p.fails = context.DeadlineExceeded
	h.wants(t, Unknown, "deadline")
	if len(p.ran) != 4 {
		t.Errorf("run was %q", p.ran)
	}
}

func TestOlderTools(t *testing.T) {
	h, p := newHost(t, hosttree.Tree{"usr/sbin/needrestart": "#!/bin/sh\n", "usr/bin/needs-restarting": "#!/bin/sh\n"})
	p.says["needrestart -b -k -w"] = execx.Result{Stderr: []byte("Unknown option: w\n"), Code: 1}
	p.says["needrestart -b -k"] = execx.Result{Stdout: []byte("NEEDRESTART-VER: 2.6\nNEEDRESTART-KSTA: 1\n")}
	p.says["needs-restarting -r"] = execx.Result{Code: 0}
	h.wants(t, No, "")
}

func TestOperatorsCommand(t *testing.T) {
	h, p := newHost(t)
	h.Command = "firmware --new"
	p.says["/bin/sh -c firmware --new"] = execx.Result{Stdout: []byte("a new BIOS\n")}
	h.wants(t, Yes, "REBOOT_NEEDED: a new BIOS")
	h.Superuser = false
	h.wants(t, Unknown, "REBOOT_NEEDED: only root")
	h.Superuser, h.Refused = true, errors.New("/etc/umm.conf is somebody's")
	h.wants(t, Unknown, "REBOOT_NEEDED: /etc/umm.conf is somebody's")
	if len(p.ran) != 1 {
		t.Errorf("run was %q", p.ran)
	}
}
