package execx

import (
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"syscall"
	"time"
)

// collect runs a program and returns what it has printed, to its standard output and its
// standard error, by the time that it ended. No time limit is in that: what the program has
// written is in its pipes when it ends, however busy the machine is. Of each output keep bytes
// are stored, or all where that is 0.
func collect(cmd *exec.Cmd, keep int) (out [2][]byte, err error) {
	var pipes [2]*pipe
	for i := range pipes {
		if pipes[i], err = newPipe(keep); err != nil {
			break
		}
		defer pipes[i].close()
	}
	if err != nil {
		return out, err
	}
	cmd.Stdout, cmd.Stderr = pipes[0].to, pipes[1].to
	if err = cmd.Start(); err != nil {
		return out, err
	}
	for _, p := range pipes {
		p.begin()
	}
	err = cmd.Wait()
	if errors.Is(err, exec.ErrWaitDelay) {
		err = nil // the program has ended well, its input was not read to the end
	}
	for i, p := range pipes {
		out[i] = p.end()
	}
	return out, err
}

// pipe takes what a program prints.
type pipe struct {
	from, to *os.File
	text     head
	done     chan struct{}
}

// head is the beginning of what was written, as much as is stored.
type head struct {
	bytes.Buffer
	limit int
}

// Write implements io.Writer: it takes all that it is given.
func (k *head) Write(p []byte) (int, error) {
	if k.limit > 0 {
		_, _ = k.Buffer.Write(p[:min(len(p), max(0, k.limit-k.Len()))])
		return len(p), nil
	}
	return k.Buffer.Write(p)
}

// ReadFrom keeps the buffer's own from growing beyond the limit.
func (k *head) ReadFrom(r io.Reader) (int64, error) {
	return io.Copy(struct{ io.Writer }{k}, r)
}

func newPipe(keep int) (*pipe, error) {
	from, to, err := os.Pipe()
	return &pipe{from: from, to: to, text: head{limit: keep}, done: make(chan struct{})}, err
}

// begin reads beside the program, which has the other end by now.
func (p *pipe) begin() {
	_ = p.to.Close()
	go func() {
		defer close(p.done)
		_, _ = io.Copy(&p.text, p.from) // it ends by the deadline, or with the last writer
	}()
}

// end is called when the program has ended: others may have the other end still.
func (p *pipe) end() []byte {
	_ = p.from.SetReadDeadline(time.Unix(1, 0))
	<-p.done
	raw, err := p.from.SyscallConn()
	if err != nil {
		return p.text.Bytes()
	}
	buf := make([]byte, 4096)
	// Control, since Read looks at the deadline. The descriptor does not block.
	_ = raw.Control(func(fd uintptr) {
		for left := pipeSize; left > 0; {
			n, err := syscall.Read(int(fd), buf)
			if err == syscall.EINTR {
				continue
			}
			if n <= 0 {
				return
			}
			_, _ = p.text.Write(buf[:n])
			left -= n
		}
	})
	return p.text.Bytes()
}

// pipeSize is more than a pipe holds: what somebody goes on writing is not waited for.
const pipeSize = 1 << 20

func (p *pipe) close() {
	_ = p.from.Close()
	_ = p.to.Close()
}
