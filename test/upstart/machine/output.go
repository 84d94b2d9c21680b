package machine

import (
	"errors"
	"io"
	"os"
	"os/exec"
)

// Output runs a program and returns what it has printed when it has ended. What it leaves
// running may hold on to its output: that is a file, so nothing has to be waited for, however
// busy the machine is.
func Output(cmd *exec.Cmd) (out, bad string, err error) {
	var files [2]*os.File
	for i := range files {
		if files[i], err = os.CreateTemp("", "output"); err != nil {
			return "", "", err
		}
		defer files[i].Close()
		if err = os.Remove(files[i].Name()); err != nil {
			return "", "", err
		}
	}
	cmd.Stdout, cmd.Stderr = files[0], files[1]
	err = cmd.Run()
	var texts [2]string
	for i, f := range files {
		// By the offset of its own, since the program's is shared.
		data, unread := io.ReadAll(io.NewSectionReader(f, 0, 1<<40))
		texts[i], err = string(data), errors.Join(err, unread)
	}
	return texts[0], texts[1], err
}
