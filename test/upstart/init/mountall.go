package main

import (
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"umm/test/upstart/machine"
)

// mountall is mountall(8), by its manual and those of its events: it mounts what
// fstab(5) names, and emits mounting(7) and mounted(7), which it waits for, and
// virtual-filesystems(7), local-filesystems(7), remote-filesystems(7),
// all-swaps(7) and filesystem(7), which it does not wait for.
//
// A local file system that cannot be mounted makes it ask on the console what to
// do, and wait; where nobody can be asked it ends with an error, and mountall-shell
// starts. The file "mountall" of the machine says which: "shell", else it waits. For
// a device it waits for ever, silently, but for 30 s with the option timeout; and for
// ever, until SIGUSR1, for a server of which the file "nfs-down" of the machine says that it
// does not answer, where the file system is below /usr or /var or has the option bootwait.
func mountall(_ []string) int {
	again := make(chan os.Signal, 1)
	signal.Notify(again, syscall.SIGUSR1)
	for _, dir := range []string{"/proc", "/sys", "/dev", "/run"} {
		emit("mounted", "MOUNTPOINT="+dir, "TYPE=virtual")
	}
	emit("--no-wait", "virtual-filesystems")
	code := 0
	all := fstab()
	for _, m := range all {
		if m.remote() {
			continue
		}
		m.untilDevice()
		if err := m.mount(); err != nil && !m.optional() {
			fmt.Printf("mountall: %s: %v\n", m.where, err)
			code = m.failed()
		}
	}
	if code != 0 {
		return code
	}
	emit("--no-wait", "local-filesystems")
	for _, m := range all {
		for m.remote() && !m.fetch() && m.held() {
			<-again
		}
	}
	for _, name := range []string{"remote-filesystems", "all-swaps", "filesystem"} {
		emit("--no-wait", name)
	}
	return 0
}

func (m entry) has(option string) bool {
	return strings.Contains(","+m.options+",", ","+option+",")
}

func (m entry) remote() bool {
	return m.kind == "nfs" || m.kind == "nfs4" || m.kind == "cifs" || m.has("_netdev")
}

// held tells whether the boot waits for a file system of another host.
func (m entry) held() bool {
	return !m.optional() && (strings.HasPrefix(m.where, "/var/") || strings.HasPrefix(m.where, "/usr/") || m.has("bootwait"))
}

// fetch mounts a file system of another host, if that answers.
func (m entry) fetch() bool {
	if _, err := os.Stat(filepath.Join(machine.Folder, "nfs-down")); err == nil {
		fmt.Printf("mountall: mount %s failed: mount.nfs: Connection timed out\n", m.where)
		return false
	}
	m.kind, m.options = "tmpfs", "rw"
	if err := m.mount(); err != nil {
		fmt.Printf("mountall: %s: %v\n", m.where, err)
		return false
	}
	return true
}

// untilDevice waits for the device of a file system.
func (m entry) untilDevice() {
	if !strings.HasPrefix(m.what, "/dev/") || m.where == "/" {
		return
	}
	var late <-chan time.Time
	if m.has("timeout") {
		late = time.After(30 * time.Second)
	}
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		if _, err := os.Stat(m.what); err == nil {
			return
		}
		select {
		case <-tick.C:
		case <-late:
			return
		}
	}
}

// entry is a line of fstab.
type entry struct{ what, where, kind, options string }

// fstab is the root, which is mounted anew in any case, and what the file says.
func fstab() []entry {
	root := entry{"/dev/root", "/", "rootfs", "rw"}
	var rest []entry
	data, err := os.ReadFile("/etc/fstab")
	if err != nil {
		fmt.Println("mountall:", err)
	}
	for _, line := range strings.Split(string(data), "\n") {
		f := strings.Fields(line)
		switch {
		case len(f) < 4 || f[0][0] == '#':
		case f[1] == "/":
			root = entry{f[0], f[1], f[2], f[3]}
		default:
			rest = append(rest, entry{f[0], f[1], f[2], f[3]})
		}
	}
	return append([]entry{root}, rest...)
}

func (m entry) optional() bool {
	return strings.Contains(m.options, "nobootwait") || strings.Contains(m.options, "nofail")
}

func (m entry) mount() error {
	env := []string{"DEVICE=" + m.what, "MOUNTPOINT=" + m.where, "TYPE=" + m.kind, "OPTIONS=" + m.options}
	if m.where == "/" {
		// The disk of the machine may be one that cannot be written.
		_, err := os.Stat(filepath.Join(machine.Folder, "read-only"))
		if err != nil && !strings.Contains(","+m.options+",", ",ro,") {
			if err := syscall.Mount("", "/", "", syscall.MS_BIND|syscall.MS_REMOUNT, ""); err != nil {
				return err
			}
		}
		emit(append([]string{"mounted"}, env...)...)
		return nil
	}
	emit(append([]string{"mounting"}, env...)...)
	if out, err := exec.Command("/bin/mount", "-n", "-t", m.kind, "-o", m.options, m.what, m.where).CombinedOutput(); err != nil {
		return fmt.Errorf("%w: %s", err, strings.TrimSpace(string(out)))
	}
	emit(append([]string{"mounted"}, env...)...)
	return nil
}

// failed asks what to do, or says that there is nobody to ask.
func (m entry) failed() int {
	how, err := os.ReadFile(filepath.Join(machine.Folder, "mountall"))
	if err == nil && strings.TrimSpace(string(how)) == "shell" {
		return 1
	}
	console, err := os.OpenFile("/dev/console", os.O_WRONLY|os.O_APPEND, 0)
	if err == nil {
		fmt.Fprintf(console, "An error occurred while mounting %s.\nPress S to skip mounting or M for manual recovery\n", m.where)
		_ = console.Close()
	}
	end := make(chan os.Signal, 1)
	signal.Notify(end, syscall.SIGTERM)
	<-end
	signal.Reset(syscall.SIGTERM)
	// As it would be without a handler.
	syscall.Kill(os.Getpid(), syscall.SIGTERM) //nolint:errcheck // it is this process
	select {}
}

// emit is `initctl emit`; --no-wait may come first.
func emit(words ...string) {
	if out, err := exec.Command("initctl", append([]string{"emit"}, words...)...).CombinedOutput(); err != nil {
		fmt.Printf("%s: %v: %s\n", strings.Join(words, " "), err, out)
	}
}

// configured is what is done to an interface that is configured.
var configured = map[string][]string{"eth0": {"addr replace 192.0.2.11/24 dev eth0", "link set eth0 up"}}

// ifup is `ifup -a`: an interface is up when its cable is in: there is no
// file "no-cable-NAME" of the machine. The scripts of /etc/network/if-up.d emit
// net-device-up for each, and static-network-up once all of them are up.
func ifup(_ []string) int {
	data, err := os.ReadFile("/etc/network/interfaces")
	if err != nil {
		fmt.Println("ifup:", err)
		return 1
	}
	all := true
	for _, line := range strings.Split(string(data), "\n") {
		f := strings.Fields(line)
		if len(f) < 2 || f[0] != "auto" {
			continue
		}
		for _, name := range f[1:] {
			if _, err := os.Stat(filepath.Join(machine.Folder, "no-cable-"+name)); err == nil {
				all = false
				continue
			}
			for _, words := range configured[name] {
				if out, err := exec.Command("/bin/ip", strings.Fields(words)...).CombinedOutput(); err != nil {
					fmt.Printf("ifup: %s: %v: %s\n", words, err, out)
				}
			}
			up, err := os.OpenFile("/run/network/ifstate", os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o644)
			if err != nil {
				fmt.Println("ifup:", err)
				continue
			}
			fmt.Fprintf(up, "%s=%s\n", name, name)
			_ = up.Close()
			emit("--no-wait", "net-device-up", "IFACE="+name, "LOGICAL="+name, "ADDRFAM=inet", "METHOD=static")
		}
	}
	if all {
		emit("--no-wait", "static-network-up")
	}
	return 0
}
