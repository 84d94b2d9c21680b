package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"unsafe"

	"umm/internal/host/initsys/upstart/upstarttest"
)

// scriptFD is where a shell finds a script of more than one line.
const scriptFD = 9

// Spawn implements upstarttest.System. Limits of resources are not set.
func (p *pid1) Spawn(s upstarttest.Spawn) (int, error) {
	path, err := lookPath(s.Argv[0], s.Env)
	if err != nil {
		return 0, err
	}
	null, err := os.OpenFile("/dev/null", os.O_RDWR, 0)
	if err != nil {
		return 0, err
	}
	defer null.Close()
	in, out, after, err := p.console(s, null)
	if err != nil {
		return 0, err
	}
	defer after()
	const none = ^uintptr(0)
	files := []uintptr{in.Fd(), out.Fd(), out.Fd()}
	if s.Script != "" {
		r, w, err := os.Pipe()
		if err != nil {
			return 0, err
		}
		defer r.Close()
		for len(files) < scriptFD {
			files = append(files, none)
		}
		files = append(files, r.Fd())
		go func() {
			io.WriteString(w, s.Script) //nolint:errcheck // a shell that ends early has its reasons
			_ = w.Close()
		}()
	}
	dir := s.Class.Chdir
	if dir == "" {
		dir = "/"
	}
	defer syscall.Umask(syscall.Umask(s.Class.Umask))
	pid, err := syscall.ForkExec(path, s.Argv, &syscall.ProcAttr{Dir: dir, Env: s.Env, Files: files, Sys: &syscall.SysProcAttr{Setsid: true}})
	if err != nil {
		return 0, fmt.Errorf("unable to execute: %w", err)
	}
	if s.Class.Nice != 0 {
		err = syscall.Setpriority(syscall.PRIO_PROCESS, pid, s.Class.Nice)
	}
	return pid, err
}

// lookPath finds a program in the PATH that the job gets.
func lookPath(name string, env []string) (string, error) {
	if strings.Contains(name, "/") {
		return name, nil
	}
	path, _ := upstarttest.Env(env).Get("PATH")
	for _, dir := range filepath.SplitList(path) {
		file := filepath.Join(dir, name)
		if info, err := os.Stat(file); err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0 {
			return file, nil
		}
	}
	return "", errors.New("unable to execute: No such file or directory")
}

// console is what a job reads from and writes to, by its `console` stanza.
func (p *pid1) console(s upstarttest.Spawn, null *os.File) (in, out *os.File, after func(), err error) {
	switch s.Class.Console {
	case "none":
		return null, null, func() {}, nil
	case "log":
		slave, err := p.logged(s)
		if err != nil {
			return null, null, func() {}, nil
		}
		return null, slave, func() { _ = slave.Close() }, nil
	default:
		tty, err := os.OpenFile("/dev/console", os.O_WRONLY|os.O_APPEND, 0)
		if err != nil {
			return nil, nil, nil, err
		}
		return null, tty, func() { _ = tty.Close() }, nil
	}
}

// logged is a terminal whose output goes to /var/log/upstart/JOB.log, as Upstart
// does it. What is written before the disk can be is lost here, not kept.
func (p *pid1) logged(s upstarttest.Spawn) (*os.File, error) {
	master, slave, err := openPTY()
	if err != nil {
		return nil, err
	}
	name := s.Class.Name
	if s.Instance != "" {
		name += "-" + s.Instance
	}
	go func() {
		defer master.Close()
		buf := make([]byte, 4096)
		for {
			n, err := master.Read(buf)
			if n > 0 {
				keep(name, buf[:n])
			}
			if err != nil {
				return
			}
		}
	}()
	return slave, nil
}

func keep(name string, text []byte) {
	f, err := os.OpenFile("/var/log/upstart/"+strings.ReplaceAll(name, "/", "_")+".log", os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o640)
	if err != nil {
		return
	}
	defer f.Close()
	f.Write(text) //nolint:errcheck // a full disk is no reason to stop a job
}

func openPTY() (master, slave *os.File, err error) {
	master, err = os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY|syscall.O_CLOEXEC, 0)
	if err != nil {
		return nil, nil, err
	}
	var unlock, number int32
	err = ioctl(master, syscall.TIOCSPTLCK, &unlock)
	if err == nil {
		err = ioctl(master, syscall.TIOCGPTN, &number)
	}
	if err == nil {
		slave, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|syscall.O_NOCTTY|syscall.O_CLOEXEC, 0)
	}
	if err != nil {
		_ = master.Close()
		return nil, nil, err
	}
	return master, slave, nil
}

func ioctl(f *os.File, request uintptr, value *int32) error {
	_, _, errno := syscall.Syscall(syscall.SYS_IOCTL, f.Fd(), request, uintptr(unsafe.Pointer(value)))
	if errno != 0 {
		return errno
	}
	return nil
}
