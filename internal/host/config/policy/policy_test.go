package policy_test

import (
	"errors"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"umm/internal/host/config/policy"
	"umm/internal/host/mode"
)

const file = "/etc/umm.conf"

// with changes the defaults.
func with(change func(*mode.Policy)) mode.Policy {
	p := policy.Default()
	change(&p)
	return p
}

func TestParse(t *testing.T) {
	on := func(p *mode.Policy) { p.Enabled = true }
	for _, c := range []struct {
		text string
		want mode.Policy
	}{
		{"", policy.Default()},
		{"UMM=yes", with(on)},
		{"UMM=yes\r\nREBOOT_COUNT=3\r\n", with(func(p *mode.Policy) { p.Enabled, p.RebootCount = true, 3 })},
		{"UMM='yes' # on", with(on)},
		{"UMM=no", policy.Default()},
		{"UMM=no\nUMM=yes", with(on)},
		{"UMM=yes\nUMM=no", policy.Default()},
		{"REBOOT_COUNT=0", with(func(p *mode.Policy) { p.RebootCount = 0 })},
		{"REBOOT_COUNT=010", with(func(p *mode.Policy) { p.RebootCount = 10 })},
		{"REBOOT_COUNT=1000", with(func(p *mode.Policy) { p.RebootCount = 1000 })},
		{"COUNTER_RESET_TIME=0", with(func(p *mode.Policy) { p.HealthyAfter = 0 })},
		{"COUNTER_RESET_TIME=10080", with(func(p *mode.Policy) { p.HealthyAfter = 7 * 24 * time.Hour })},
		{"COMMAND_TIMEOUT=30", with(func(p *mode.Policy) { p.CommandLimit = 30 * time.Minute })},
		{"CATCH_EMERGENCY=no", with(func(p *mode.Policy) { p.CatchEmergency = false })},
		{"CATCH_EMERGENCY=no\nCATCH_EMERGENCY=yes", policy.Default()},
		{`KEEP_UNITS="mysql.service  a@b.timer x-*"`, with(func(p *mode.Policy) { p.KeepUnits = []string{"mysql.service", "a@b.timer", "x-*"} })},
		{`KEEP_UNITS='dev-disk-by\x2dlabel-a.device'`, with(func(p *mode.Policy) { p.KeepUnits = []string{`dev-disk-by\x2dlabel-a.device`} })},
		{"KEEP_UNITS=a\nKEEP_UNITS=b", with(func(p *mode.Policy) { p.KeepUnits = []string{"b"} })},
		{"KEEP_UNITS=a\nKEEP_UNITS=", policy.Default()},
	} {
		got, problems := policy.Parse(file, []byte(c.text))
		if !reflect.DeepEqual(got, c.want) || len(problems) > 0 {
			t.Errorf("%q means %+v (problems %v), want %+v", c.text, got, problems, c.want)
		}
	}
}

// What is wrong names file, line and key; the default holds for that key, and for
// no other.
func TestParseProblems(t *testing.T) {
	for _, c := range []struct{ line, want string }{
		{"UMM=YES", `/etc/umm.conf:2: UMM: is "YES", not yes or no; maintenance mode is disabled`},
		{"UMM=1", `/etc/umm.conf:2: UMM: is "1", not yes or no; maintenance mode is disabled`},
		{"UMM=", `/etc/umm.conf:2: UMM: is "", not yes or no; maintenance mode is disabled`},
		{"UMM=yes\x00", `/etc/umm.conf:2: UMM: is "yes\x00", not yes or no; maintenance mode is disabled`},
		{"UMM=no;", "/etc/umm.conf:2: UMM: has a special character: quote the value; using the default"},
		{"export UMM=no", "/etc/umm.conf:2: has no valid key before = (letters, digits and _, no blanks); line ignored"},
		{"umm=no", "/etc/umm.conf:2: umm: unknown key; line ignored"},
		{"REBOOT_COUNTS=3", "/etc/umm.conf:2: REBOOT_COUNTS: unknown key; line ignored"},
		{"REBOOT_COUNT=two", `/etc/umm.conf:2: REBOOT_COUNT: is "two", not a number from 0 to 1000; using 2`},
		{"REBOOT_COUNT=-1", `/etc/umm.conf:2: REBOOT_COUNT: is "-1", not a number from 0 to 1000; using 2`},
		{"REBOOT_COUNT=0x2", `/etc/umm.conf:2: REBOOT_COUNT: is "0x2", not a number from 0 to 1000; using 2`},
		{"REBOOT_COUNT=1001", `/etc/umm.conf:2: REBOOT_COUNT: is "1001", not a number from 0 to 1000; using 2`},
		{"REBOOT_COUNT=99999999999999999999", `/etc/umm.conf:2: REBOOT_COUNT: is "99999999999999999999", not a number from 0 to 1000; using 2`},
		{"REBOOT_COUNT=", `/etc/umm.conf:2: REBOOT_COUNT: is "", not a number from 0 to 1000; using 2`},
		{"REBOOT_COUNT='3 '", `/etc/umm.conf:2: REBOOT_COUNT: is "3 ", not a number from 0 to 1000; using 2`},
		{"REBOOT_COUNT=٣", `/etc/umm.conf:2: REBOOT_COUNT: is "٣", not a number from 0 to 1000; using 2`},
		{"COUNTER_RESET_TIME=10m", `/etc/umm.conf:2: COUNTER_RESET_TIME: is "10m", not minutes from 0 to 10080; using 10`},
		{"COUNTER_RESET_TIME=10081", `/etc/umm.conf:2: COUNTER_RESET_TIME: is "10081", not minutes from 0 to 10080; using 10`},
		{"COMMAND_TIMEOUT=never", `/etc/umm.conf:2: COMMAND_TIMEOUT: is "never", not minutes from 0 to 10080; using 0, no limit`},
		{"CATCH_EMERGENCY=maybe", `/etc/umm.conf:2: CATCH_EMERGENCY: is "maybe", not yes or no; using yes`},
		{"KEEP_UNITS='a ../b -c .d e'", `/etc/umm.conf:2: KEEP_UNITS: "../b -c .d" is not a unit name; ignored`},
		{"KEEP_UNITS=" + strings.Repeat("x", 256), "/etc/umm.conf:2: KEEP_UNITS: "},
	} {
		p, problems := policy.Parse(file, []byte("UMM=yes\n"+c.line+"\nCOUNTER_RESET_TIME=20\n"))
		if len(problems) != 1 || !strings.HasPrefix(problems[0].String(), c.want) {
			t.Errorf("%q: the problems are %q, want %q", c.line, problems, c.want)
		}
		if p.HealthyAfter != 20*time.Minute || p.RebootCount != 2 || p.CommandLimit != 0 || !p.CatchEmergency {
			t.Errorf("%q spoils another key: %+v", c.line, p)
		}
		if p.Enabled == strings.HasPrefix(c.line, "UMM=") {
			t.Errorf("%q after UMM=yes: enabled is %v", c.line, p.Enabled)
		}
	}
}

// A broken line takes back what the lines before it said, a good one after it
// counts.
func TestTheLastLineOfAKeyCounts(t *testing.T) {
	p, problems := policy.Parse(file, []byte("REBOOT_COUNT=7\nREBOOT_COUNT='8\nUMM=`x`\nUMM=yes\n"))
	if p.RebootCount != 2 || !p.Enabled || len(problems) != 2 || problems[0].Line != 2 || problems[1].Line != 3 {
		t.Errorf("it means %+v; problems %v", p, problems)
	}
}

func TestUnreadable(t *testing.T) {
	p, problems := policy.Unreadable(file, errors.New("there is none"))
	if p.Enabled || len(problems) != 1 || problems[0].String() != "/etc/umm.conf: there is none; maintenance mode is disabled" {
		t.Errorf("it means %+v, problems %v", p, problems)
	}
}

// Help names each key with its default; the keys are obeyed.
func TestHelpKnowsEveryKey(t *testing.T) {
	for _, k := range policy.Keys {
		if _, problems := policy.Parse(file, []byte(k.Name+"="+k.Example)); len(problems) > 0 || k.Help == "" {
			t.Errorf("%s=%s: %v", k.Name, k.Example, problems)
		}
		if k.Name != policy.KeyEnabled && !strings.Contains(k.Help, "Default: ") {
			t.Errorf("the help of %s does not tell its default", k.Name)
		}
	}
	for key, value := range map[string]string{policy.KeyRebootCount: strconv.Itoa(policy.Default().RebootCount),
		policy.KeyHealthyAfter: strconv.Itoa(int(policy.Default().HealthyAfter.Minutes())), policy.KeyCatchEmergency: "yes", policy.KeyCommandLimit: "0"} {
		found := false
		for _, k := range policy.Keys {
			found = found || k.Name == key && strings.Contains(k.Help, "Default: "+value)
		}
		if !found {
			t.Errorf("the help of %s does not name its default %s", key, value)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, text := range []string{"UMM=yes\nREBOOT_COUNT=2\n", "KEEP_UNITS='a b ../c'", "REBOOT_COUNT=99999999999999999999", "UMM=\x00", "COUNTER_RESET_TIME=010 # x"} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		p, problems := policy.Parse(file, data)
		if p.Enabled && !strings.Contains(string(data), "yes") {
			t.Fatalf("enabled by %q", data)
		}
		if p.RebootCount < 0 || p.RebootCount > 1000 || p.HealthyAfter < 0 || p.CommandLimit < 0 || p.CommandLimit > 7*24*time.Hour {
			t.Fatalf("%q means %+v", data, p)
		}
		for _, u := range p.KeepUnits {
			if u == "" || len(u) > 255 || strings.ContainsAny(u, "/ \t\n\x00") || strings.HasPrefix(u, ".") || strings.HasPrefix(u, "-") {
				t.Fatalf("%q is kept", u)
			}
		}
		for _, problem := range problems {
			if !strings.HasPrefix(problem.String(), file+":") || problem.Line < 1 {
				t.Fatalf("a problem is %q", problem)
			}
		}
	})
}
