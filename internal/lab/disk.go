package lab

import (
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"

	"umm/internal/execx"
)

//go:embed disk.sh
var diskScript string

// rootStart is where a machine's root file system begins on its disk; disk.sh puts it
// there.
const rootStart = 36864 * 512

// machinePackages are what a machine has beside what a container has: all that a
// container borrows from the machine that it runs on.
var machinePackages = []string{"linux-image-cloud-amd64", "initramfs-tools", "zstd", "udev", "kmod", "e2fsprogs",
	"grub-pc", "grub-efi-amd64-bin"}

// EnsureDisk gives the disk that machines of an image start with, which nobody may write
// to, and makes it first if it is not in the cache (some two minutes).
func EnsureDisk(ctx context.Context, i Image) (string, error) {
	if err := errors.Join(needRoot(), needPrograms(machineNeeds)); err != nil {
		return "", err
	}
	i, err := i.forMachines()
	if err != nil {
		return "", err
	}
	disk := i.disk()
	if i.diskCached() {
		return disk, nil
	}
	if runtime.GOARCH != "amd64" {
		return "", fmt.Errorf("cannot make machines on %s: on amd64 only", runtime.GOARCH)
	}
	root, err := EnsureImage(ctx, i)
	if err != nil {
		return "", err
	}
	argv := []string{"unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc",
		"sh", "-c", diskScript, "disk.sh", disk, root}
	res, err := execx.Local{Env: execx.Inherited()}.Run(ctx, execx.Cmd{Argv: argv, Limit: buildLimit})
	if err == nil && res.Code != 0 {
		err = complaint(res.Stderr)
	}
	if err != nil {
		return "", fmt.Errorf("cannot make the disk of machines of %s: %w", i.Suite, err)
	}
	return disk, nil
}

// forMachines is the image with what a machine needs beside.
func (i Image) forMachines() (Image, error) {
	i.Packages = slices.Concat(i.Packages, machinePackages)
	return i.normal()
}

// disk is where the disk of an image for machines is cached.
func (i Image) disk() string {
	sum := sha256.Sum256([]byte(diskScript))
	return filepath.Join(cacheFolder(), i.key()+"-"+hex.EncodeToString(sum[:6])+".disk")
}

// diskCached is Cached for EnsureDisk.
func (i Image) diskCached() bool {
	i, err := i.forMachines()
	if err != nil {
		return false
	}
	_, err = os.Stat(i.disk())
	return err == nil
}

// copyDisk gives a machine a disk of its own, and writes there what differs from machine
// to machine. Nothing stays mounted.
func (h *Host) copyDisk(ctx context.Context, from string) error {
	if err := command(ctx, "cp", "--sparse=always", "--reflink=auto", from, h.file("disk")); err != nil {
		return err
	}
	if err := makeFolders(h.Root()); err != nil {
		return err
	}
	if err := command(ctx, "mount", "-t", "ext4", "-o", fmt.Sprintf("loop,offset=%d", rootStart), h.file("disk"), h.Root()); err != nil {
		return err
	}
	return errors.Join(h.personalise(), command(ctx, "umount", h.Root()))
}
