package haproxy

import (
	"strings"
	"testing"

	"umm/internal/cluster/service"
	"umm/internal/cluster/service/servicetest"
)

// Lines about sockets, servers that are disabled in the configuration and the spare slots
// of a template are no servers that are down.
func TestShapes(t *testing.T) {
	expect(t, on(t, "shapes").Health(nil))
	// Nor is a backend dead that has no other.
	expect(t, on(t, "shapes", "pg,a,", "other,a,", "pg 1 a ", "other 1 a ").Health(nil))
	for state, want := range map[string]string{"shapes": "", "shapes-b-enabled": "set server pg/b state drain\n"} {
		// b was disabled in the configuration, and is enabled at run time.
		v := on(t, state, "pg,b,", "pg,n2,", "pg 2 b ", "pg 2 n2 ")
		got := ""
		for _, c := range v.Exit("n2").Changes {
			if c.On[0] == "n1" {
				got = c.Do.Stdin
			}
		}
		if got = strings.ReplaceAll(got, "pg/n2", "pg/b"); got != want {
			t.Errorf("%s: %q, want %q", state, got, want)
		}
	}
}

// A backend of which one server alone is up by design is told by its key.
func TestOneUp(t *testing.T) {
	text := captured(t, "n1", "admin", "galera-n2-stopped")
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		if strings.HasPrefix(line, "mysql,n3,") {
			lines[i] = strings.Replace(line, ",UP,", ",DOWN,", 1)
		}
	}
	a := answers(t, "healthy")
	a["n1"] = printed(strings.Join(lines, "\n"))
	led := Service{OneUp: []string{"mysql"}}.Read(hosts, a)
	expect(t, led.Health(nil))
	expect(t, led.Leave("n1"))
	other := Service{}.Read(hosts, a)
	expect(t, other.Health(nil), "wait server-n2 n1: for HAProxy on n1 mysql/n2 is down", "wait server-n3 n1: for HAProxy on n1 mysql/n3 is down")
	for _, v := range []service.View{led, other} {
		for _, host := range hosts {
			for _, c := range v.Exit(host).Changes {
				if c.On[0] == "n1" && strings.Contains(c.Do.Stdin, "mysql") {
					t.Errorf("%s is drained: %s", host, c.Do.Stdin)
				}
			}
		}
	}
}

// Hosts without a HAProxy of their own are told by the addresses that are known of them.
func TestToldByAddress(t *testing.T) {
	text := strings.NewReplacer("mysql,n2,", "mysql,mysql-a,", "mysql 2 n2", "mysql 2 mysql-a").Replace(captured(t, "n1", "admin", "healthy"))
	a := service.Answers{"lb1": printed(strings.Replace(text, "# host n1 192.0.2.11", "# host lb1 192.0.2.21", 1))}
	for name, tt := range map[string]struct {
		addresses map[string][]string
		want      bool
	}{
		"nobody says":      {nil, false},
		"the host":         {map[string][]string{"n2": {"10.0.0.1", "192.0.2.12"}, "n1": {"192.0.2.11"}}, true},
		"in another form":  {map[string][]string{"n2": {"::ffff:192.0.2.12"}}, true},
		"two hosts say so": {map[string][]string{"n2": {"192.0.2.12"}, "n1": {"192.0.2.12"}}, false},
	} {
		t.Run(name, func(t *testing.T) {
			v := Service{Addresses: tt.addresses}.Read([]string{"lb1"}, a)
			got := false
			for _, c := range v.Exit("n2").Changes {
				got = got || strings.Contains(c.Do.Stdin, "mysql/mysql-a")
			}
			if got != tt.want {
				t.Errorf("drained: %v, want %v", got, tt.want)
			}
		})
	}
}

// An address that the host of the HAProxy has itself is its own, also where every host has it.
func TestToldByAnAddressOfEachHost(t *testing.T) {
	text := strings.NewReplacer("mysql,n2,", "mysql,mysql-a,", "mysql 2 n2", "mysql 2 mysql-a", "192.0.2.12", "172.17.0.1").Replace(captured(t, "n1", "admin", "healthy"))
	a := service.Answers{}
	addresses := map[string][]string{}
	for _, host := range []string{"n1", "n2", "n3"} {
		a[host] = printed(strings.Replace(text, "# host n1 192.0.2.11", "# host "+host+" 172.17.0.1", 1))
		addresses[host] = []string{"172.17.0.1"}
	}
	v := Service{Addresses: addresses}.Read([]string{"n1", "n2", "n3"}, a).(view)
	for _, asked := range []string{"n1", "n2", "n3"} {
		for _, host := range []string{"n1", "n2", "n3"} {
			if got := v.owns(host, asked, row{server: "mysql-a", address: "172.17.0.1"}); got != (host == asked) {
				t.Errorf("on the HAProxy of %s it is that of %s: %v", asked, host, got)
			}
		}
	}
}

// What HAProxy says of a server that is configured no longer keeps a drain from being
// made, and none from being undone.
func TestScriptUndo(t *testing.T) {
	for _, tt := range []struct {
		mode, said string
		code       int
	}{
		{"set", "\n", 0},
		{"set", "No such server.\n\n", 6},
		{"undo", "\n", 0},
		{"undo", "No such server.\n\nNo such backend.\n\n\n", 0},
		{"undo", "No such server.\n\nPermission denied\n\n", 6},
	} {
		servicetest.OnHosts(t, func(t *testing.T, h *servicetest.Host) {
			h.Program("socat", "cat >/dev/null\nprintf '%b' '"+strings.ReplaceAll(tt.said, "\n", `\n`)+"'")
			a := h.Run(command(tt.mode, "admin:/s"), "set server a/b state ready\n")
			if a.Err != nil || a.Result.Code != tt.code {
				t.Errorf("%s, %q: %+v, want status %d", tt.mode, tt.said, a, tt.code)
			}
		})
	}
	if c := read(answers(t, "healthy")).Exit("n1").Changes[0]; c.Undo.Argv[4] != "undo" || c.Do.Argv[4] != "set" {
		t.Errorf("%q, %q", c.Do.Argv[4], c.Undo.Argv[4])
	}
}

// A server whose check says that it wants no new connections is well, as it is meant.
func TestNOLB(t *testing.T) {
	lines := strings.Split(captured(t, "n1", "admin", "healthy"), "\n")
	for i, line := range lines {
		if strings.HasPrefix(line, "mysql,n2,") {
			lines[i] = strings.Replace(line, ",UP,", ",NOLB,", 1)
		}
	}
	a := answers(t, "healthy")
	a["n1"] = printed(strings.Join(lines, "\n"))
	v := read(a)
	expect(t, v.Health(nil))
	for _, c := range v.Exit("n2").Changes {
		if c.On[0] == "n1" && strings.Contains(c.Do.Stdin, "mysql") {
			t.Errorf("drained: %s", c.Do.Stdin)
		}
	}
}
