package labcli

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"

	"golang.org/x/sys/unix"
)

// leave ends a conversation with a serial console: Ctrl-].
const leave = 0x1d

// converse puts a terminal and a serial console together, until the one says leave or the
// other ends.
func converse(in, out *os.File, console net.Conn) error {
	restore, err := raw(int(in.Fd()))
	if err != nil {
		return errors.New("cannot type on a console without a terminal")
	}
	defer restore()
	done := make(chan error, 2)
	go func() {
		_, err := io.Copy(out, console)
		done <- err
	}()
	go func() { done <- untilLeave(console, in) }()
	return <-done
}

// untilLeave copies what is typed.
func untilLeave(out io.Writer, in io.Reader) error {
	buffer := make([]byte, 256)
	for {
		n, err := in.Read(buffer)
		typed, _, left := bytes.Cut(buffer[:n], []byte{leave})
		if _, err := out.Write(typed); err != nil {
			return err
		}
		if left || errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// raw lets every key of a terminal through as it is.
func raw(fd int) (restore func(), err error) {
	was, err := unix.IoctlGetTermios(fd, unix.TCGETS)
	if err != nil {
		return nil, err
	}
	now := *was
	now.Iflag &^= unix.BRKINT | unix.ICRNL | unix.INPCK | unix.ISTRIP | unix.IXON
	now.Oflag &^= unix.OPOST
	now.Lflag &^= unix.ECHO | unix.ICANON | unix.IEXTEN | unix.ISIG
	if err := unix.IoctlSetTermios(fd, unix.TCSETS, &now); err != nil {
		return nil, err
	}
	return func() { _ = unix.IoctlSetTermios(fd, unix.TCSETS, was) }, nil
}
