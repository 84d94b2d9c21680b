// Package terminal plays who sits at a terminal, for tests: it sees what a program prints, and
// runs a program that it can take the terminal from.
package terminal

import (
	"bufio"
	"bytes"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"
)

// Screen has what was printed to it, also by several goroutines.
type Screen struct {
	mutex sync.Mutex
	text  bytes.Buffer
}

// Write implements io.Writer.
func (s *Screen) Write(p []byte) (int, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.text.Write(p)
}

func (s *Screen) String() string {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.text.String()
}

// Shows waits until these words are there, in this order.
func (s *Screen) Shows(t *testing.T, words ...string) {
	t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(2 * time.Minute); ; <-tick.C {
		rest, all := s.String(), true
		for _, w := range words {
			_, after, found := strings.Cut(rest, w)
			rest, all = after, all && found
		}
		if all {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("it shows\n%s\nwant, in this order, %q", s, words)
		}
	}
}

// Program runs the test of that name, of the very binary that calls, as a process of its own, with
// these variables in its environment and with pipes for its input and output.
func Program(t *testing.T, test string, env ...string) (cmd *exec.Cmd, in, out *os.File) {
	t.Helper()
	inRead, in, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	out, outWrite, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd = exec.Command(os.Args[0], "-test.run=^"+test+"$")
	cmd.Env, cmd.Stdin, cmd.Stdout = append(os.Environ(), env...), inRead, outWrite
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _, _ = in.Close(), out.Close() })
	_, _ = inRead.Close(), outWrite.Close()
	return cmd, in, out
}

// Says reads a line of what a program prints, and wants it to be that one.
func Says(t *testing.T, out *bufio.Reader, want string) {
	t.Helper()
	if line, err := out.ReadString('\n'); err != nil || line != want+"\n" {
		t.Fatalf("it says %q (%v), want %q", line, err, want)
	}
}
