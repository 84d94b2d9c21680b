package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"umm/internal/execx"
	"umm/internal/lab"
)

// story is the demo on its host. Each part leaves the host operational.
type story struct {
	h   *lab.Host
	t   *teller
	pkg string
}

func (s *story) tell(ctx context.Context) error {
	for _, part := range []func(context.Context) error{s.ready, s.byHand, s.byPowerCuts, s.byBadFstab} {
		if err := part(ctx); err != nil {
			return err
		}
	}
	return nil
}

const (
	kept    = "ssh networking"
	stopped = "nginx cron"
	// line shows the state of each service by name.
	line = `for s in ` + kept + ` ` + stopped + `; do printf "$s: %s   " $(systemctl is-active $s); done`
)

func (s *story) ready(ctx context.Context) error {
	s.t.say("ssh answers. umm is installed; the host goes on as it was.")
	if _, err := s.do(ctx, "dpkg -i "+s.pkg); err != nil {
		return err
	}
	if err := s.isOperational(ctx); err != nil {
		return err
	}
	s.t.say("Would maintenance mode work here, and would I get back in?")
	if _, err := s.do(ctx, "umm check"); err != nil {
		return err
	}
	s.t.say("Which units are essential, which would stop?")
	out, err := s.do(ctx, `umm units | grep -E ' (ssh|networking|nginx|cron)\.service '`)
	if err != nil {
		return err
	}
	var words []string
	for l := range strings.Lines(out) {
		words = append(words, strings.Fields(l)[:2]...)
	}
	if strings.Join(words, " ") != "essential networking.service essential ssh.service stopped cron.service stopped nginx.service" {
		return fmt.Errorf("umm units should keep ssh and networking, and stop nginx and cron")
	}
	return nil
}

// byHand goes into maintenance mode by umm on, and back by umm off.
func (s *story) byHand(ctx context.Context) error {
	s.t.chapter("By hand")
	const command = `umm on --reason "new disk" -- 'echo "kernel $(uname -r); nginx is $(systemctl is-active nginx)"'`
	old, err := s.h.BootID()
	if err != nil {
		return err
	}
	s.t.say("Into maintenance mode, by a reboot, with a command to run there.")
	begin := time.Now()
	res, err := s.run(ctx, command)
	if err != nil {
		return err
	}
	if res.Code == 0 {
		return fmt.Errorf("umm on returned before the host went down")
	}
	s.t.say("The ssh session died with the host, after %s.", seconds(begin))
	if _, err := s.h.WaitBoot(ctx, old); err != nil {
		return err
	}
	s.t.say("ssh answers again, %s after umm on. The host is in maintenance mode:", seconds(begin))
	if err := s.inMaintenance(ctx, "new disk"); err != nil {
		return err
	}
	s.t.say("What the command printed:")
	if out, err := s.do(ctx, "umm output --follow"); err != nil || !strings.Contains(out, "nginx is inactive") {
		return orElse(err, "the command did not run as it should")
	}
	return s.off(ctx)
}

// byPowerCuts cuts the power until the host enters maintenance mode by itself.
func (s *story) byPowerCuts(ctx context.Context) error {
	s.t.chapter("By itself: a host that keeps crashing")
	const threshold = 2
	for n := 1; ; n++ {
		s.t.say("The power fails, and comes back.")
		if err := s.h.Cut(ctx); err != nil {
			return err
		}
		if err := s.h.Power(ctx); err != nil {
			return err
		}
		if err := s.h.WaitSSH(ctx); err != nil {
			return err
		}
		mode, err := s.do(ctx, "umm status | cat")
		if err != nil {
			return err
		}
		if mode == "umm" && n == threshold {
			break
		}
		if mode == "umm" || n == threshold {
			return fmt.Errorf("after %d power cuts umm status says %q; maintenance mode is due after %d", n, mode, threshold)
		}
	}
	s.t.say("%d unclean boots: the host entered maintenance mode by itself.", threshold)
	if err := s.inMaintenance(ctx, "boots in a row"); err != nil {
		return err
	}
	if _, err := s.do(ctx, "umm history -n 5"); err != nil {
		return err
	}
	return s.off(ctx)
}

// byBadFstab has local file systems fail at boot.
func (s *story) byBadFstab(ctx context.Context) error {
	s.t.chapter("By itself: a bad line in /etc/fstab, which ends in an emergency shell elsewhere")
	if _, err := s.do(ctx, "echo '/srv/lost.img /srv/data ext4 loop 0 0' >> /etc/fstab"); err != nil {
		return err
	}
	old, err := s.h.BootID()
	if err != nil {
		return err
	}
	if _, err := s.run(ctx, "reboot"); err != nil {
		return err
	}
	if _, err := s.h.WaitBoot(ctx, old); err != nil {
		return err
	}
	s.t.say("It cannot be mounted, but ssh answers:")
	if err := s.inMaintenance(ctx, "/srv/data"); err != nil {
		return err
	}
	s.t.say("Mended in place:")
	if _, err := s.do(ctx, "sed -i '$d' /etc/fstab"); err != nil {
		return err
	}
	return s.off(ctx)
}

// inMaintenance shows that the host is in maintenance mode, and why.
func (s *story) inMaintenance(ctx context.Context, why string) error {
	status, err := s.onTerminal(ctx, "umm status")
	if err != nil {
		return err
	}
	if !strings.HasPrefix(status, "umm\r\n") || !strings.Contains(status, why) {
		return fmt.Errorf("umm status should say umm, and %q as the reason", why)
	}
	states, err := s.do(ctx, line)
	if err != nil {
		return err
	}
	return expect(states, "active", "inactive")
}

// off leaves maintenance mode without a reboot.
func (s *story) off(ctx context.Context) error {
	before, err := s.h.BootID()
	if err != nil {
		return err
	}
	begin := time.Now()
	if _, err := s.do(ctx, "umm off"); err != nil {
		return err
	}
	s.t.say("Everything is back, %s after umm off, without a reboot:", seconds(begin))
	states, err := s.do(ctx, line)
	if err == nil {
		err = expect(states, "active", "active")
	}
	if err == nil {
		err = s.isOperational(ctx)
	}
	if after, idErr := s.h.BootID(); err == nil && (idErr != nil || after != before) {
		err = fmt.Errorf("umm off has rebooted the host")
	}
	return err
}

func (s *story) isOperational(ctx context.Context) error {
	mode, err := s.do(ctx, "umm status | cat")
	if err == nil && !strings.HasPrefix(mode, "runlevel ") {
		err = fmt.Errorf("umm status should say runlevel")
	}
	return err
}

// expect compares what line printed with the states that there should be.
func expect(states, ofKept, ofStopped string) error {
	var want []string
	for _, unit := range strings.Fields(kept) {
		want = append(want, unit+":", ofKept)
	}
	for _, unit := range strings.Fields(stopped) {
		want = append(want, unit+":", ofStopped)
	}
	if !slices.Equal(strings.Fields(states), want) {
		return fmt.Errorf("the services should be: %s", strings.Join(want, " "))
	}
	return nil
}

// do runs a line that is to succeed and shows it with what it prints.
func (s *story) do(ctx context.Context, command string) (string, error) {
	res, err := s.run(ctx, command)
	if err == nil && res.Code != 0 {
		err = fmt.Errorf("%s should succeed, but ended with exit status %d", command, res.Code)
	}
	return strings.TrimSpace(string(res.Stdout)), err
}

// run runs a line on the host over ssh and shows it with what it prints.
func (s *story) run(ctx context.Context, command string) (execx.Result, error) {
	return s.show(ctx, command, s.h.SSHArgv("/bin/sh", "-c", "{ "+command+"\n} 2>&1"))
}

// onTerminal runs a line as somebody who logged in at a terminal sees it.
func (s *story) onTerminal(ctx context.Context, command string) (string, error) {
	argv := s.h.SSHArgv("/bin/sh", "-c", command)
	res, err := s.show(ctx, command, slices.Insert(argv, slices.Index(argv, "ssh")+1, "-tt"))
	if err == nil && res.Code != 0 {
		err = fmt.Errorf("%s should succeed, but ended with exit status %d", command, res.Code)
	}
	return string(res.Stdout), err
}

func (s *story) show(ctx context.Context, command string, argv []string) (execx.Result, error) {
	s.t.typed("n1#", command)
	res, err := execx.Local{Env: execx.Inherited()}.Run(ctx, execx.Cmd{Argv: argv, Limit: 2 * time.Minute})
	s.t.printed(string(res.Stdout))
	if res.Code == sshFailed {
		s.t.printed(string(res.Stderr))
	}
	return res, err
}

// sshFailed is the status of ssh itself when its connection ends.
const sshFailed = 255

func seconds(since time.Time) string {
	return fmt.Sprintf("%.1f s", time.Since(since).Seconds())
}

func orElse(err error, text string) error {
	if err != nil {
		return err
	}
	return fmt.Errorf("%s", text)
}
