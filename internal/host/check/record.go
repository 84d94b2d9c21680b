package check

import (
	"context"
	"errors"
	"io/fs"

	"umm/internal/api"
	"umm/internal/host/hostfs"
)

// record proves that the request would survive the reboot. It takes its turn with other
// umm processes: what it saves is what it has read.
func (h Host) record(ctx context.Context) api.Check {
	const name = "record"
	unlock, err := h.Lock(ctx)
	switch {
	case err == nil:
		defer unlock()
	case !errors.Is(err, fs.ErrPermission): // who may not lock cannot save either
		return refuse(name, "", "%v", err)
	}
	_, unknown := h.Store.Load()
	if err := h.Store.Writable(); err != nil {
		return refuse(name, "make room, or mount the root file system read-write", "%v", err)
	}
	if unknown != nil {
		return fail(name, "umm has started a new record just now", "%v", unknown)
	}
	if err := h.Store.Check(); err != nil {
		return fail(name, "the next save repairs it", "%v", err)
	}
	return h.lasts(h.Store.Dir)
}

// lasts tells whether what is saved in dir is there after the reboot. A container's
// overlay lasts as its maker decides.
func (h Host) lasts(dir string) api.Check {
	const name = "record"
	f := hostfs.New(h.Root)
	inside := dir
	if root := f.Root(); root != "/" {
		inside = dir[len(root):]
	}
	mounts := f.Mounts()
	lasts, sure, why := hostfs.Lasts(mounts, inside)
	container := f.Exists("/run/systemd/container")
	if m, known := hostfs.MountOf(mounts, inside); known && container && m.Layered() {
		// Where its upper folder is the outer host knows: the path is one of that.
		lasts, sure = true, false
	}
	switch {
	case !lasts:
		c := refuse(name, "make /etc durable (overlayroot-chroot, or boot without the overlay); umm on --live needs no reboot",
			"what is written to %s is lost at the reboot, the request too: %s", dir, why)
		c.Refuses = !h.Live
		return c
	case !sure && !container && len(mounts) > 0:
		return warn(name, "reboot once and see whether a file in /etc is still there; umm on --live needs no reboot",
			"%s can be written and synced, but may be lost at the reboot: %s", dir, why)
	}
	return ok(name, "%s can be written and synced", dir)
}
