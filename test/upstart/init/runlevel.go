package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"umm/internal/host/initsys/upstart/upstarttest"
)

const utmp = "/var/run/utmp"

// utmpSize is the size of a record of utmp(5).
func utmpSize() int {
	if runtime.GOARCH == "amd64" {
		return 384
	}
	return 400
}

// The record of the run level: its type, and where its fields are.
const (
	runLevelType            = 1
	utmpPID, utmpLine       = 4, 8
	utmpID, utmpUser, after = 40, 44, 76
)

// levels are the run level before this one and this one, 'N' for none: from the
// environment of the jobs of rc, else from utmp.
func levels() (before, now byte) {
	level, has := os.LookupEnv("RUNLEVEL")
	previous, hasToo := os.LookupEnv("PREVLEVEL")
	if has && hasToo {
		return (previous + "N")[0], (level + "N")[0]
	}
	data, err := os.ReadFile(utmp)
	if err != nil {
		return 'N', 0
	}
	for ; len(data) >= utmpSize(); data = data[utmpSize():] {
		if binary.LittleEndian.Uint16(data) != runLevelType {
			continue
		}
		value := binary.LittleEndian.Uint32(data[utmpPID:])
		before, now = byte(value>>8), byte(value)
		if before == 0 {
			before = 'N'
		}
		return before, now
	}
	return 'N', 0
}

// note writes the run level to utmp, where there is one.
func note(before, now byte) error {
	data, err := os.ReadFile(utmp)
	if err != nil {
		return err
	}
	record := make([]byte, utmpSize())
	binary.LittleEndian.PutUint16(record, runLevelType)
	binary.LittleEndian.PutUint32(record[utmpPID:], uint32(before)<<8|uint32(now))
	copy(record[utmpLine:], "~")
	copy(record[utmpID:], "~~")
	copy(record[utmpUser:], "runlevel")
	for at := 0; at+len(record) <= len(data); at += len(record) {
		if binary.LittleEndian.Uint16(data[at:]) == runLevelType {
			copy(data[at:], record)
			return os.WriteFile(utmp, data, 0o664)
		}
	}
	return os.WriteFile(utmp, append(data, record...), 0o664)
}

// changeLevel is what telinit and shutdown do: utmp first, then the event, which
// nobody waits for.
func changeLevel(level byte, extra ...string) error {
	_, before := levels()
	if before == 0 {
		before = 'N'
	}
	if err := note(before, level); err != nil && !errors.Is(err, fs.ErrNotExist) {
		fmt.Fprintln(os.Stderr, err)
	}
	env := append([]string{"runlevel", "RUNLEVEL=" + string(level), "PREVLEVEL=" + string(before)}, extra...)
	a, err := ask(control{Request: upstarttest.Request{Command: "emit", Args: env, NoWait: true}})
	if err == nil && a.Err != "" {
		err = errors.New(a.Err)
	}
	return err
}

// telinit is telinit(8).
func telinit(args []string) int {
	level, extra := "", []string{}
	for i := 1; i < len(args); i++ {
		if args[i] == "-e" && i+1 < len(args) {
			i++
			extra = append(extra, args[i])
			continue
		}
		level = args[i]
	}
	switch {
	case level == "":
		return say(args, "missing runlevel\nTry `telinit --help' for more information.")
	case len(level) != 1 || !strings.Contains("0123456SsQqUu", level):
		return say(args, "illegal runlevel: "+level+"\nTry `telinit --help' for more information.")
	case os.Getuid() != 0:
		return say(args, "Need to be root")
	case level == "q" || level == "Q":
		if err := syscall.Kill(1, syscall.SIGHUP); err != nil {
			return say(args, err.Error())
		}
		return 0
	case level == "u" || level == "U":
		return say(args, "this stand-in does not re-execute itself")
	}
	if err := changeLevel(strings.ToUpper(level)[0], extra...); err != nil {
		return say(args, err.Error())
	}
	return 0
}

// runlevel is runlevel(8).
func runlevel(_ []string) int {
	before, now := levels()
	if now == 0 || now == 'N' {
		fmt.Println("unknown")
		return 1
	}
	fmt.Printf("%c %c\n", before, now)
	return 0
}

const shutdownPID = "/var/run/shutdown.pid"

// shutdown is shutdown(8); with a time it stays until then, and -c ends it.
func shutdown(args []string) int {
	level, extra, cancel, when := byte('1'), []string{}, false, ""
	for _, a := range args[1:] {
		switch {
		case a == "-r":
			level, extra = '6', nil
		case a == "-h":
			level = '0'
		case a == "-P":
			level, extra = '0', []string{"INIT_HALT=POWEROFF"}
		case a == "-H":
			level, extra = '0', []string{"INIT_HALT=HALT"}
		case a == "-c":
			cancel = true
		case strings.HasPrefix(a, "-"):
			return say(args, "invalid option: "+a)
		case when == "":
			when = a
		}
	}
	if os.Getuid() != 0 {
		return say(args, "Need to be root")
	}
	if cancel {
		return cancelShutdown(args)
	}
	if data, err := os.ReadFile(shutdownPID); err == nil {
		if pid, bad := strconv.Atoi(string(data)); bad == nil && syscall.Kill(pid, 0) == nil {
			return say(args, "Another shutdown is already running")
		}
	}
	minutes, err := strconv.Atoi(strings.TrimPrefix(when, "+"))
	switch {
	case when == "":
		return say(args, "time expected\nTry `shutdown --help' for more information.")
	case when == "now":
		minutes = 0
	case err != nil || minutes < 0:
		return say(args, "illegal time value\nTry `shutdown --help' for more information.")
	}
	if minutes > 0 && !untilThen(minutes) {
		return 0
	}
	if err := changeLevel(level, extra...); err != nil {
		return say(args, err.Error())
	}
	return 0
}

func untilThen(minutes int) bool {
	if err := os.WriteFile(shutdownPID, []byte(strconv.Itoa(os.Getpid())), 0o644); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	defer func() { _ = os.Remove(shutdownPID) }()
	called := make(chan os.Signal, 1)
	signal.Notify(called, syscall.SIGINT, syscall.SIGTERM, syscall.SIGQUIT)
	signal.Ignore(syscall.SIGHUP)
	select {
	case <-called:
		fmt.Fprintln(os.Stderr, "shutdown: Shutdown cancelled")
		return false
	case <-time.After(time.Duration(minutes) * time.Minute):
		return true
	}
}

func cancelShutdown(args []string) int {
	data, err := os.ReadFile(shutdownPID)
	pid, bad := strconv.Atoi(string(data))
	if err != nil || bad != nil {
		return say(args, "Cannot find pid of running shutdown")
	}
	if err := syscall.Kill(pid, syscall.SIGINT); err != nil {
		return say(args, "Shutdown is not running")
	}
	return 0
}

// reboot is reboot(8), halt(8) and poweroff(8): without -f, and outside of the run
// levels 0 and 6, it is shutdown(8).
func reboot(args []string) int {
	name := filepath.Base(args[0])
	_, level := levels()
	if os.Getuid() != 0 {
		return say(args, "Need to be root")
	}
	if !slices.ContainsFunc(args[1:], isForce) && level != '0' && level != '6' {
		how := map[string][]string{"reboot": {"-r"}, "halt": {"-h", "-H"}, "poweroff": {"-h", "-P"}}[name]
		return shutdown(append(append([]string{"shutdown"}, how...), "now"))
	}
	power := "poweroff"
	if name == "reboot" {
		power = "reboot"
	}
	syscall.Sync()
	if _, err := ask(control{Power: power}); err != nil && strings.HasPrefix(err.Error(), "Unable") {
		return say(args, err.Error())
	}
	// With PID 1 this ends.
	if err := syscall.Pause(); err != nil {
		return 1
	}
	return 0
}

func isForce(arg string) bool {
	return arg == "--force" || strings.HasPrefix(arg, "-") && !strings.HasPrefix(arg, "--") && strings.Contains(arg, "f")
}

// killall is what sendsigs does at the end of a shutdown: everything but PID 1 and
// the session of whoever asks is told to end, and then made to.
func killall(_ []string) int {
	own, _, _ := syscall.Syscall(syscall.SYS_GETSID, 0, 0, 0)
	others := func() (pids []int) {
		entries, err := os.ReadDir("/proc")
		if err != nil {
			return nil
		}
		for _, entry := range entries {
			pid, err := strconv.Atoi(entry.Name())
			if err != nil || pid == 1 {
				continue
			}
			if sid, _, errno := syscall.Syscall(syscall.SYS_GETSID, uintptr(pid), 0, 0); errno == 0 && sid != own {
				pids = append(pids, pid)
			}
		}
		return pids
	}
	for _, sig := range []syscall.Signal{syscall.SIGTERM, syscall.SIGKILL} {
		for _, pid := range others() {
			syscall.Kill(pid, sig) //nolint:errcheck // it may be gone
		}
		end := time.After(time.Second)
		for tick := time.NewTicker(10 * time.Millisecond); len(others()) > 0; {
			select {
			case <-tick.C:
				continue
			case <-end:
			}
			tick.Stop()
			break
		}
	}
	return 0
}
