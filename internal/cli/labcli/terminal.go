package labcli

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"

	"golang.org/x/term"
)

// leave ends a conversation with a serial console: Ctrl-].
const leave = 0x1d

// converse puts a terminal and a serial console together, until the one says leave or the
// other ends.
func converse(in, out *os.File, console net.Conn) error {
	was, err := term.MakeRaw(int(in.Fd()))
	if err != nil {
		return errors.New("cannot type on a console without a terminal")
	}
	defer func() { _ = term.Restore(int(in.Fd()), was) }()
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
