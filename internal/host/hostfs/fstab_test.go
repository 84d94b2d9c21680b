package hostfs_test

import (
	"reflect"
	"testing"

	"umm/internal/host/hostfs"
	"umm/internal/host/hostfs/hosttree"
)

func TestFstab(t *testing.T) {
	f := hostfs.New(hosttree.Make(t, hosttree.Tree{"etc/fstab": "# a comment\n" +
		"/dev/sda1 / ext4\nUUID=b none swap sw 0 0\n//server/a\\040b /mnt/a\\040b/ cifs noauto,_netdev 0 0\nbroken\n"}))
	want := []hostfs.FstabLine{
		{Source: "/dev/sda1", Point: "/", Type: "ext4"},
		{Source: "//server/a b", Point: "/mnt/a b", Type: "cifs", Options: []string{"noauto", "_netdev"}},
	}
	if got := f.Fstab(); !reflect.DeepEqual(got, want) || !got[1].Has("nofail", "_netdev") || got[0].Has("noauto") {
		t.Errorf("got %+v", got)
	}
	if got := hostfs.New(t.TempDir()).Fstab(); got != nil {
		t.Errorf("without the file: %+v", got)
	}
}
