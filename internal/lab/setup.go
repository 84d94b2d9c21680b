package lab

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"time"

	"umm/internal/execx"
)

// need is one thing that a lab stands on, and the Debian package that brings it.
type need struct{ program, pkg string }

var needs = []need{
	{"systemd-nspawn", "systemd-container"},
	{"journalctl", "systemd"},
	{"mmdebstrap", "mmdebstrap"},
	{"ip", "iproute2"},
	{"nsenter", "util-linux"},
	{"setsid", "util-linux"},
	{"flock", "util-linux"},
	{"mount", "mount"},
	{"ssh", "openssh-client"},
	{"ssh-keygen", "openssh-client"},
	{"mkfs.ext4", "e2fsprogs"},
	{"/usr/share/keyrings/debian-archive-keyring.gpg", "debian-archive-keyring"},
}

const aptLimit = 10 * time.Minute

// missing lists what is needed and is not there.
func missing(needs []need) []need {
	return slices.DeleteFunc(slices.Clone(needs), func(n need) bool {
		if strings.HasPrefix(n.program, "/") {
			_, err := os.Stat(n.program)
			return err == nil
		}
		_, err := exec.LookPath(n.program)
		return err == nil
	})
}

func describe(list []need) string {
	names := make([]string, len(list))
	for i, n := range list {
		names[i] = n.program
	}
	return strings.Join(names, ", ")
}

// needPrograms says what is missing and how to get it.
func needPrograms(needs []need) error {
	if list := missing(needs); len(list) > 0 {
		return fmt.Errorf("cannot make practice hosts without %s: run umm-lab setup, with --machines for machines", describe(list))
	}
	return nil
}

// needRoot: namespaces, mounts and control groups are root's.
func needRoot() error {
	if os.Geteuid() != 0 {
		return errors.New("cannot handle practice hosts as an ordinary user: run this as root")
	}
	return nil
}

// Setup installs what a lab needs by apt-get, for machines too where they are wanted,
// and sees that there are inotify instances for a few dozen hosts. Nothing happens, and
// quickly, when all is there.
func Setup(ctx context.Context, machines bool, log io.Writer) error {
	needs := needs
	if machines {
		needs = machineNeeds
	}
	if err := raise(inotifyPath, inotifyWant, log); err != nil {
		return err
	}
	list := missing(needs)
	if len(list) == 0 {
		return nil
	}
	if err := needRoot(); err != nil {
		return err
	}
	var pkgs []string
	for _, n := range list {
		if !slices.Contains(pkgs, n.pkg) {
			pkgs = append(pkgs, n.pkg)
		}
	}
	fmt.Fprintf(log, "installing %s\n", strings.Join(pkgs, " "))
	install := append([]string{"install", "-y", "--no-install-recommends"}, pkgs...)
	if err := apt(ctx, install...); err != nil {
		// Its lists may be old or not there at all.
		if err := apt(ctx, "update"); err != nil {
			return err
		}
		if err := apt(ctx, install...); err != nil {
			return err
		}
	}
	if list := missing(needs); len(list) > 0 {
		return fmt.Errorf("cannot find %s in PATH=%s, though its package is installed", describe(list), os.Getenv("PATH"))
	}
	return nil
}

// A booted host holds about ten inotify instances, all of them root's. The kernel's
// usual 128 are used up by a dozen hosts: systemd then waits for ever, without a word.
const (
	inotifyPath = "/proc/sys/fs/inotify/max_user_instances"
	inotifyWant = 1024
)

// raise sets a limit of the kernel that is lower than want, until the machine's next
// boot.
func raise(path string, want int, log io.Writer) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("cannot read a limit of the kernel: %w", err)
	}
	have, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		return fmt.Errorf("cannot read %s: %w", path, err)
	}
	if have >= want {
		return nil
	}
	if err := needRoot(); err != nil {
		return err
	}
	fmt.Fprintf(log, "raising %s from %d to %d, until this machine boots again\n", path, have, want)
	if err := os.WriteFile(path, []byte(strconv.Itoa(want)), 0o644); err != nil {
		return fmt.Errorf("cannot raise a limit of the kernel: %w", err)
	}
	return nil
}

func apt(ctx context.Context, args ...string) error {
	argv := append([]string{"apt-get", "-q"}, args...)
	res, err := execx.Local{Env: execx.Inherited()}.Run(ctx, execx.Cmd{Argv: argv, Env: []string{"DEBIAN_FRONTEND=noninteractive"}, Limit: aptLimit})
	if err == nil && res.Code != 0 {
		err = complaint(res.Stderr)
	}
	if err != nil {
		return fmt.Errorf("cannot finish apt-get %s: %w", args[0], err)
	}
	return nil
}
