package bootmenu

import (
	"context"
	"errors"
	"fmt"
	"path"
	"strings"
	"time"

	"umm/internal/execx"
	"umm/internal/host/hostfs"
)

const (
	debianConfig = "/boot/grub/grub.cfg"
	grubFolder   = "/boot/grub2"
	blsFolder    = "/boot/loader/entries"
	scriptPath   = "/etc/grub.d/" + Script
	// makeLimit is how long GRUB may take to look for other systems on all disks.
	makeLimit = 5 * time.Minute
	// NoEntry in the environment makes the script print nothing.
	NoEntry = "UMM_BOOT_MENU=none"
)

// ErrNoGRUB says that the host has no boot menu that umm knows.
var ErrNoGRUB = errors.New("no GRUB found (neither " + debianConfig + " with update-grub nor " + grubFolder + ")")

// Host is the host whose boot menu it is.
type Host struct {
	// Root is "/", or where the host's files are.
	Root string
	// Run runs GRUB's programs.
	Run execx.Runner
	// Getenv is os.Getenv.
	Getenv func(string) string
}

// Kernel is what a kernel hook was called for.
type Kernel struct {
	// Added and Removed are versions; one that is removed may be there still.
	Added, Removed string
}

// menu is a boot menu of one kind.
type menu interface {
	// update brings the entry up to date, or takes it away where it is not wanted.
	// It changes nothing where nothing has to be changed.
	update(ctx context.Context, k Kernel, wanted bool) error
	// check tells which kernel the entry boots, "" where there is no entry, and what
	// it should boot.
	check() (boots, should string, err error)
}

func (h Host) files() hostfs.FS { return hostfs.New(h.Root) }

// menu finds out which kind it is; nil where there is none.
func (h Host) menu() menu {
	files := h.files()
	if files.Exists(debianConfig) && (files.Exists("/usr/sbin/update-grub") || files.Exists("/sbin/update-grub")) {
		return debian{h}
	}
	if !files.Exists(grubFolder) {
		return nil
	}
	edited, bls := h.grub2Configs()
	switch {
	case len(edited) > 0 && !bls:
		return grubby{h, edited}
	case len(h.blsFiles()) > 0:
		return loader{h}
	}
	return nil
}

// grub2Configs are the files grub.cfg of EL that boot Linux by themselves; bls
// tells whether one leaves that to the files of the Boot Loader Specification.
// Where the firmware is UEFI, the one on its partition counts on EL7, and leads to
// the other on later ones.
func (h Host) grub2Configs() (edited []string, bls bool) {
	candidates := []string{grubFolder + "/grub.cfg"}
	vendors, _ := h.files().ReadDir("/boot/efi/EFI")
	for _, v := range vendors {
		candidates = append(candidates, path.Join("/boot/efi/EFI", v.Name, "grub.cfg"))
	}
	for _, file := range candidates {
		data, err := h.files().ReadFile(file)
		if err != nil {
			continue
		}
		for line := range strings.Lines(string(data)) {
			_, is := command(line, "blscfg")
			bls = bls || is
		}
		all, err := entries(string(data))
		if err == nil {
			_, err = choose(all, "", "")
		}
		if err == nil {
			edited = append(edited, file)
		}
	}
	return edited, bls
}

// wanted tells whether the entry is: an operator who made the script not
// executable, as one does in /etc/grub.d, or removed it, wants none.
func (h Host) wanted() bool {
	info, err := h.files().Stat(scriptPath)
	return err == nil && info.Mode()&0o111 != 0
}

// isContainer tells whether the host is one that nothing of its own boots.
func (h Host) isContainer() bool { return h.files().Exists("/run/systemd/container") }

// Update brings the entry up to date. It fails with ErrNoGRUB where there is no
// boot menu, but for containers and where a kernel is all that has changed; k may be empty.
func (h Host) Update(ctx context.Context, k Kernel) error {
	err := errors.Join(h.showArgument(), h.cleanse(k.Added))
	m := h.menu()
	switch {
	case m != nil:
		return errors.Join(err, m.update(ctx, k, h.wanted()))
	case h.isContainer(), k != Kernel{}:
		return err
	}
	return ErrNoGRUB
}

// Remove takes the entry away. That there is no boot menu is no error.
func (h Host) Remove(ctx context.Context) error {
	m := h.menu()
	if m == nil {
		return nil
	}
	return errors.Join(Trials{h}.EndTrial(ctx), m.update(ctx, Kernel{}, false))
}

// Finding is what Check has found.
type Finding struct {
	OK bool
	// Reason is a sentence; Hint says what to do.
	Reason, Hint string
}

// Check tells whether the entry is there and boots what the host boots by default.
func (h Host) Check() Finding {
	const update = "/lib/umm/umm-boot menu update creates it, or says why it cannot"
	m := h.menu()
	if m == nil && h.isContainer() {
		return Finding{OK: true, Reason: "a container has no boot menu"}
	}
	if m == nil {
		return Finding{Reason: ErrNoGRUB.Error(), Hint: "with another boot loader, type the kernel argument umm by hand"}
	}
	if !h.wanted() {
		return Finding{OK: true, Reason: "no entry wanted: " + scriptPath + " is not executable"}
	}
	boots, should, err := m.check()
	switch {
	case err != nil:
		return Finding{Reason: err.Error(), Hint: update}
	case boots == "":
		return Finding{Reason: fmt.Sprintf("no entry %q", Title), Hint: update}
	case boots != should:
		return Finding{Reason: fmt.Sprintf("the entry %q does not boot the same as the default entry (%s)", Title, firstWord(should)), Hint: update}
	}
	return Finding{OK: true, Reason: fmt.Sprintf("the entry %q boots %s", Title, firstWord(boots))}
}

func firstWord(text string) string {
	if fields := strings.Fields(text); len(fields) > 0 {
		return fields[0]
	}
	return text
}

// run runs one of GRUB's programs in the caller's language, since that is the
// language of the menu.
func (h Host) run(ctx context.Context, env []string, argv ...string) (string, error) {
	res, err := execx.Do(ctx, h.Run, execx.Cmd{Argv: argv, Env: append(h.language(), env...), Limit: makeLimit})
	return string(res.Stdout), err
}

// language are the variables that the language of what programs say depends on.
func (h Host) language() []string {
	env := []string{"LC_ALL=" + h.Getenv("LC_ALL")}
	for _, key := range []string{"LC_MESSAGES", "LANG", "LANGUAGE"} {
		if value := h.Getenv(key); value != "" {
			env = append(env, key+"="+value)
		}
	}
	return env
}
