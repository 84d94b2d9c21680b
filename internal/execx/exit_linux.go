package execx

import (
	"os/exec"
	"syscall"
)

// exitCode maps an ended program to the status a shell would show.
func exitCode(e *exec.ExitError) int {
	if ws, ok := e.Sys().(syscall.WaitStatus); ok && ws.Signaled() {
		return 128 + int(ws.Signal())
	}
	return e.ExitCode()
}
