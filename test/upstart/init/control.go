package main

import (
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"

	"umm/internal/host/initsys/upstart/upstarttest"
	"umm/test/upstart/machine"
)

// socket is abstract, as Upstart's is: it belongs to the network namespace.
const socket = "@/com/ubuntu/upstart"

// control is what the programs say to PID 1: a request of initctl, or that the
// machine is to end.
type control struct {
	upstarttest.Request
	Power string
}

// listen answers the programs.
func (p *pid1) listen(e *upstarttest.Engine, end chan<- int) error {
	l, err := net.Listen("unix", socket)
	if err != nil {
		return err
	}
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go p.answer(e, conn, end)
		}
	}()
	return nil
}

func (p *pid1) answer(e *upstarttest.Engine, conn net.Conn, end chan<- int) {
	var c control
	if err := json.NewDecoder(conn).Decode(&c); err != nil {
		_ = conn.Close()
		return
	}
	if uid, err := peer(conn); err != nil || uid != 0 && (c.Power != "" || !slices.Contains(harmless, c.Command)) {
		reply(conn, upstarttest.Answer{Err: "Rejected send message", Code: 1})
		return
	}
	switch c.Power {
	case "reboot":
		p.Log("the machine restarts")
		end <- machine.Restart
		return
	case "poweroff":
		p.Log("the machine is switched off")
		end <- machine.Off
		return
	}
	reload := func() {
		if err := p.read(e, true); err != nil {
			p.Log(err.Error())
		}
	}
	var once sync.Once
	e.Ask(c.Request, reload, func(a upstarttest.Answer) {
		// The engine waits while this runs.
		once.Do(func() { go reply(conn, a) })
	})
}

// harmless are the commands that people other than root may use.
var harmless = []string{"status", "list", "version", "show-config"}

func reply(conn net.Conn, a upstarttest.Answer) {
	defer conn.Close()
	json.NewEncoder(conn).Encode(a) //nolint:errcheck // whoever asked may be gone
}

func peer(conn net.Conn) (uid uint32, err error) {
	raw, err := conn.(*net.UnixConn).SyscallConn()
	if err != nil {
		return 0, err
	}
	var failed error
	err = raw.Control(func(fd uintptr) {
		cred, err := syscall.GetsockoptUcred(int(fd), syscall.SOL_SOCKET, syscall.SO_PEERCRED)
		if failed = err; err == nil {
			uid = cred.Uid
		}
	})
	if err == nil {
		err = failed
	}
	return uid, err
}

// ask says something to PID 1 and waits for what comes of it.
func ask(c control) (upstarttest.Answer, error) {
	var a upstarttest.Answer
	if os.Geteuid() != 0 {
		// Only root has the private socket; the others go by way of D-Bus.
		const bus = "/var/run/dbus/system_bus_socket"
		if _, err := os.Stat(bus); err != nil {
			return a, fmt.Errorf("Unable to connect to system bus: Failed to connect to socket %s: No such file or directory", bus) //nolint:revive,staticcheck // initctl's words
		}
	}
	conn, err := net.Dial("unix", socket)
	if err != nil {
		return a, fmt.Errorf("Unable to connect to Upstart: Failed to connect to socket %s: Connection refused", socket[1:]) //nolint:revive,staticcheck // initctl's words
	}
	defer conn.Close()
	if err := json.NewEncoder(conn).Encode(c); err != nil {
		return a, err
	}
	if err := json.NewDecoder(conn).Decode(&a); err != nil {
		return a, fmt.Errorf("Message recipient disconnected from message bus without replying") //nolint:revive,staticcheck // initctl's words
	}
	return a, nil
}

// initctl is initctl(8), and the commands that it has names of their own for.
func initctl(args []string) int {
	c := control{}
	words := args[1:]
	if name := filepath.Base(args[0]); name != "initctl" {
		words = append([]string{name}, words...)
	}
	quiet, rest := false, []string{}
	for i, w := range words {
		switch {
		case w == "-n" || w == "--no-wait":
			c.NoWait = true
		case w == "-q" || w == "--quiet":
			quiet = true
		case w == "--system":
		case w == "--":
			rest = append(rest, words[i+1:]...)
		case strings.HasPrefix(w, "-"):
			return say(args, "invalid option: "+w+"\nTry `"+filepath.Base(args[0])+" --help' for more information.")
		default:
			rest = append(rest, w)
			continue
		}
		if w == "--" {
			break
		}
	}
	if len(rest) == 0 {
		return say(args, "missing command\nTry `initctl --help' for more information.")
	}
	c.Command, c.Args = rest[0], rest[1:]
	if c.NoWait && !slices.Contains([]string{"start", "stop", "restart", "emit"}, c.Command) {
		return say(args, "invalid option: --no-wait\nTry `initctl --help' for more information.")
	}
	if os.Getenv("UPSTART_SESSION") != "" {
		return session(args, c)
	}
	var instance bool
	c.Job, c.FromJob = os.LookupEnv("UPSTART_JOB")
	c.Instance, instance = os.LookupEnv("UPSTART_INSTANCE")
	c.FromJob = c.FromJob && instance
	a, err := ask(c)
	if err != nil {
		return say(args, err.Error())
	}
	if a.Out != "" && !quiet {
		fmt.Println(a.Out)
	}
	if a.Err != "" {
		say(args, strings.ReplaceAll(a.Err, "`initctl --help'", "`"+filepath.Base(args[0])+" --help'"))
	}
	return a.Code
}

// session is what initctl says out of a user's session, which has an init of its own, and none
// of the host's jobs.
func session(args []string, c control) int {
	switch c.Command {
	case "version":
		fmt.Println(upstarttest.Version)
	case "list":
		fmt.Println("unity-panel-service stop/waiting\ndbus start/running, process 2301")
	case "start", "stop", "restart", "reload", "status", "show-config":
		if len(c.Args) == 0 {
			return say(args, "missing job name\nTry `"+filepath.Base(args[0])+" --help' for more information.")
		}
		return say(args, "Unknown job: "+c.Args[0])
	}
	return 0
}
