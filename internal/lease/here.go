package lease

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"

	"umm/internal/atomicfile"
)

const (
	lockFile  = "lock"
	claimFile = "claim"
)

// lock is what stands on this master: the kernel's lock, which dies with the
// process, and the claim, which does not.
type lock struct {
	dir  string
	file *os.File
	// made: the claim was not there before.
	made bool
}

// lockFor locks the folder and leaves c there, durably.
func (k Keeper) lockFor(c Claim) (*lock, error) {
	l, err := k.lockDir()
	if err != nil {
		return nil, err
	}
	has, err := readClaim(k.Dir)
	switch {
	case err != nil:
		return nil, errors.Join(err, l.free())
	case has != nil && has.Run != c.Run:
		return nil, errors.Join(&Held{Claim: *has, Where: "this master"}, l.free())
	}
	l.made = has == nil
	if err := writeClaim(k.Dir, c); err != nil {
		return nil, errors.Join(err, l.free())
	}
	return l, nil
}

// lockDir takes the kernel's lock, or says who is at work.
func (k Keeper) lockDir() (*lock, error) {
	if err := os.MkdirAll(k.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("cannot lock out other runs: %w", err)
	}
	f, err := os.OpenFile(filepath.Join(k.Dir, lockFile), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("cannot lock out other runs: %w", err)
	}
	err = flock(f)
	if err == nil {
		return &lock{dir: k.Dir, file: f}, nil
	}
	if !errors.Is(err, unix.EWOULDBLOCK) {
		return nil, errors.Join(fmt.Errorf("cannot lock out other runs: %w", err), f.Close())
	}
	held := &Held{Claim: Claim{Run: "a run that has just begun"}, Where: "this master", Working: true}
	if has, err := readClaim(k.Dir); err == nil && has != nil {
		held.Claim = *has
	}
	return nil, errors.Join(held, f.Close())
}

// flock tries for a moment: whoever only looks has the lock for less than that.
func flock(f *os.File) error {
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for range 20 {
		err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		if !errors.Is(err, unix.EWOULDBLOCK) {
			return err
		}
		<-tick.C
	}
	return unix.EWOULDBLOCK
}

// free lets the next process in. The claim stays.
func (l *lock) free() error { return l.file.Close() }

// undo leaves what was there before: a run that goes on later keeps its claim.
func (l *lock) undo() error {
	if l.made {
		return l.giveBack()
	}
	return l.free()
}

// giveBack removes the claim as well.
func (l *lock) giveBack() error {
	return errors.Join(removeClaim(l.dir), l.free())
}

func readClaim(dir string) (*Claim, error) {
	data, err := os.ReadFile(filepath.Join(dir, claimFile))
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("cannot tell which run has the cluster: %w", err)
	}
	var c Claim
	if err := json.Unmarshal(data, &c); err != nil || c.Run == "" {
		return nil, fmt.Errorf("cannot tell which run has the cluster: %s names none", filepath.Join(dir, claimFile))
	}
	return &c, nil
}

// writeClaim returns once c survives a power cut.
func writeClaim(dir string, c Claim) error {
	data, err := json.Marshal(c)
	if err != nil {
		return fmt.Errorf("cannot keep the claim: %w", err)
	}
	path := filepath.Join(dir, claimFile)
	if err := atomicfile.WriteBytes(path, atomicfile.Options{Mode: 0o600}, append(data, '\n')); err != nil {
		return fmt.Errorf("cannot keep the claim: %w", err)
	}
	return nil
}

func removeClaim(dir string) error {
	if err := atomicfile.Remove(filepath.Join(dir, claimFile)); err != nil {
		return fmt.Errorf("cannot remove the claim: %w", err)
	}
	return nil
}
