package nova

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"umm/internal/cluster/service"
	"umm/internal/cluster/service/servicetest"
	"umm/internal/execx"
)

var hosts = []string{"n1", "n2", "n3"}

// documented is an output as it is documented.
func documented(t testing.TB, file string, oldnew ...string) string {
	t.Helper()
	text := servicetest.File(t, "openstackclient", file)
	for i := 0; i < len(oldnew); i += 2 {
		text = servicetest.Replace(t, text, oldnew[i], oldnew[i+1])
	}
	return text
}

// booted is a host that booted at 12:00:00, with virtual machines.
func booted(instances ...string) service.Answer {
	text := "boot 1795435200\n"
	for _, i := range instances {
		text += "instance " + i + "\n"
	}
	return servicetest.Printed(text + "end\n")
}

var noLogin = service.Answer{Result: execx.Result{Code: 3, Stderr: []byte("cannot read /root/openrc")}}

// see is a cluster of hosts that all have this list.
func see(list string) service.Answers {
	a := service.Answers{}
	for _, h := range hosts {
		a[h] = map[string]service.Answer{askServices: servicetest.Printed(list), askHost: booted()}
	}
	return a
}

// whole has the third host as the others.
func whole(t testing.TB, oldnew ...string) string {
	return documented(t, "service-list-long", append([]string{`"disabled"`, `"enabled"`, `"down"`, `"up"`, `"trial log"`, `null`, "2026-11-22T02:35:03", "2026-11-23T12:00:50"}, oldnew...)...)
}

func with(a service.Answers, host, id string, answer service.Answer) service.Answers {
	a[host][id] = answer
	return a
}

func read(a service.Answers) service.View { return Service{}.Read(hosts, a) }

func TestWhole(t *testing.T) {
	const nobody = "unknown answers: no host can query nova"
	for name, c := range map[string]struct {
		answers service.Answers
		out     []string
		want    string
	}{
		"healthy": {answers: see(whole(t))},
		"one disabled by somebody, and down": {answers: see(documented(t, "service-list-long")),
			want: "wait up n3 (nova-down): nova-compute on n3 is down\nstop enabled n3 (nova-disabled): nova-compute on n3 is disabled by hand"},
		"and known to be away": {answers: see(documented(t, "service-list-long")), out: []string{"n3"}},
		"not heard of since its boot": {answers: see(whole(t, "12:00:54", "11:59:54")),
			want: "wait up n2 (nova-down): nova-compute on n2 has not reported since the host booted"},
		"never heard of": {answers: see(whole(t, `"2026-11-23T12:00:54.000000"`, "null")),
			want: "wait up n2 (nova-down): nova-compute on n2 has not reported since the host booted"},
		"unknown to nova": {answers: see(whole(t, `"Host": "n2"`, `"Host": "n7"`)), want: "unknown up n2: nova does not know n2"},
		"a host not to be reached": {answers: with(with(see(whole(t)), "n2", askHost, servicetest.Unreachable), "n2", askServices, servicetest.Unreachable),
			want: "unknown up n2: n2 does not report when it booted"},
		"one host has the login": {answers: with(with(see(whole(t)), "n1", askServices, noLogin), "n2", askServices, noLogin)},
		"no host has it":         {answers: with(with(with(see(whole(t)), "n1", askServices, noLogin), "n2", askServices, noLogin), "n3", askServices, servicetest.Unreachable), want: nobody},
		"not JSON":               {answers: see("| ID | Binary |"), want: nobody},
		"null":                   {answers: see("null"), want: nobody},
		"a cell is down":         {answers: see(whole(t, `"State": "up"`, `"State": "UNKNOWN"`)), want: nobody},
		"a status of its own":    {answers: see(whole(t, `"Status": "enabled"`, `"Status": ""`)), want: nobody},
		"a host twice":           {answers: see(whole(t, `"Host": "n2"`, `"Host": "n1"`)), want: nobody},
		"another time":           {answers: see(whole(t, "2026-11-23T12:00:54.000000", "yesterday")), want: nobody},
		"other services":         {answers: see(whole(t, "[\n", `[{"ID":1,"Binary":"nova-conductor","Host":"n1","Status":"enabled","State":"down"},`))},
		"an answer broken off":   {answers: with(see(whole(t)), "n2", askHost, servicetest.Printed("boot 1795435200\n")), want: "unknown up n2: n2 does not report when it booted"},
		"no boot":                {answers: with(see(whole(t)), "n2", askHost, servicetest.Printed("end\n")), want: "unknown up n2: n2 does not report when it booted"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := servicetest.Find(t, Name, read(c.answers).Health(c.out)); got != c.want {
				t.Errorf("got:\n%s\nwant:\n%s", got, c.want)
			}
		})
	}
	full := Service{}.Read([]string{"n1", "n2.example.org"}, service.Answers{
		"n1":             {askServices: servicetest.Printed(documented(t, "service-list-long-2.53")), askHost: booted()},
		"n2.example.org": {askServices: noLogin, askHost: booted()},
	})
	if got := servicetest.Find(t, Name, full.Health(nil)) + servicetest.Find(t, Name, full.Leave("n1")); got != "" {
		t.Error(got)
	}
}

func TestLeave(t *testing.T) {
	for name, c := range map[string]struct {
		answers service.Answers
		want    string
	}{
		"nothing runs": {see(whole(t)), ""},
		"one runs": {with(see(whole(t)), "n1", askHost, booted("instance-00000001")),
			"stop instances n1 (instances-down): 1 instance runs on n1 and would be down with it"},
		"many run": {with(see(whole(t)), "n1", askHost, booted("a", "b", "c", "d", "e", "f")),
			"stop instances n1 (instances-down): 6 instances run on n1 and would be down with it"},
		"not to be told": {with(see(whole(t)), "n1", askHost, servicetest.Unreachable), "unknown instances n1: cannot tell whether instances run on n1"},
		"no other takes any": {see(documented(t, "service-list-long", `"Host": "n2"`, `"Host": "n7"`, `"up"`, `"down"`)),
			"stop others n1 (last-compute): no other host than n1 takes new instances"},
		"nova cannot be asked": {with(with(with(see(whole(t)), "n1", askServices, noLogin), "n2", askServices, noLogin), "n3", askServices, noLogin),
			"unknown others n1: no host can query nova"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := servicetest.Find(t, Name, read(c.answers).Leave("n1")); got != c.want {
				t.Errorf("got:\n%s\nwant:\n%s", got, c.want)
			}
		})
	}
}

func TestDisable(t *testing.T) {
	e := read(with(see(whole(t)), "n3", askServices, noLogin)).Exit("n1")
	if len(e.Changes) != 1 {
		t.Fatalf("%+v", e)
	}
	c := e.Changes[0]
	if c.Effect != service.Keeps || !slices.Equal(c.Shows, []string{"enabled"}) || !slices.Equal(c.On, []string{"n2", "n1"}) ||
		!slices.Equal(c.Do.Argv[4:], []string{"/root/openrc", "disable", "n1", "umm-cluster: maintenance of n1"}) ||
		!slices.Equal(c.Undo.Argv[4:], []string{"/root/openrc", "enable", "n1", "umm-cluster: maintenance of n1"}) {
		t.Errorf("%+v", c)
	}
	ours := whole(t, `"Status": "enabled"`, `"Status": "disabled"`, `"Disabled Reason": null`, `"Disabled Reason": "umm-cluster: maintenance of n1"`)
	theirs := whole(t, `"Status": "enabled"`, `"Status": "disabled"`, `"Disabled Reason": null`, `"Disabled Reason": "broken disk"`)
	for name, s := range map[string]struct {
		list       string
		done, undo service.State
	}{
		"enabled": {whole(t), service.Wait, service.OK}, "ours": {ours, service.OK, service.Wait},
		"theirs": {theirs, service.OK, service.OK}, "unread": {"", service.Unknown, service.Unknown}, "gone": {"[]", service.Unknown, service.Unknown},
	} {
		v := read(see(s.list))
		if done, undo := v.Settled(c, true), v.Settled(c, false); done.State != s.done || undo.State != s.undo {
			t.Errorf("%s: %+v, %+v", name, done, undo)
		}
	}
	for name, v := range map[string]service.View{"disabled by somebody": read(see(documented(t, "service-list-long"))), "unread": read(service.Answers{})} {
		if e := v.Exit("n3"); len(e.Changes) != 0 {
			t.Errorf("%s: %+v", name, e)
		}
	}
}

// fakeOpenStack has an openstack command that keeps the reason in a file, and prints
// it where it is asked for it.
const fakeOpenStack = `#!/bin/sh
[ "$OS_USERNAME" = admin ] || { echo "no login" >&2; exit 1; }
case "$*" in
'compute service list --service nova-compute --long --host cmp1 -f value -c Disabled Reason') cat "$STATE" ;;
'compute service list --service nova-compute --long -f json') echo '[]' ;;
'compute service set --disable --disable-reason umm-cluster: maintenance of n1 cmp1 nova-compute') echo 'umm-cluster: maintenance of n1' >"$STATE" ;;
'compute service set --enable cmp1 nova-compute') echo None >"$STATE" ;;
*) echo "unknown: $*" >&2; exit 64 ;;
esac
`

// What is run on a host logs in by the file, and enables nothing that somebody else
// disabled.
func TestScripts(t *testing.T) {
	servicetest.OnHosts(t, func(t *testing.T, h *servicetest.Host) {
		h.File("bin/openstack", fakeOpenStack)
		h.Env = []string{"STATE=" + h.File("state", "None\n")}
		s := Service{OpenRC: h.File("rc file", "export OS_USERNAME=admin\n")}
		reason := "umm-cluster: maintenance of n1"
		if out := h.Prints(s.Asks("n1", hosts)[0].Argv, ""); out != "[]" {
			t.Error(out)
		}
		for _, step := range []struct{ before, do, after string }{
			{"None", "disable", reason}, {reason, "disable", reason}, {reason, "enable", "None"}, {"None", "enable", "None"}, {"broken disk", "enable", "broken disk"},
		} {
			h.File("state", step.before+"\n")
			h.Prints(s.openstack(step.do, "cmp1", reason), "")
			if got := h.Read("state"); got != step.after+"\n" {
				t.Errorf("%+v: %s", step, got)
			}
		}
		if out, err := h.Run(Service{OpenRC: "/nonexistent"}.openstack("list"), "").Output(); err == nil || !strings.Contains(err.Error(), "cannot read /nonexistent") {
			t.Errorf("%s, %v", out, err)
		}
		if _, err := parseHost(h.Prints(shell(hostScript), "")); err != nil {
			t.Error(err)
		}
	})
}

// Virtual machines are found in the process list by their names.
func TestInstances(t *testing.T) {
	servicetest.OnHosts(t, func(t *testing.T, h *servicetest.Host) {
		h.Program("ps", "cat <<'END'\n"+
			"/usr/bin/qemu-system-x86_64 -name guest=instance-00000001,debug-threads=on -S -object secret\n"+
			"/usr/libexec/qemu-kvm -S -name instance-00000002 -machine pc\n"+
			"/usr/bin/kvm -m 512\n/usr/sbin/libvirtd -name x\ngrep qemu-kvm -name y\nEND")
		if got, err := parseHost(h.Prints(shell(hostScript), "")); err != nil || fmt.Sprint(got.instances) != "[instance-00000001 instance-00000002 unnamed]" {
			t.Errorf("%v, %v", got, err)
		}
	})
}

func FuzzRead(f *testing.F) {
	f.Add(documented(f, "service-list-long"), "boot 1795435200\ninstance a\nend\n")
	f.Add(documented(f, "service-list-long-2.53"), "end\n")
	f.Fuzz(func(t *testing.T, list, host string) {
		v := read(service.Answers{"n1": {askServices: servicetest.Printed(list), askHost: servicetest.Printed(host)}})
		for _, one := range append(v.Leave("n1"), v.Health(nil)...) {
			if one.Name == "" || one.Reason == "" || one.State == "" {
				t.Errorf("not a whole verdict: %+v", one)
			}
		}
		for _, c := range v.Exit("n1").Changes {
			v.Settled(c, false)
		}
	})
}

// Where the processes cannot be listed it is not known that no instance runs.
func TestBlind(t *testing.T) {
	a := servicetest.Blind(t, service.Ask{Argv: shell(hostScript)})
	if text, err := a.Output(); err == nil {
		t.Errorf("%q", text)
	}
}

// A change of before is known by its arguments, or its ID.
func TestOldChange(t *testing.T) {
	v := read(see(whole(t)))
	c := v.Exit("n1").Changes[0]
	servicetest.SameSettled(t, v, servicetest.OldChanges(t, Name)[c.ID], c)
}
