package upstart

import (
	"slices"
	"strings"
	"testing"
	"time"

	"umm/internal/hostfs/hosttree"
)

const fstab = `# <file system> <mount point> <type> <options> <dump> <pass>
UUID=aaaa /         ext4  errors=remount-ro 0 1
UUID=bbbb none      swap  sw 0 0
/dev/sdb1 /data     ext4  defaults 0 2
LABEL=logs /var/log xfs   noatime 0 2
/dev/sdc1 /my\040disk ext4
tmpfs     /scratch  tmpfs size=1g 0 0
server:/x /nfs      nfs   defaults 0 0
/dev/sdd1 /later    ext4  noauto 0 2
/dev/sde1 /maybe    ext4  defaults,nobootwait 0 2
/dev/sdf1 /soft     ext4  nofail 0 2
/dev/rbd0 /net      ext4  _netdev 0 2
/dev/sdg1 /opt      ext4  optional 0 2
broken
`

// mountinfo is that of a host that has mounted these.
func mountinfo(points ...string) string {
	var b strings.Builder
	for _, p := range points {
		b.WriteString("25 0 8:1 / " + p + " rw,relatime shared:1 - ext4 /dev/sda1 rw\n")
	}
	return b.String()
}

func disksOf(t *testing.T, tree hosttree.Tree) (*world, Disks) {
	t.Helper()
	w := newWorld(t)
	w.root = hosttree.Make(t, host.With(tree))
	return w, Disks{w.manager()}
}

func TestBroken(t *testing.T) {
	_, d := disksOf(t, hosttree.Tree{"etc/fstab": fstab, "proc/self/mountinfo": mountinfo("/", "/var/log", `/my\040disk`), "dev/sdb1": ""})
	got, err := d.Broken(ctx)
	if want := []string{"/data is not mounted from /dev/sdb1", "/scratch is not mounted from tmpfs"}; err != nil || !slices.Equal(got, want) {
		t.Errorf("got %q (%v), want %q", got, err, want)
	}
	_, d = disksOf(t, hosttree.Tree{"etc/fstab": fstab, "proc/self/mountinfo": mountinfo("/data", "/scratch", `/my\040disk`), "dev/disk/by-label/": ""})
	got, err = d.Broken(ctx)
	if want := []string{"/ cannot be mounted: there is no UUID=aaaa", "/var/log cannot be mounted: there is no LABEL=logs"}; err != nil || !slices.Equal(got, want) {
		t.Errorf("got %q (%v), want %q", got, err, want)
	}
	_, d = disksOf(t, hosttree.Tree{"proc/self/mountinfo": mountinfo("/")})
	if got, err = d.Broken(ctx); err != nil || len(got) > 0 {
		t.Errorf("without /etc/fstab: %q (%v)", got, err)
	}
	_, d = disksOf(t, hosttree.Tree{"etc/fstab": fstab})
	_, err = d.Broken(ctx)
	wantError(t, err, "cannot tell which local file systems are mounted")
}

func TestMount(t *testing.T) {
	w, d := disksOf(t, hosttree.Tree{"etc/fstab": fstab, "proc/self/mountinfo": mountinfo("/", "/var/log")})
	w.fails["mount /data"] = "mount: bad superblock"
	wantError(t, d.Mount(ctx), "cannot mount /data", "bad superblock")
	w.did("mount /my disk", "mount /scratch")
}

func TestMounting(t *testing.T) {
	tree := hosttree.Tree{
		"etc/fstab":              "/dev/sdb1 /data ext4 defaults 0 2\n",
		"etc/init/mountall.conf": "start on startup\ntask\n", "etc/init/mountall-shell.conf": "task\n",
		"etc/init/cloud-init.conf": "start on mounted MOUNTPOINT=/\ntask\n",
		"proc/self/mountinfo":      mountinfo("/"),
		"proc/1/stat":              "1 (init) S 0 1 1 0 -1",
		"proc/100/stat":            "100 (mountall) S 1 100 100 0 -1", // as initctl says in this world
		"proc/101/stat":            "101 (odd) name 100) S 1 101 101 0 -1",
	}
	for _, c := range []struct {
		name     string
		up       []string
		more     hosttree.Tree
		over     bool
		patience time.Duration
	}{
		{"a file system is being checked", []string{"mountall"}, hosttree.Tree{"proc/102/stat": "102 (fsck.ext4) S 100 102 102"}, false, 0},
		{"a device is missing, or somebody is asked", []string{"mountall"}, nil, false, devicePatience},
		{"a hook waits for the network", []string{"mountall", "cloud-init"}, nil, false, hookPatience},
		{"a shell waits on the console", []string{"mountall-shell"}, nil, false, shellPatience},
		{"all is mounted, or skipped", nil, nil, true, devicePatience},
	} {
		t.Run(c.name, func(t *testing.T) {
			w, d := disksOf(t, tree.With(c.more))
			for _, name := range c.up {
				w.up[name] = true
			}
			over, patience, err := d.Mounting(ctx)
			if over != c.over || !over && patience != c.patience || err != nil {
				t.Errorf("over %v, patience %s (%v)", over, patience, err)
			}
		})
	}
	w, d := disksOf(t, tree)
	w.fails["initctl list"] = "initctl: Unable to connect to Upstart"
	_, _, err := d.Mounting(ctx)
	wantError(t, err, "Unable to connect")
}
