package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"umm/internal/host/initsys/upstart/upstarttest"
	"umm/test/upstart/machine"
)

// pid1 is the machine under the rules: processes, clock and log.
type pid1 struct {
	log    *os.File
	born   time.Time
	folder upstarttest.Folder
	mu     sync.Mutex
}

// boot is PID 1: it puts the host together, and then is its init.
func boot(args []string) int {
	if os.Getpid() != 1 {
		return telinit(args)
	}
	var h machine.Spec
	if len(args) != 2 {
		return say(args, "wants what the machine is made of")
	}
	if err := json.Unmarshal([]byte(args[1]), &h); err != nil {
		return say(args, err.Error())
	}
	if err := assemble(h); err != nil {
		return say(args, err.Error())
	}
	if h.Real {
		err := syscall.Exec("/sbin/upstart", []string{"/sbin/init", "--verbose"}, os.Environ())
		return say(args, err.Error())
	}
	log, err := os.OpenFile(filepath.Join(machine.Folder, "upstart.log"), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o644)
	if err != nil {
		return say(args, err.Error())
	}
	p := &pid1{log: log, born: time.Now()}
	p.Log("power on, boot " + h.BootID)
	return p.run()
}

func (p *pid1) run() int {
	// Jobs get the mask of their file; PID 1 has none.
	syscall.Umask(0)
	e := upstarttest.New(p)
	if err := p.read(e, true); err != nil {
		p.Log(err.Error())
	}
	children := make(chan os.Signal, 64)
	signal.Notify(children, syscall.SIGCHLD)
	asked := make(chan os.Signal, 8)
	signal.Notify(asked, syscall.SIGINT, syscall.SIGHUP, syscall.SIGTERM, syscall.SIGPWR)
	end := make(chan int, 1)
	if err := p.listen(e, end); err != nil {
		p.Log(err.Error())
		return machine.Crashed
	}
	if err := p.watch(e); err != nil {
		p.Log(err.Error())
	}
	e.Emit("startup", nil, false, func(error) {})
	for {
		select {
		case <-children:
			reap(e)
		case sig := <-asked:
			p.signalled(e, sig)
		case code := <-end:
			return code
		}
	}
}

// signalled: what PID 1 makes of signals, by init(8).
func (p *pid1) signalled(e *upstarttest.Engine, sig os.Signal) {
	switch sig {
	case syscall.SIGINT:
		e.Emit("control-alt-delete", nil, false, func(error) {})
	case syscall.SIGPWR:
		e.Emit("power-status-changed", nil, false, func(error) {})
	case syscall.SIGHUP:
		if err := p.read(e, true); err != nil {
			p.Log(err.Error())
		}
	default:
		p.Log("this stand-in does not re-execute itself")
	}
}

// reap collects every child that has ended, of whatever parents.
func reap(e *upstarttest.Engine) {
	for {
		var status syscall.WaitStatus
		pid, err := syscall.Wait4(-1, &status, syscall.WNOHANG, nil)
		if err == syscall.EINTR {
			continue
		}
		if pid <= 0 || err != nil {
			return
		}
		e.Exited(pid, status)
	}
}

// read takes /etc/init over, all of it or what has changed.
func (p *pid1) read(e *upstarttest.Engine, all bool) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.folder.Read(e, os.DirFS("/etc/init"), all)
}

// watch reads what changes in /etc/init, as Upstart does by inotify.
func (p *pid1) watch(e *upstarttest.Engine) error {
	fd, err := syscall.InotifyInit1(syscall.IN_CLOEXEC)
	if err != nil {
		return err
	}
	const changes = syscall.IN_CLOSE_WRITE | syscall.IN_MOVED_TO | syscall.IN_MOVED_FROM | syscall.IN_DELETE | syscall.IN_CREATE
	if _, err := syscall.InotifyAddWatch(fd, "/etc/init", changes); err != nil {
		return err
	}
	go func() {
		buf := make([]byte, 8192)
		for {
			if _, err := syscall.Read(fd, buf); err != nil && err != syscall.EINTR {
				return
			}
			if err := p.read(e, false); err != nil {
				p.Log(err.Error())
			}
		}
	}()
	return nil
}

// Log implements upstarttest.System.
func (p *pid1) Log(line string) {
	fmt.Fprintf(p.log, "%9.3f init: %s\n", p.Now().Seconds(), strings.ReplaceAll(line, "\n", "\\n"))
}

// Now implements upstarttest.System.
func (p *pid1) Now() time.Duration { return time.Since(p.born) }

// After implements upstarttest.System.
func (p *pid1) After(d time.Duration, fn func()) (stop func()) {
	t := time.AfterFunc(d, fn)
	return func() { t.Stop() }
}

// Kill implements upstarttest.System. A group that is gone already is no error.
func (p *pid1) Kill(pid int, sig syscall.Signal) {
	if err := syscall.Kill(-pid, sig); err != nil {
		p.Log(fmt.Sprintf("cannot signal %d: %v", pid, err))
	}
}
