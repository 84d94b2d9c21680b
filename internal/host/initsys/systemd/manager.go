package systemd

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"umm/internal/execx"
	"umm/internal/poll"
)

const (
	// askLimit bounds questions to the manager, actLimit what starts or stops
	// units: longer than the 90 s that systemd gives one unit by default.
	askLimit  = 30 * time.Second
	actLimit  = 15 * time.Minute
	stopLimit = 3 * time.Minute
	// allLimit bounds a query of every unit. systemctl asks for each one separately, and while
	// the whole host starts, systemd is slow to answer.
	allLimit = 3 * time.Minute
	stopPoll = 50 * time.Millisecond
)

// Manager is systemd as PID 1, spoken to by systemctl: its words have meant the
// same from version 219 on, and they work where the system bus does not.
type Manager struct {
	Run execx.Runner
	// Proc is /proc, which tells who is logged in where; empty: it is not asked.
	Proc string
}

func (m Manager) ask(ctx context.Context, argv ...string) (execx.Result, error) {
	return m.Run.Run(ctx, execx.Cmd{Argv: argv, Limit: askLimit})
}

// act runs systemctl for its effect.
func (m Manager) act(ctx context.Context, limit time.Duration, args ...string) error {
	_, err := execx.Do(ctx, m.Run, execx.Cmd{Argv: append([]string{"systemctl"}, args...), Limit: limit})
	return err
}

// output is what a program says that succeeds.
func (m Manager) output(ctx context.Context, argv ...string) (string, error) {
	res, err := execx.Do(ctx, m.Run, execx.Cmd{Argv: argv, Limit: askLimit})
	return string(res.Stdout), err
}

// Reboot implements node.Power.
func (m Manager) Reboot(ctx context.Context) error {
	if err := m.act(ctx, askLimit, "reboot"); err != nil {
		// From 257 on blocking inhibitors hold for root too, and are not named.
		return fmt.Errorf("cannot reboot: %w (systemd-inhibit --list shows who delays it)", err)
	}
	return nil
}

// GoingDown implements node.Power. Every way down starts shutdown.target, and its job
// is there from the moment in which that is asked for until the last unit has
// stopped. Up to 245 is-system-running says "starting" through a shutdown, where
// the boot never came to its end.
func (m Manager) GoingDown(ctx context.Context) (bool, error) {
	shutdown, err := m.show(ctx, "ActiveState,Job", "--", "shutdown.target")
	if err != nil {
		return false, fmt.Errorf("cannot tell whether the host is going down: %w", err)
	}
	return shutdown[0].up() || shutdown[0].queued(), nil
}

// Kexecs implements node.Power. What cannot be told is no: the argument umm then counts.
func (m Manager) Kexecs(ctx context.Context) bool {
	kexec, err := m.show(ctx, "ActiveState,Job", "--", "kexec.target")
	return err == nil && (kexec[0].up() || kexec[0].queued())
}

// Reload implements node.Jobs: generators run again.
func (m Manager) Reload(ctx context.Context) error {
	if err := m.act(ctx, askLimit*3, "daemon-reload"); err != nil {
		return fmt.Errorf("cannot reload systemd: %w", err)
	}
	return nil
}

// Active implements node.Switch. Units that are on their way down do not count.
func (m Manager) Active(ctx context.Context) ([]string, error) {
	out, err := m.output(ctx, "systemctl", "list-units", "--no-legend", "--plain", "--full", "--all",
		"--type=service,socket,timer,path,target")
	return ParseActive(out), err
}

// ParseActive picks the units that are up, or on their way, from the output of
// `systemctl list-units --plain --no-legend --all`.
func ParseActive(out string) []string {
	var units []string
	for _, line := range strings.Split(out, "\n") {
		f := strings.Fields(strings.TrimLeft(line, "●* "))
		if len(f) < 4 {
			continue
		}
		if isUp(f[2]) {
			units = append(units, f[0])
		}
	}
	slices.Sort(units)
	return units
}

// Enter implements node.Switch: nothing that MM does not keep runs when it
// returns.
func (m Manager) Enter(ctx context.Context) error {
	if err := m.Reload(ctx); err != nil {
		return err
	}
	if err := m.act(ctx, stopLimit, "isolate", Target); err != nil {
		return fmt.Errorf("cannot switch to maintenance mode: %w", err)
	}
	if err := m.untilStopped(ctx); err != nil {
		return err
	}
	return m.stopLeftovers(ctx)
}

// untilStopped waits for the stop jobs of an isolate: systemctl waits only for
// the target itself.
func (m Manager) untilStopped(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, stopLimit)
	defer cancel()
	var stopping []string
	for range poll.Every(ctx, stopPoll) {
		var err error
		if stopping, err = m.stopping(ctx); err != nil {
			return fmt.Errorf("cannot tell whether everything has stopped: %w", err)
		}
		if len(stopping) == 0 {
			return nil
		}
	}
	return fmt.Errorf("cannot stop %s: not finished after %s", strings.Join(stopping, ", "), stopLimit)
}

// stopping names the units with a stop job. 219 exits with 1 whatever there is; what
// goes wrong it says, as later ones do.
func (m Manager) stopping(ctx context.Context) ([]string, error) {
	argv := []string{"systemctl", "list-jobs", "--no-legend", "--plain", "--full"}
	res, err := m.ask(ctx, argv...)
	if err != nil {
		return nil, err
	}
	if res.Code > 1 || res.Code == 1 && len(bytes.TrimSpace(res.Stderr)) > 0 {
		return nil, &execx.ExitError{Argv: argv, Result: res}
	}
	return stopJobs(string(res.Stdout)), nil
}

// stopJobs names the units with a stop job in the output of `systemctl list-jobs`:
// lines of job, unit, type, state.
func stopJobs(out string) []string {
	var units []string
	for _, line := range strings.Split(out, "\n") {
		if f := strings.Fields(line); len(f) >= 4 && f[2] == "stop" {
			units = append(units, f[1])
		}
	}
	return units
}

// GoLive implements node.Jobs. What systemd must see first, Enter shows it. Up to 229
// the isolate cancels the start job that it is run by, and systemctl does not wait
// for the end: that is waited for here.
func (m Manager) GoLive(ctx context.Context) error {
	err := m.act(ctx, actLimit, "start", liveService)
	if err == nil {
		return nil
	}
	err = fmt.Errorf("cannot switch to maintenance mode: %w; see journalctl -u %s", err, liveService)
	if ctx.Err() != nil {
		return err
	}
	return errors.Join(err, m.untilIdle(ctx, actLimit, liveService))
}

// Watch implements node.Jobs.
func (m Manager) Watch(ctx context.Context) error {
	if err := m.act(ctx, askLimit*3, "start", recordService, healthyTimer); err != nil {
		return fmt.Errorf("cannot watch this boot: %w", err)
	}
	return nil
}

// Arm implements node.Timer, by a transient timer that knows nothing of a reload.
func (m Manager) Arm(ctx context.Context, d time.Duration) error {
	if err := m.Disarm(ctx); err != nil {
		return err
	}
	_, err := m.output(ctx, "systemd-run", "--unit="+expireUnit, "--on-active="+strconv.Itoa(max(1, int(d.Seconds()))),
		"--timer-property=AccuracySec=1s", BootProgram, "expire")
	return err
}

// BootProgram is umm's program for the boot path, where the package puts it.
const BootProgram = "/lib/umm/umm-boot"

// Disarm implements node.Timer. That there is no such timer is no error.
func (m Manager) Disarm(ctx context.Context) error {
	res, err := m.ask(ctx, "systemctl", "stop", expireUnit+".timer")
	if err != nil {
		return err
	}
	const notLoaded = 5 // systemctl(1): the unit is not loaded
	if res.Code != 0 && res.Code != notLoaded {
		return &execx.ExitError{Argv: []string{"systemctl", "stop"}, Result: res}
	}
	// One that failed would keep its name taken.
	_, err = m.ask(ctx, "systemctl", "reset-failed", expireUnit+".service")
	return err
}

// Failed lists the units that failed.
func (m Manager) Failed(ctx context.Context) ([]string, error) {
	res, err := m.ask(ctx, "systemctl", "list-units", "--no-legend", "--plain", "--full", "--state=failed")
	if err != nil || res.Code != 0 {
		return nil, errors.Join(err, errors.New("cannot ask systemd what failed"))
	}
	return append([]string{}, unitNames(string(res.Stdout))...), nil
}

// unitNames are the units in the output of `systemctl list-units --plain --no-legend`.
func unitNames(out string) []string {
	var units []string
	for line := range strings.Lines(out) {
		if f := strings.Fields(strings.TrimLeft(line, "●* ")); len(f) > 0 {
			units = append(units, f[0])
		}
	}
	return units
}
