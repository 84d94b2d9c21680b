// Package lab makes practice hosts: real systemd booted as PID 1 by
// systemd-nspawn, on a bridge inside a network namespace of the lab's own. The
// demo, the end-to-end tests, the benchmarks and umm-lab stand on it. It knows
// nothing of umm: hosts are bare Debian until the caller installs something.
//
// A host may also be a machine, run by QEMU: BIOS or UEFI, GRUB, kernel, initramfs and
// all, for what a container has not (HostSpec.Machine). It is slower to boot, by KVM
// where KVM works and else emulated, and is known over ssh and by its console only.
//
// It needs root and the programs that Setup installs. A test:
//
//	l, err := lab.Up(ctx, lab.Spec{Name: "mine", N: 1, Image: lab.Image{Suite: "trixie"}, Log: os.Stderr})
//	if err != nil { t.Fatal(err) }
//	t.Cleanup(func() { l.Down(context.Background()) })
//	h := l.Host("n1")
//	old, err := h.BootID()
//	err = h.Cut(ctx)                  // the power fails; the host stays off
//	h.SetNextKernelArgs("umm")        // for one boot; SetKernelArgs for every boot
//	err = h.Power(ctx)                // PID 1 runs
//	id, err := h.WaitBoot(ctx, old)   // another boot than old answers on ssh
//	res, err := h.Run(ctx, "systemctl", "is-active", "nginx.service")
//
// Who lives where:
//
//   - A lab is a name. Two labs side by side share nothing but images, so every
//     lab uses the same documentation addresses: the bridge is 192.0.2.1, the
//     hosts are 192.0.2.11, .12, ... Host names are unique within a lab.
//   - The network namespace is /run/netns/umm-LAB. Enter it only by
//     nsenter --net=FILE (Lab.InNet does): ip netns exec hides the cgroups.
//   - /var/lib/umm-lab/LAB keeps the description, the ssh key and known_hosts,
//     and per host the overlay's upper folder, the console log and the settings
//     for the next boot. /run/umm-lab/LAB holds the mounts.
//   - Images are cached under /var/cache/umm-lab (UMM_LAB_CACHE overrides) and
//     never written to once complete.
//
// Power: a host is on as long as any process lives in its control group. Each
// power-on starts a detached shell script (supervise.sh), which belongs neither
// to the program that asked for it nor to its session: hosts live on when a test
// binary or umm-lab ends, and any program may Open the lab and go on. The script
// starts the host again when it reboots itself, as a power supply would, and
// ends when the host powers off or is cut. So no caller needs a hook in main or
// TestMain.
//
// A cut kills the host's PID 1; the kernel then ends everything in it at once.
// What a container had written is kept, synced or not: the page cache below it
// survives, so a missing fsync is found on machines only. A container's connections are
// closed, not left silent: a command that ran over ssh ends with status 255. A machine's
// are silent.
//
// Every wait ends with its context, or by a limit of its own when the context
// has none.
package lab
