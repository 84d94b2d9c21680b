package bootmenu

import (
	"context"
	"errors"
	"fmt"
	"path"
	"strings"
)

// expected is the entry for maintenance mode that belongs into a grub.cfg, by its
// own other entries. from is the part of it that has those of the kernels.
func expected(cfg, from, block, without string) (string, error) {
	all, err := entries(from)
	if err != nil {
		return "", err
	}
	e, err := choose(all, byTrial(block, defaultOf(cfg, block)), without)
	if err != nil {
		return "", err
	}
	return e.maintenance(), nil
}

// compare tells what umm's entry in a grub.cfg loads, and what it should load.
func compare(cfg, want string) (boots, should string, err error) {
	wanted, err := entries(want)
	if err != nil {
		return "", "", err
	}
	all, err := entries(cfg)
	if err != nil {
		return "", "", err
	}
	for _, e := range all {
		if e.id == ID {
			boots = e.loads()
		}
	}
	return boots, wanted[0].loads(), nil
}

// kernelPart is what the scripts for kernels have printed into a grub.cfg; all of
// it where they did not.
func kernelPart(cfg string) string {
	for _, script := range kernelScripts {
		text, _, _, there := section(cfg, script)
		if !there {
			continue
		}
		if all, err := entries(text); err == nil {
			if _, err := choose(all, "", ""); err == nil {
				return text
			}
		}
	}
	return cfg
}

// debian is a host whose grub.cfg update-grub makes, kernel packages included.
type debian struct{ Host }

func (d debian) check() (boots, should string, err error) {
	data, err := d.files().ReadFile(debianConfig)
	if err != nil {
		return "", "", fmt.Errorf("cannot read GRUB's configuration: %w", err)
	}
	cfg := string(data)
	block, _ := d.files().ReadFile(path.Dir(debianConfig) + "/grubenv")
	want, err := expected(cfg, kernelPart(cfg), string(block), "")
	if err != nil {
		return "", "", fmt.Errorf("%s: %w", debianConfig, err)
	}
	return compare(cfg, want)
}

// update has update-grub make grub.cfg again. It checks the syntax of what it has
// made before it puts it in the place of the old one.
func (d debian) update(ctx context.Context, _ Kernel, wanted bool) error {
	boots, should, err := d.check()
	if err == nil && (wanted && boots == should && d.trialStands() || !wanted && boots == "") {
		return nil
	}
	var env []string
	if !wanted {
		env = []string{NoEntry}
	}
	if _, err := d.run(ctx, env, "update-grub"); err != nil {
		return err
	}
	boots, _, err = d.check()
	switch {
	case err != nil:
		return err
	case wanted && !d.trialStands():
		return errors.New("update-grub did not prepare the trial of the new kernel; its messages may say why")
	case wanted && boots == "":
		return errors.New("update-grub created no entry; its messages may say why")
	case !wanted && boots != "":
		return errors.New("update-grub left the entry in " + debianConfig)
	}
	return nil
}

// Print is what the script in /etc/grub.d prints, whose folder dir is: the entry
// made from the first script for kernels that prints one. Nothing is printed where
// the entry stands elsewhere.
func (h Host) Print(ctx context.Context, dir string) (string, error) {
	if name, value, _ := strings.Cut(NoEntry, "="); h.Getenv(name) == value {
		return "", nil
	}
	// grub2-mkconfig writes the kernel arguments into all files of the Boot Loader
	// Specification when it is told to, and so takes umm's away.
	if m, is := h.menu().(loader); is {
		return "", m.update(ctx, Kernel{}, h.wanted())
	}
	err := errNoKernel
	for _, script := range kernelScripts {
		file := path.Join(dir, script)
		if info, statErr := h.files().Stat(file); statErr != nil || info.Mode()&0o111 == 0 {
			continue
		}
		var out string
		if out, err = h.run(ctx, nil, file); err != nil {
			return "", err
		}
		var all []entry
		if all, err = entries(out); err != nil {
			return "", err
		}
		var e entry
		block := debian{h}.block()
		if e, err = choose(all, byTrial(block, h.Getenv("GRUB_ACTUAL_DEFAULT")), ""); err == nil {
			return e.maintenance() + trial(all, block, h.hasWatchdog()), nil
		}
	}
	return "", err
}

// grubby is a host of EL7: grub2-mkconfig made grub.cfg once, and since then
// grubby adds and removes kernels in it, with the arguments of the entry that is
// the default. grub2-mkconfig again would lose what grubby alone was told.
type grubby struct {
	Host
	configs []string
}

func (g grubby) block() string {
	data, _ := g.files().ReadFile(grubFolder + "/grubenv")
	return string(data)
}

func (g grubby) check() (boots, should string, err error) {
	for _, file := range g.configs {
		data, err := g.files().ReadFile(file)
		if err != nil {
			return "", "", fmt.Errorf("cannot read GRUB's configuration: %w", err)
		}
		want, err := expected(string(data), string(data), g.block(), "")
		if err != nil {
			return "", "", fmt.Errorf("%s: %w", file, err)
		}
		if boots, should, err = compare(string(data), want); err != nil || boots != should {
			return boots, should, err
		}
	}
	return boots, should, nil
}

func (g grubby) update(ctx context.Context, k Kernel, wanted bool) error {
	for _, file := range g.configs {
		data, err := g.files().ReadFile(file)
		if err != nil {
			return fmt.Errorf("cannot read GRUB's configuration: %w", err)
		}
		was, entry := string(data), ""
		if wanted {
			if entry, err = expected(was, was, g.block(), k.Removed); err != nil {
				return fmt.Errorf("%s: %w", file, err)
			}
		}
		now := splice(was, entry)
		if now == was {
			continue
		}
		if err := g.replace(file, now, func(written string) error {
			_, err := g.run(ctx, nil, "grub2-script-check", written)
			return err
		}); err != nil {
			return err
		}
	}
	return nil
}
