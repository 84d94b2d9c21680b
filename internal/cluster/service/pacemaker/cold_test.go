package pacemaker_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"umm/internal/cluster/service"
	"umm/internal/cluster/service/pacemaker"
	"umm/internal/execx"
)

func cib(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", "pacemaker-2.1.5", "cib-"+name+".xml"))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// said is what the members answer: n1, n2 ...; an error where it begins with "!".
func said(texts ...string) (members []string, a service.Answers) {
	a = service.Answers{}
	for i, text := range texts {
		host := "n" + string(rune('1'+i))
		got := service.Answer{Result: execx.Result{Stdout: []byte(text)}}
		if why, bad := strings.CutPrefix(text, "!"); bad {
			got = service.Answer{Err: errors.New(why)}
		}
		members = append(members, host)
		a[host] = map[string]service.Answer{pacemaker.ColdAsks(host)[0].ID: got}
	}
	return members, a
}

// What Pacemaker runs is read of its configuration, while it does not run itself.
func TestWhatPacemakerRuns(t *testing.T) {
	const none = `<cib admin_epoch="0" epoch="1" num_updates="0"><configuration><resources/></configuration></cib>`
	older := strings.Replace(cib(t, "services"), `epoch="`, `epoch="0`, 1)
	off := strings.Replace(cib(t, "services"), `name="have-watchdog" value="false"`, `name="is-managed-default" value="false"`, 1)
	for name, c := range map[string]struct {
		cibs []string
		want []string
	}{
		"a virtual IP only":                   {[]string{cib(t, "plain")}, nil},
		"clones, a template, a group":         {[]string{cib(t, "services")}, []string{"galera", "haproxy", "rabbitmq"}},
		"two are not managed":                 {[]string{cib(t, "unmanaged")}, []string{"haproxy"}},
		"none is managed, but for one":        {[]string{cib(t, "defaults")}, []string{"rabbitmq"}},
		"none is managed, by a property":      {[]string{off}, nil},
		"nothing is configured":               {[]string{none}, nil},
		"of several the newest":               {[]string{none, older, cib(t, "plain"), cib(t, "unmanaged")}, []string{"haproxy"}},
		"one that cannot be read is no voice": {[]string{"!no route to host", cib(t, "services"), "<garbage"}, []string{"galera", "haproxy", "rabbitmq"}},
		"by the agent's name": {[]string{strings.Replace(none, "<resources/>",
			`<resources><clone id="c"><primitive id="db" class="systemd" type="mariadb"/></clone></resources>`, 1)}, []string{"galera"}},
	} {
		t.Run(name, func(t *testing.T) {
			members, a := said(c.cibs...)
			got, err := pacemaker.Runs(members, a)
			slices.Sort(got)
			if err != nil || !slices.Equal(got, c.want) {
				t.Errorf("%q, %v, want %q", got, err, c.want)
			}
		})
	}
}

// Where no member tells, nothing is assumed.
func TestWhatPacemakerRunsIsNotKnown(t *testing.T) {
	members, a := said("!no route to host", "", "<cib/>", `<crm_mon epoch="1"/>`, `<cib admin_epoch="x" epoch="1" num_updates="1"/>`)
	got, err := pacemaker.Runs(members, a)
	if err == nil || len(got) > 0 || !strings.Contains(err.Error(), "cannot read what Pacemaker runs: n1: no route to host; n2: cannot understand cib.xml") {
		t.Errorf("%q, %v", got, err)
	}
	if _, err := pacemaker.Runs(nil, nil); err == nil {
		t.Error("nobody was asked, and there is no error")
	}
}
