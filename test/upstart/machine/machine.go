// Package machine starts and ends hosts that run Upstart's stand-in: a root folder,
// namespaces of its own, and test/upstart/init as PID 1 in them. Whoever reads a
// host's disk finds it in Root, on or off.
//
// Where UMM_UPSTART names a folder that has the programs of a real Upstart (init,
// initctl, telinit, runlevel, shutdown and reboot), that is PID 1 instead: it says
// whether the stand-in is like it.
package machine

// Spec is what PID 1 of a host is told of its machine.
type Spec struct {
	// Root is the host's disk; Lab the folder beside it with what only a machine
	// has: kernel arguments, boot ID, console, kernel log, and the cable of the
	// network.
	Root, Lab string
	BootID    string
	// Writable: the kernel mounts / for writing already.
	Writable bool
	// Real: /sbin/upstart is Upstart itself, and is to be PID 1.
	Real bool
}

// Folder is where the host finds Lab.
const Folder = "/lab"

// How PID 1 ends.
const (
	Crashed = 1
	Restart = 100
	Off     = 101
)

// Login is what the host's sshd is asked, and Outcome what it answers. There is no
// answer where the host went down before the command ended.
type Login struct {
	Argv  []string
	Env   []string
	Stdin string
}

// Outcome is how a command ended.
type Outcome struct {
	Out, Err string
	Code     int
}
