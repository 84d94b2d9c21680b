package jobfile

import (
	"slices"
	"strings"
	"testing"
	"unicode"
)

// Whatever stands in a job file, an override file and the name of an instance: it is read to its
// end, what is said of it is of one line, and an instance is told by the variables that make its name.
func FuzzJob(f *testing.F) {
	for _, text := range []string{"", "start on runlevel [2345]\nstop on runlevel [!2345]\nrespawn\nexec cron\n",
		"start on (local-filesystems\n\tand (net-device-up IFACE!=lo # a comment ( \n\tor failsafe-boot))\ntask\n", "start on \\\n started x\n", "manual\n", "script\n echo $IFACE ${RUNLEVEL:-2}\n",
		"script\nend script\nstart on x", "instance $INTERFACE/$ADDRFAM\nenv A=\"b # c\"\nexport A\n", "start on (((((", "start on )))", "env =\nenv\ninstance '\n\"", "\x00start on a\r\nb\u2028c", "exec $ ${ ${} $9 ${a", "pre-start exec x\npost-start script\n"} {
		f.Add(text, "manual\n", "eth0/inet", "eth0")
	}
	f.Add("instance ${A}-$B\n", "start on x\n", "a-b-c", "a")
	f.Fuzz(func(t *testing.T, text, override, instance, value string) {
		var j Job
		j.parse(text)
		j.parse(override)
		if strings.ContainsFunc(j.StartOn, func(r rune) bool { return r == '\n' || r == '\t' }) || strings.TrimSpace(j.StartOn) != j.StartOn {
			t.Errorf("it starts on %q", j.StartOn)
		}
		if j.Enabled() != (j.StartOn != "") {
			t.Errorf("%+v", j)
		}
		for i, e := range j.Events() {
			if e == "" || strings.ContainsFunc(e, unicode.IsSpace) || strings.ContainsAny(e, "()") || slices.Contains(j.Events()[:i], e) {
				t.Errorf("it waits for %q of %q", e, j.StartOn)
			}
		}
		for _, key := range j.Refers {
			if !slices.Contains(ofEvents, key) {
				t.Errorf("it refers to %q", key)
			}
		}
		for _, e := range j.Env {
			if !strings.Contains(e, "=") {
				t.Errorf("it sets %q", e)
			}
		}
		vars, ok := j.Variables(instance)
		if ok && j.Instance != "" && fill(j.Instance, vars) != instance {
			t.Errorf("the instance %q of %q has the variables %q", instance, j.Instance, vars)
		}
		if vars, ok := j.VariablesOf([]string{"A=" + value, "INTERFACE=" + value}); ok && len(vars) == 0 {
			t.Errorf("it is told by %q", vars)
		}
		job, in := InstanceOf(text)
		if in != "" && job+" ("+in+")" != text {
			t.Errorf("%q is the instance %q of %q", text, in, job)
		}
	})
}

// fill is what Upstart makes of a pattern, one variable after another.
func fill(pattern string, vars []string) string {
	var b strings.Builder
	for pattern != "" {
		var literal, key string
		literal, key, pattern = nextVariable(pattern)
		b.WriteString(literal)
		if key == "" {
			break
		}
		value, _ := strings.CutPrefix(vars[0], key+"=")
		vars = vars[1:]
		b.WriteString(value)
	}
	return b.String()
}
