package machine

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// stock is what Ubuntu 14.04 brings along, as far as umm meets it: jobs, init
// scripts, service(8). Each says where what it stands for is documented.
//
//go:embed stock
var stock embed.FS

// sbin are the names of the program that is PID 1 of a host, and of what goes
// beside it in /sbin.
var sbin = []string{"initctl", "start", "stop", "restart", "reload", "status", "telinit", "runlevel", "shutdown", "reboot", "halt",
	"poweroff", "killall5", "mountall", "sshd", "ifup"}

// plain are files that a host has from the start.
var plain = map[string]string{
	"etc/hostname":            "n1\n",
	"etc/fstab":               "/dev/sda1 / ext4 errors=remount-ro 0 1\n",
	"etc/network/interfaces":  "auto lo\niface lo inet loopback\nauto eth0\niface eth0 inet static\n  address 192.0.2.11/24\n",
	"etc/ssh/sshd_config":     "PermitRootLogin yes\n",
	"etc/passwd":              "root:x:0:0:root:/root:/bin/bash\nnobody:x:65534:65534:nobody:/:/bin/sh\nop:x:1000:1000:op:/home/op:/bin/bash\n",
	"etc/group":               "root:x:0:\nadm:x:4:\ntty:x:5:\nutmp:x:43:\nnogroup:x:65534:\nop:x:1000:\n",
	"etc/nsswitch.conf":       "passwd: files\ngroup: files\nhosts: files\n",
	"etc/hosts":               "127.0.0.1 localhost\n192.0.2.11 n1\n",
	"etc/os-release":          "NAME=\"Ubuntu\"\nVERSION=\"14.04.6 LTS, Trusty Tahr\"\nID=ubuntu\nID_LIKE=debian\nVERSION_ID=\"14.04\"\n",
	"etc/lsb-release":         "DISTRIB_ID=Ubuntu\nDISTRIB_RELEASE=14.04\nDISTRIB_CODENAME=trusty\n",
	"etc/profile":             "for f in /etc/profile.d/*.sh; do [ ! -r $f ] || . $f; done\n",
	"var/lib/dbus/machine-id": "0123456789abcdef0123456789abcdef\n",
	"var/lib/dpkg/status":     "",
}

// rcLinks are the init scripts of the run levels.
var rcLinks = []string{"rc0.d/K20nginx", "rc0.d/S20sendsigs", "rc0.d/S90halt", "rc1.d/K20nginx", "rc1.d/S90single", "rc2.d/S20nginx",
	"rc3.d/S20nginx", "rc4.d/S20nginx", "rc5.d/S20nginx", "rc6.d/K20nginx", "rc6.d/S20sendsigs", "rc6.d/S90reboot"}

// folders are empty ones, or those that something is mounted on.
var folders = []string{"usr", "proc", "sys", "run", "tmp", "dev", "lab", "root", "home/op", "mnt", "srv", "data", "var/log/upstart",
	"var/lib/dpkg/info", "var/lib/dpkg/updates", "var/lib/dpkg/triggers", "var/cache", "var/tmp", "etc/profile.d", "etc/rcS.d", "etc/init", "etc/default"}

// forbidden are programs of the machine that this host does not have; whoever calls
// one leaves a note.
var forbidden = []string{"bin/systemctl", "bin/systemd-run", "bin/loginctl", "bin/journalctl"}

// format makes the disk of a new host: dir/root, and dir/usr with what /usr has in
// other ways than the machine's.
func format(dir, program string) error {
	root, usr := filepath.Join(dir, "root"), filepath.Join(dir, "usr")
	for _, path := range folders {
		if err := os.MkdirAll(filepath.Join(root, path), 0o755); err != nil {
			return err
		}
	}
	for _, path := range []string{"usr/sbin", "usr/bin", "usr/local/sbin", "work", "lab"} {
		if err := os.MkdirAll(filepath.Join(dir, path), 0o755); err != nil {
			return err
		}
	}
	for path, text := range plain {
		if err := put(root, path, text, 0o644); err != nil {
			return err
		}
	}
	// As on a host whose /usr is merged; which it is makes no difference to a job.
	for _, name := range []string{"bin", "sbin", "lib", "lib64", "lib32"} {
		if _, err := os.Stat("/" + name); err != nil {
			continue
		}
		if err := os.Symlink("usr/"+name, filepath.Join(root, name)); err != nil {
			return err
		}
	}
	if err := os.Symlink("/run", filepath.Join(root, "var/run")); err != nil {
		return err
	}
	if err := tools(usr, program); err != nil {
		return err
	}
	return install(root)
}

// tools hide the machine's /usr/sbin behind the host's own.
func tools(usr, program string) error {
	dir := filepath.Join(usr, "sbin")
	// overlayfs: nothing below this folder is seen.
	if err := syscall.Setxattr(dir, "trusted.overlay.opaque", []byte("y"), 0); err != nil {
		return fmt.Errorf("cannot make a disk for a host: %w", err)
	}
	data, err := os.ReadFile(program)
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "init"), data, 0o755); err != nil {
		return err
	}
	for _, name := range sbin {
		if err := os.Symlink("init", filepath.Join(dir, name)); err != nil {
			return err
		}
	}
	if err := realTools(dir); err != nil {
		return err
	}
	service, err := stock.ReadFile("stock/service")
	if err != nil {
		return err
	}
	scripts := map[string]string{
		"sbin/service": string(service),
		"sbin/getty":   "#!/bin/sh\nexec sleep 100060\n",
		// dpkg wants them.
		"sbin/ldconfig":          "#!/bin/sh\n",
		"sbin/start-stop-daemon": "#!/bin/sh\nexit 2\n",
	}
	for _, path := range forbidden {
		scripts[path] = "#!/bin/sh\necho \"$0 $*\" >>/lab/forbidden\nexit 1\n"
	}
	for path, text := range scripts {
		if err := put(usr, path, text, 0o755); err != nil {
			return err
		}
	}
	return nil
}

// realEnv names the folder of a real Upstart.
const realEnv = "UMM_UPSTART"

// realTools puts a real Upstart's programs, if there is one, in the place of the
// stand-in's.
func realTools(sbin string) error {
	from := os.Getenv(realEnv)
	if from == "" {
		return nil
	}
	for name, as := range map[string]string{"init": "upstart", "initctl": "initctl", "telinit": "telinit", "runlevel": "runlevel",
		"shutdown": "shutdown", "reboot": "reboot"} {
		data, err := os.ReadFile(filepath.Join(from, name))
		if err != nil {
			return err
		}
		// Links of this name lead to the stand-in.
		if err := os.Remove(filepath.Join(sbin, as)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		if err := os.WriteFile(filepath.Join(sbin, as), data, 0o755); err != nil {
			return err
		}
	}
	for name, to := range map[string]string{"start": "initctl", "stop": "initctl", "restart": "initctl", "reload": "initctl",
		"status": "initctl", "halt": "reboot", "poweroff": "reboot"} {
		path := filepath.Join(sbin, name)
		if err := os.Remove(path); err != nil {
			return err
		}
		if err := os.Symlink(to, path); err != nil {
			return err
		}
	}
	return nil
}

// install puts the stock jobs and init scripts in their places.
func install(root string) error {
	err := fs.WalkDir(stock, "stock", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || path == "stock/service" {
			return err
		}
		text, err := stock.ReadFile(path)
		if err != nil {
			return err
		}
		mode := os.FileMode(0o644)
		if strings.HasPrefix(path, "stock/init.d/") {
			mode = 0o755
		}
		return put(root, "etc/"+strings.TrimPrefix(path, "stock/"), string(text), mode)
	})
	if err != nil {
		return err
	}
	for _, link := range rcLinks {
		path := filepath.Join(root, "etc", link)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		name := strings.TrimLeft(filepath.Base(link)[1:], "0123456789")
		if err := os.Symlink("../init.d/"+name, path); err != nil {
			return err
		}
	}
	return nil
}

func put(root, path, text string, mode os.FileMode) error {
	path = filepath.Join(root, path)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		return err
	}
	return os.Chmod(path, mode)
}
