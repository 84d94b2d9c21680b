package execx

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// checkLimit bounds the question to a shell.
const checkLimit = 10 * time.Second

// Env leads a job's words where some of them are for its environment.
const Env = "/usr/bin/env"

// Check says why a job could not be run here, before it is: its program is not there, or
// may not be run. Behind Env and what it sets it is the next word that counts, and of a line
// for the shell the first one, where that is a plain one.
func (l Local) Check(ctx context.Context, argv, env []string) error {
	if len(argv) != 3 || argv[0] != "/bin/sh" || argv[1] != "-c" {
		_, err := findJob(argv, env)
		if argv, env = behindEnv(argv, env); err == nil && len(argv) > 0 {
			_, err = findJob(argv, env)
		}
		return err
	}
	word := firstWord(argv[2])
	if word == "" {
		return nil
	}
	res, err := l.Run(ctx, Cmd{Argv: []string{"/bin/sh", "-c", `cd / && command -v "$1"`, "sh", word}, Env: env, Limit: checkLimit})
	if err == nil && res.Code != 0 {
		err = fmt.Errorf("cannot run %s: %w", word, notFound{lookup(env, "PATH")})
	}
	return err
}

// behindEnv is what Env runs with which environment; nil where it is not Env, or is told more
// than variables.
func behindEnv(argv, env []string) (program, with []string) {
	if len(argv) < 2 || argv[0] != Env || strings.HasPrefix(argv[1], "-") {
		return nil, env
	}
	program, with = argv[1:], slices.Clone(env)
	for len(program) > 0 && strings.Contains(program[0], "=") {
		with, program = append(with, program[0]), program[1:]
	}
	return program, with
}

// firstWord is the word that a line for the shell runs, as far as that can be told from
// its letters alone; "" where it cannot.
func firstWord(line string) string {
	line = strings.TrimLeft(line, " \t\n")
	word := line
	if end := strings.IndexAny(line, " \t\n;&|"); end >= 0 {
		word = line[:end]
	}
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("_./+-", r)
	}
	if strings.TrimFunc(word, plain) != "" || strings.HasPrefix(strings.TrimLeft(line[len(word):], " \t"), "(") {
		return ""
	}
	return word
}

// notFound says where a program was looked for.
type notFound struct{ path string }

func (n notFound) Error() string { return "no such program in " + n.path }

// Is makes it exec.ErrNotFound to who asks.
func (n notFound) Is(target error) bool { return target == exec.ErrNotFound }

// findJob is the file of a job's program, from / where it is a relative path.
func findJob(argv, env []string) (string, error) {
	if len(argv) == 0 {
		return "", errors.New("cannot run an empty command")
	}
	file, err := filepath.Join("/", argv[0]), error(nil)
	if strings.Contains(argv[0], "/") {
		err = runnable(file)
	} else {
		file, err = find(argv[0], append(handedOn(os.Environ()), env...))
	}
	if err != nil {
		return "", fmt.Errorf("cannot run %s: %w", argv[0], err)
	}
	return file, nil
}

// find looks for a program in the PATH of the environment that it gets. As a shell does it,
// but for the current folder, which is never looked in.
func find(name string, env []string) (string, error) {
	if strings.Contains(name, "/") {
		return name, nil
	}
	var denied error
	for _, folder := range filepath.SplitList(lookup(env, "PATH")) {
		file := filepath.Join(folder, name)
		if !filepath.IsAbs(file) {
			continue
		}
		err := runnable(file)
		if err == nil {
			return file, nil
		}
		if denied == nil && !errors.Is(err, fs.ErrNotExist) {
			denied = err
		}
	}
	if denied != nil {
		return "", denied
	}
	return "", notFound{lookup(env, "PATH")}
}

func runnable(file string) error {
	info, err := os.Stat(file)
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() || info.Mode()&0o111 == 0 {
		return &fs.PathError{Op: "exec", Path: file, Err: fs.ErrPermission}
	}
	return nil
}

// parseStat takes the state and the start time out of /proc/PID/stat. The name, in
// parentheses, may hold anything.
func parseStat(data []byte) (state string, start uint64, err error) {
	end := bytes.LastIndexByte(data, ')')
	fields := strings.Fields(string(data[end+1:]))
	const startField = 22 - 3 // counted from the third, the state
	if end < 0 || len(fields) <= startField {
		return "", 0, errors.New("is not a line of /proc/PID/stat")
	}
	start, err = strconv.ParseUint(fields[startField], 10, 64)
	return fields[0], start, err
}
