package systemd

import (
	"slices"
	"testing"
)

const (
	showRequires = "systemctl show --property=Id,Requires -- local-fs.target"
	localFS      = "Id=local-fs.target\n"
	showFsck     = "systemctl list-units --no-legend --plain --full --state=failed systemd-fsck*"
	showMounts   = "systemctl show --property=Id,ActiveState,Result,Where,What,LoadState -- "
)

func TestBrokenOfRealHosts(t *testing.T) {
	for _, v := range versions {
		order := map[string]string{
			"247": "mnt-bad.mount mnt-lost.mount mnt-good.mount", "252": "mnt-good.mount mnt-lost.mount mnt-bad.mount",
			"257": "mnt-good.mount mnt-lost.mount mnt-bad.mount",
		}[v]
		d := Disks{manager(t,
			call{argv: showRequires, out: localFS + captured(t, v, "requires")},
			call{argv: showFsck, out: captured(t, v, "failed-fsck")},
			call{argv: showMounts + order, out: captured(t, v, "mounts")})}
		got, err := d.Broken(ctx)
		want := []string{
			"/mnt/bad cannot be mounted from none (exit-code)",
			"/mnt/lost cannot be mounted: no /dev/umm-absent",
			"/mnt/slow cannot be mounted: no /dev/disk/by-uuid/00000000-absent",
			"absent.mount cannot be mounted: its unit is not-found",
			"a file system check failed (systemd-fsck@dev-sdb1.service)",
		}
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("systemd %s: broken are %q (%v)", v, got, err)
		}
		none := Disks{manager(t, call{argv: showRequires, out: localFS + captured(t, v, "requires-absent")}, call{argv: showFsck})}
		if got, err := none.Broken(ctx); err != nil || len(got) > 0 {
			t.Errorf("systemd %s: of no file systems broken are %q (%v)", v, got, err)
		}
	}
}

// What only mounts counts: devices, swap and services that local-fs.target may
// require as well do not.
func TestBrokenLooksAtMountsOnly(t *testing.T) {
	const mounted = "ActiveState=active\nResult=success\nWhere=/\nWhat=/dev/sda\nLoadState=loaded\n"
	d := Disks{manager(t, call{argv: showRequires, out: localFS + "Requires=-.mount systemd-remount-fs.service home.mount\n"},
		call{argv: showFsck}, call{argv: showMounts + "-.mount home.mount", out: "Id=-.mount\n" + mounted + "\nId=home.mount\n" + mounted})}
	if got, err := d.Broken(ctx); err != nil || len(got) > 0 {
		t.Errorf("broken are %q (%v)", got, err)
	}
}

func TestBrokenThatCannotBeTold(t *testing.T) {
	for _, calls := range [][]call{
		{{argv: showRequires, err: errGone}},
		{{argv: showRequires, code: 1}},
		{{argv: showRequires, out: "\n"}},
		{{argv: showRequires, out: localFS}},
		{{argv: showRequires, out: localFS + "Requires=a.mount"}, {argv: showFsck, code: 1}},
		{{argv: showRequires, out: localFS + "Requires=a.mount"}, {argv: showFsck}, {argv: showMounts + "a.mount", err: errGone}},
		{{argv: showRequires, out: localFS + "Requires=a.mount"}, {argv: showFsck}, {argv: showMounts + "a.mount", out: "Id=a.mount\nActiveState=active\n"}},
	} {
		_, err := Disks{manager(t, calls...)}.Broken(ctx)
		wantError(t, err, "cannot tell which")
	}
}

func TestMount(t *testing.T) {
	const failed, start = "systemctl reset-failed", "systemctl start local-fs.target"
	wantError(t, Disks{manager(t, call{argv: reload}, call{argv: failed}, call{argv: start})}.Mount(ctx))
	wantError(t, Disks{manager(t, call{argv: reload}, call{argv: failed}, call{argv: start, code: 1})}.Mount(ctx), "cannot mount the local file systems", "complaint")
	wantError(t, Disks{manager(t, call{argv: reload, code: 1})}.Mount(ctx), "complaint")
	wantError(t, Disks{manager(t, call{argv: reload}, call{argv: failed, code: 1})}.Mount(ctx), "complaint")
}
