package sshcheck_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"umm/internal/execx"
	"umm/internal/host/hostfs/hosttree"
)

// read returns an output captured from a real program.
func read(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// captured puts such an output into a tree.
func captured(t *testing.T, path, name string) hosttree.Tree {
	t.Helper()
	return hosttree.Tree{path: read(t, name)}
}

// answer is what one command prints, on both outputs, and its exit status.
type answer struct {
	command string
	output  string
	code    int
}

type answers []answer

func (a answers) new() *script { return &script{left: a} }

// script is a runner that expects just these commands, each once. Their order is
// not looked at: some run at the same time.
type script struct {
	t    *testing.T
	lock sync.Mutex
	left answers
}

func (s *script) Run(_ context.Context, c execx.Cmd) (execx.Result, error) {
	s.lock.Lock()
	defer s.lock.Unlock()
	command := strings.Join(s.scratchOf(c.Argv), " ")
	i := slices.IndexFunc(s.left, func(a answer) bool { return a.command == command })
	if i < 0 {
		s.t.Errorf("unexpected command: %s", command)
		return execx.Result{}, errors.New("unexpected")
	}
	if c.Limit == 0 {
		s.t.Errorf("%s has no time limit", command)
	}
	a := s.left[i]
	s.left = slices.Delete(slices.Clone(s.left), i, i+1)
	return execx.Result{Stdout: []byte(a.output), Stderr: []byte(a.output), Code: a.code}, nil
}

func (s *script) done() {
	for _, a := range s.left {
		s.t.Errorf("was not run: %s", a.command)
	}
}
