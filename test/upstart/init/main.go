// Command init is the inside of a host that runs Upstart, as far as the tests of
// test/e2e need one: by its name it is PID 1, which keeps jobs by the rules of
// internal/host/initsys/upstart/upstarttest, or one of the programs that Ubuntu 14.04
// has beside it. It is no part of what is shipped, and nothing of it works outside
// of such a host: there is no call to reboot(2) in it, a host that is to reboot
// ends its PID 1 and whoever started that starts it again.
package main

import (
	"fmt"
	"os"
	"path/filepath"
)

// programs are those that the host finds under these names in /sbin.
var programs = map[string]func(args []string) int{
	"init":     boot,
	"initctl":  initctl,
	"start":    initctl,
	"stop":     initctl,
	"restart":  initctl,
	"reload":   initctl,
	"status":   initctl,
	"telinit":  telinit,
	"runlevel": runlevel,
	"shutdown": shutdown,
	"reboot":   reboot,
	"halt":     reboot,
	"poweroff": reboot,
	"killall5": killall,
	"mountall": mountall,
	"sshd":     sshd,
	"ifup":     ifup,
}

func main() {
	program, known := programs[filepath.Base(os.Args[0])]
	if !known {
		fmt.Fprintf(os.Stderr, "%s: there is no such program on this host\n", os.Args[0])
		os.Exit(127)
	}
	os.Exit(program(os.Args))
}

// say prints an error as the programs do, with their own name before it.
func say(args []string, text string) int {
	fmt.Fprintf(os.Stderr, "%s: %s\n", filepath.Base(args[0]), text)
	return 1
}
