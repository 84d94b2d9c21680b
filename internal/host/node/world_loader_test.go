package node_test

import (
	"context"
	"errors"
)

// bootLoader is what GRUB here is: the newest kernel is the default, unless one is kept.
type bootLoader struct {
	// newest is what is installed; empty: this host's kernels do not matter.
	newest    string
	try, keep string
	// running is the kernel that runs, onTrial: the loader has begun a trial of it.
	running string
	onTrial bool
	// hangs: the newest kernel never comes as far as umm.
	hangs bool
	// chosen is what somebody picks in the menu, once.
	chosen string
	// lastWords are kept by the firmware.
	lastWords string
}

const (
	oldKernel = "6.1.0-9"
	newKernel = "6.1.0-31"
)

// next is the kernel that a boot starts.
func (b *bootLoader) next() (kernel string, trial bool) {
	switch {
	case b.chosen != "":
		return b.chosen, false
	case b.try != "" && b.keep != "":
		return b.try, true
	case b.keep != "":
		return b.keep, false
	}
	return b.newest, false
}

// startKernel starts one, and another one where that hangs and somebody resets the host.
func (w *world) startKernel() {
	if w.newest == "" {
		return
	}
	for range 3 {
		kernel, trial := w.next()
		w.chosen = ""
		if trial {
			w.try = ""
		}
		if w.hangs && kernel == newKernel {
			continue
		}
		w.running, w.onTrial = kernel, trial
		w.put("proc/sys/kernel/osrelease", kernel+"\n")
		words := "ro quiet\n"
		if trial {
			words = "ro quiet umm.trial panic=10\n"
		}
		w.put("proc/cmdline", words)
		return
	}
	w.t.Fatal("no kernel starts")
}

// excused: a kernel that was tried went down, and another one comes.
func (w *world) excused() bool {
	next, _ := w.next()
	return w.newest != "" && w.running == newKernel && next != newKernel
}

// loader is the world as node.Loader.
type loader world

func (l *loader) CanTry(_ context.Context, try, keep string) error {
	if try != l.newest || keep == "" {
		l.t.Errorf("can %s be tried, and %q be kept?", try, keep)
	}
	return l.fails["CanTry"]
}

func (l *loader) Try(_ context.Context, try, keep string) error {
	if try == keep || keep == "" {
		return errors.New("it cannot be kept")
	}
	return (*world)(l).effect("Try", func() { l.try, l.keep = try, keep })
}

func (l *loader) Trial() (string, bool, error) { return l.try, l.keep != "", l.fails["Trial"] }

func (l *loader) EndTrial(context.Context) error {
	return (*world)(l).effect("EndTrial", func() { l.try, l.keep = "", "" })
}
