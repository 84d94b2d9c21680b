// Package vm holds the end-to-end tests of umm on machines that really boot: firmware,
// GRUB, kernel, initramfs and systemd, in QEMU. They try what a container has not: the
// boot menu, kernel arguments, reboots, power cuts and panics of a kernel of its own,
// partitions, file systems that are checked.
//
// Boots are dear, so a machine has a story, whose steps stand on one another. Run them as
// root, with the package to test in UMM_DEB; UMM_VM=all tells all stories (make test-vm),
// else only those are told that CI has time for:
//
//	UMM_DEB=$PWD/build/deb/umm_VERSION_amd64.deb go test -tags e2e ./test/vm -v
package vm
