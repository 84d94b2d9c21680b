package unitfile_test

import (
	"reflect"
	"strings"
	"testing"

	"umm/internal/host/unitfile"
)

func TestParse(t *testing.T) {
	for _, c := range []struct {
		name, in string
		want     unitfile.Sections
		err      string
	}{
		{"plain", "[Unit]\nA=1\nB = two words \n[Service]\nA=x=y\n", unitfile.Sections{"Unit": {"A": {"1"}, "B": {"two words"}}, "Service": {"A": {"x=y"}}}, ""},
		{"comments", "# c\n; c\n[U]\n#A=1\n\nB=2 # no comment\n", unitfile.Sections{"U": {"B": {"2 # no comment"}}}, ""},
		{"continued", "[U]\nA=1 \\\n  2 \\\n# between\n  3\nB=4\n", unitfile.Sections{"U": {"A": {"1  2  3"}, "B": {"4"}}}, ""},
		{"escaped backslash", "[U]\nA=1\\\\\nB=2\n", unitfile.Sections{"U": {"A": {`1\\`}, "B": {"2"}}}, ""},
		{"continued at the end", "[U]\nA=1 \\", unitfile.Sections{"U": {"A": {"1"}}}, ""},
		{"twice", "[U]\nA=1\n[V]\n[U]\nA=\nA=2\n", unitfile.Sections{"U": {"A": {"1", "", "2"}}, "V": {}}, ""},
		{"dos", "\ufeff[U]\r\nA=1\r\n", unitfile.Sections{"U": {"A": {"1"}}}, ""},
		{"no section", "A=1\n[U]\nB=2\n", unitfile.Sections{"U": {"B": {"2"}}}, "line 1: A stands outside of any section"},
		{"no value", "[U]\nA\nB=2\n", unitfile.Sections{"U": {"B": {"2"}}}, `line 2: not KEY=value: "A"`},
		{"bad section", "[U]\nA=1\n[V\nB=2\n", unitfile.Sections{"U": {"A": {"1"}}}, `line 3: not a section: "[V"`},
		{"empty section", "[]\nA=1", unitfile.Sections{}, `line 1: not a section: "[]"`},
		{"line numbers", "[U]\nA=1\\\n2\n# c\nbad\n", unitfile.Sections{"U": {"A": {"1 2"}}}, `line 5: not KEY=value: "bad"`},
	} {
		got, err := unitfile.Parse([]byte(c.in))
		if !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
		if msg := errString(err); msg != c.err {
			t.Errorf("%s: error %q, want %q", c.name, msg, c.err)
		}
	}
}

func errString(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestList(t *testing.T) {
	s, _ := unitfile.Parse([]byte("[U]\nA=1 2\nA=3\nB=1\nB=\nB=4\nC=\n"))
	for key, want := range map[string]string{"A": "1 2 3", "B": "4", "C": "", "D": ""} {
		if got := strings.Join(s.List("U", key), " "); got != want {
			t.Errorf("List(%s) = %q, want %q", key, got, want)
		}
	}
}

func TestUnitNames(t *testing.T) {
	for name, valid := range map[string]bool{
		"ssh.service": true, "a\\x2db.mount": true, "getty@tty1.service": true, "a:b_c.d.socket": true,
		"": false, "ssh": false, ".service": false, "@.service": false, "a/b.service": false, "a b.service": false,
		"..": false, "a.conf": false, "ä.service": false, "a\x00.service": false, strings.Repeat("a", 250) + ".service": false,
	} {
		if got := unitfile.ValidName(name); got != valid {
			t.Errorf("ValidName(%q) = %v", name, got)
		}
	}
	for in, want := range map[string]string{"ssh": "ssh.service", "a.timer": "a.timer", "foo.bar": "foo.bar.service"} {
		if got := unitfile.FullName(in); got != want {
			t.Errorf("FullName(%q) = %q, want %q", in, got, want)
		}
	}
	for in, want := range map[string]string{"a@b.service": "a@.service b", "a@b@c.service": "a@.service b@c", "a@.service": "", "a.service": "", "@b.service": ""} {
		template, instance, _ := unitfile.Template(in)
		if got := strings.TrimSpace(template + " " + instance); got != want {
			t.Errorf("Template(%q) = %q, want %q", in, got, want)
		}
	}
	for in, want := range map[string]string{"home.mount": "/home", "-.mount": "/", "srv-a\\x2db.automount": "/srv/a-b", "a\\x2.mount": "", "a.service": ""} {
		if got, _ := unitfile.MountPoint(in); got != want {
			t.Errorf("MountPoint(%q) = %q, want %q", in, got, want)
		}
	}
	if !unitfile.Match([]string{"x", "a\\x2d*"}, "a\\x2d*") || !unitfile.Match([]string{"ifup@*.service"}, "ifup@eth0.service") {
		t.Error("Match misses a name")
	}
	if unitfile.Match([]string{"[", "ssh"}, "ssh.service") || unitfile.Match(nil, "a") {
		t.Error("Match finds a name that is not there")
	}
}

func FuzzParse(f *testing.F) {
	f.Add("[Unit]\nA=1\n# c\n[Service]\nExecStart=/bin/a \\\n b\n")
	f.Add("[a\n=\\\n\\\n;")
	f.Fuzz(func(t *testing.T, in string) {
		s, _ := unitfile.Parse([]byte(in))
		var text strings.Builder
		for section, keys := range s {
			if section == "" || strings.Contains(section, "\n") {
				t.Fatalf("section %q", section)
			}
			text.WriteString("[" + section + "]\n")
			for key, values := range keys {
				for _, v := range values {
					if key == "" || strings.ContainsAny(key+v, "\n") || v != strings.TrimSpace(v) {
						t.Fatalf("%q = %q", key, v)
					}
					if !strings.HasSuffix(v, `\`) && !strings.ContainsAny(key[:1], "#;[") {
						text.WriteString(key + "=" + v + "\n")
					}
				}
			}
		}
		if _, err := unitfile.Parse([]byte(text.String())); err != nil {
			t.Fatalf("cannot read again what was read: %v\n%s", err, text.String())
		}
	})
}

func FuzzNames(f *testing.F) {
	f.Add("getty@tty1.service")
	f.Add("srv-a\\x2db.mount")
	f.Fuzz(func(t *testing.T, name string) {
		unitfile.MountPoint(name)
		if unitfile.ValidName(name) && strings.ContainsAny(name, "/ \n\x00") {
			t.Fatalf("%q is no file name", name)
		}
		if template, instance, ok := unitfile.Template(name); ok && (instance == "" || !strings.Contains(template, "@.")) {
			t.Fatalf("Template(%q) = %q, %q", name, template, instance)
		}
		unitfile.Match([]string{name}, "ssh.service")
	})
}
