package plugin

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"umm/internal/host/initsys/systemd"
)

// oldest is the oldest systemd that umm serves, that of CentOS 7.
const oldest = 219

// directive is what systemd reads in a unit file, and the version that introduced it.
// All of them stand in src/core/load-fragment-gperf.gperf.m4 of CentOS 7's systemd
// 219, which is the list of what that one understands.
type directive struct {
	since int
	// news is what NEWS says of that version; nothing where it never announced the
	// directive: then it was there in 38, the first version that NEWS tells of.
	news string
	// values are those that 219 takes, where later versions take more.
	values string
	// harmless says why a newer directive may be there: older versions log that they do not
	// know it, and behave as it says without it.
	harmless string
}

const always = 38

// directives are those that umm may use. What umm's units need to be correct has to
// be here; look a new one up in NEWS, and in the list named above.
var directives = map[string]directive{
	"Unit.Description":         {since: always},
	"Unit.Documentation":       {since: 183, news: "We introduced the Documentation= field for units"},
	"Unit.Wants":               {since: always},
	"Unit.Conflicts":           {since: always},
	"Unit.Before":              {since: always},
	"Unit.After":               {since: always},
	"Unit.DefaultDependencies": {since: always},
	"Unit.AllowIsolate":        {since: always},
	"Unit.IgnoreOnIsolate":     {since: always},

	// Type=exec is of 240, Type=notify-reload of 253.
	"Service.Type":            {since: always, values: "simple|forking|oneshot|dbus|notify|idle"},
	"Service.RemainAfterExit": {since: always, values: "yes|no"},
	// The prefixes ! and : of a command are of 231 and 244.
	"Service.ExecStart":        {since: always, values: "-?/.*"},
	"Service.ExecStop":         {since: always, values: "/.*"},
	"Service.SyslogIdentifier": {since: always},
	// 0 switches them off then and now; infinity does since 229.
	"Service.TimeoutStartSec": {since: 188, news: "TimeoutSec= is now split into TimeoutStartSec= and TimeoutStopSec=", values: `\d+`},
	"Service.TimeoutStopSec":  {since: 188, news: "TimeoutSec= is now split into TimeoutStartSec= and TimeoutStopSec=", values: `\d+`},
	"Service.Restart":         {since: 214, news: "A new \"on-abnormal\" setting for Restart= has been added", values: "on-abnormal"},
	"Service.KillMode":        {since: always, values: "control-group|process|mixed|none"},
	"Service.OOMPolicy": {since: 243, news: "systemd.service(5) has it since 243", values: "continue",
		harmless: "before 243 the kernel's killing of a process ends no service but by its main process"},

	"Service.SuccessExitStatus": {since: 189, news: "There are two new service settings RestartPreventExitStatus= and SuccessExitStatus=", values: `\d+`},
	// strict, and tmpfs, are of later versions.
	"Service.ProtectSystem":           {since: 214, news: "Two new service settings, ProtectHome= and ProtectSystem=, have been added", values: "yes|full"},
	"Service.ProtectHome":             {since: 214, news: "Two new service settings, ProtectHome= and ProtectSystem=, have been added", values: "yes|read-only"},
	"Service.PrivateTmp":              {since: always, values: "yes|no"},
	"Service.PrivateDevices":          {since: 209, news: "A new PrivateDevices= switch has been added to service units", values: "yes|no"},
	"Service.NoNewPrivileges":         {since: 187, news: "systemd.exec(5) has it since 187", values: "yes|no"},
	"Service.RestrictAddressFamilies": {since: 211, news: "A new unit file setting RestrictAddressFamilies= has been added"},

	"Timer.OnCalendar":  {since: 197, news: "Timer units now support calendar time events", values: `[*]:\d+/\d+`},
	"Install.WantedBy":  {since: always, values: "timers.target"},
	"Timer.OnActiveSec": {since: always, values: `|\d+(min|s)?`},
	"Timer.AccuracySec": {since: 209, news: "The accuracy of timer units is now configurable with the new AccuracySec= setting", values: `\d+(min|s)?`},
}

// unknown tells what the oldest systemd does not understand of a unit file.
func unknown(section, key, value string) string {
	d, listed := directives[section+"."+key]
	switch {
	case !listed:
		return fmt.Sprintf("[%s] %s= is not on the list of what systemd %d understands", section, key, oldest)
	case d.since > oldest && d.harmless == "":
		return fmt.Sprintf("[%s] %s= is of systemd %d (%s)", section, key, d.since, d.news)
	case d.values != "" && !regexp.MustCompile("^("+d.values+")$").MatchString(value):
		return fmt.Sprintf("[%s] %s=%s is not what systemd %d takes", section, key, value, oldest)
	}
	return ""
}

func TestUnitsNeedNoSystemdNewerThan219(t *testing.T) {
	used := map[string]bool{}
	look := func(file, section, key, value string) {
		used[section+"."+key] = true
		if why := unknown(section, key, value); why != "" {
			t.Errorf("%s: %s", file, why)
		}
	}
	eachSetting(t, look)
	// What the generator writes beside them.
	for _, b := range []systemd.Boot{
		{Enabled: true, CatchEmergency: true, HealthyAfter: 5 * time.Minute},
		{Enabled: true, Maintenance: true, CommandDue: true, HealthyAfter: time.Hour, Keep: []string{"ssh.service"}, LeaveRunning: []string{"a.service"}, Mask: []string{"b.service"}},
	} {
		files := systemd.Plan(b, "/lib/systemd/system").Files
		if len(files) == 0 {
			t.Errorf("the generator writes no files for %+v", b)
		}
		for name, text := range files {
			settings(text, func(section, key, value string) { look(name, section, key, value) })
		}
	}
	for name, d := range directives {
		if !used[name] {
			t.Errorf("%s is on the list and not used", name)
		}
		if (d.news == "") != (d.since == always) {
			t.Errorf("%s: what does NEWS of %d say?", name, d.since)
		}
	}
}

// What newer versions brought is noticed.
func TestNewerDirectivesAreNoticed(t *testing.T) {
	for _, setting := range []string{"[Unit] StartLimitBurst=3", "[Unit] SuccessAction=reboot", "[Unit] CollectMode=inactive", "[Unit] Upholds=a.service",
		"[Service] Type=exec", "[Service] ExecCondition=/bin/true", "[Service] ExecStart=!/bin/true", "[Service] StateDirectory=umm", "[Service] ReadWritePaths=/etc/umm",
		"[Service] TimeoutStartSec=infinity", "[Service] TimeoutStopSec=1min 30s", "[Timer] FixedRandomDelay=yes", "[Install] WantedBy=multi-user.target"} {
		section, rest, _ := strings.Cut(strings.TrimPrefix(setting, "["), "] ")
		key, value, _ := strings.Cut(rest, "=")
		if unknown(section, key, value) == "" {
			t.Errorf("%s passes", setting)
		}
	}
}
