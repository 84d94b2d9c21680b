package upstart

import (
	"slices"
	"strings"
	"testing"
	"time"

	"umm/internal/host/hostfs/hosttree"
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
	if want := []string{"/ cannot be mounted: no UUID=aaaa", "/var/log cannot be mounted: no LABEL=logs"}; err != nil || !slices.Equal(got, want) {
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

func TestStage(t *testing.T) {
	tree := hosttree.Tree{
		"etc/fstab":                     "/dev/sdb1 /data ext4 defaults 0 2\n",
		"dev/sdb1":                      "",
		"etc/init/mountall.conf":        "start on startup\ntask\n",
		"etc/init/mountall-shell.conf":  "task\n",
		"etc/init/cloud-init.conf":      "start on mounted MOUNTPOINT=/\ntask\n",
		"etc/init/umm-record.conf":      "start on mounted MOUNTPOINT=/\ntask\n",
		"etc/init/mounted-of.conf":      "start on mounted\ninstance $MOUNTPOINT\ntask\n",
		"proc/self/mountinfo":           mountinfo("/"),
		"proc/1/stat":                   "1 (init) S 0 1 1 0 -1",
		"proc/100/stat":                 "100 (mountall) S 1 100 100 0 -1", // as initctl says in this world
		"proc/101/stat":                 "101 (odd) name 100) S 1 101 101 0 -1",
		"proc/99/stat":                  "broken",
		"etc/init/mounted-service.conf": "start on mounted\n",
	}
	child := func(pid, name, parent string) hosttree.Tree {
		return hosttree.Tree{"proc/" + pid + "/stat": pid + " (" + name + ") S " + parent + " 102 102"}
	}
	fstab := func(text string) hosttree.Tree { return hosttree.Tree{"etc/fstab": text} }
	for _, c := range []struct {
		name string
		up   []string
		more []hosttree.Tree
		want stage
	}{
		{"a file system is being checked", []string{"mountall"}, []hosttree.Tree{child("102", "fsck.ext4", "100")}, working},
		{"one is being mounted", []string{"mountall"}, []hosttree.Tree{child("102", "mount", "100")}, working},
		{"one of another host", []string{"mountall", "cloud-init"}, []hosttree.Tree{child("102", "mount", "100"), child("103", "mount.nfs", "102")}, fetching},
		{"both", []string{"mountall"}, []hosttree.Tree{child("102", "mount", "100"), child("103", "mount.nfs", "102"), child("104", "mount", "100")}, working},
		{"somebody is asked, since the device is there", []string{"mountall"}, nil, asking},
		{"a device is missing", []string{"mountall"}, []hosttree.Tree{fstab("/dev/lost /data ext4 defaults 0 2\n")}, waiting},
		{"and has been given up", []string{"mountall"}, []hosttree.Tree{fstab("UUID=lost /data ext4 defaults,timeout 0 2\n")}, asking},
		{"another host is waited for", []string{"mountall"}, []hosttree.Tree{fstab("server:/x /var/x nfs defaults 0 0\n")}, asking},
		{"a hook waits for the network", []string{"mountall", "cloud-init"}, nil, hooked},
		{"umm's own are none", []string{"mountall", "umm-record", "mounted-service"}, nil, asking},
		{"a shell waits on the console", []string{"mountall-shell"}, nil, shell},
		{"all is mounted, or skipped", []string{"cloud-init"}, nil, done},
	} {
		t.Run(c.name, func(t *testing.T) {
			w, d := disksOf(t, tree.With(c.more...))
			w.deaf["initctl list"] = 1000 // it takes too long
			for _, name := range c.up {
				w.up[name] = true
			}
			if got, err := d.stage(ctx); got != c.want || err != nil {
				t.Errorf("got %d (%v), want %d", got, err, c.want)
			}
			over, patience, err := d.Mounting(ctx, true)
			if over != (c.want == done) || patience != c.want.patience(true) || err != nil {
				t.Errorf("over %v, patience %s (%v)", over, patience, err)
			}
		})
	}
	w, d := disksOf(t, tree)
	w.deaf["initctl"] = 1000
	if _, _, err := d.Mounting(ctx, false); !isNotAsked(err) {
		t.Errorf("where init is not reached: %v", err)
	}
}

// Where maintenance mode is wanted nothing is waited for that it does not need; where not, a
// device may come late, and another host is waited for, as without umm.
func TestPatience(t *testing.T) {
	for s, want := range map[stage][2]time.Duration{
		done: {0, 0}, working: {0, 0}, shell: {shellPatience, shellPatience}, hooked: {hookPatience, hookPatience},
		fetching: {0, fetchPatience}, asking: {consolePatience, consolePatience}, waiting: {devicePatience, consolePatience},
	} {
		if got := [2]time.Duration{s.patience(false), s.patience(true)}; got != want {
			t.Errorf("at %d: %v, want %v", s, got, want)
		}
	}
	if devicePatience < 2*time.Minute {
		t.Error("a device of a SAN may come later than that")
	}
}

const remoteFstab = `server:/www /var/www nfs defaults 0 0
server:/src /usr/src nfs4 ro 0 0
/dev/rbd0 /var/lib/mysql ext4 _netdev 0 2
server:/data /data nfs defaults 0 0
server:/must /must cifs bootwait 0 0
server:/later /var/later nfs noauto 0 0
server:/maybe /var/maybe nfs defaults,nobootwait 0 0
server:/soft /var/soft nfs nofail 0 0
server:/various /various nfs defaults 0 0
/dev/sdb1 /var/log ext4 defaults 0 2
`

func TestAwaited(t *testing.T) {
	w, d := disksOf(t, hosttree.Tree{"etc/fstab": remoteFstab, "proc/self/mountinfo": mountinfo("/", "/var/log", "/usr/src")})
	if got, want := d.Holding(), []string{"/var/www from server:/www", "/usr/src from server:/src", "/var/lib/mysql from /dev/rbd0", "/must from server:/must"}; !slices.Equal(got, want) {
		t.Errorf("holding are %q, want %q", got, want)
	}
	if broken, err := d.Broken(ctx); len(broken) > 0 || err != nil {
		t.Errorf("broken are %q (%v)", broken, err)
	}
	// Once mountall has ended the boot waits for nothing.
	if got, err := d.Awaited(ctx); len(got) > 0 || err != nil {
		t.Errorf("awaited are %q (%v)", got, err)
	}
	w.up["mountall"] = true
	got, err := d.Awaited(ctx)
	want := []string{"/var/www is not mounted from server:/www, and the boot waits for it", "/var/lib/mysql is not mounted from /dev/rbd0, and the boot waits for it",
		"/must is not mounted from server:/must, and the boot waits for it"}
	if !slices.Equal(got, want) || err != nil {
		t.Errorf("awaited are %q (%v), want %q", got, err, want)
	}
	wantError(t, d.Mount(ctx))
	w.did("mount /var/www", "mount /var/lib/mysql", "mount /must")
	w.didNot("/data", "/usr/src")
}
