package lock

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"

	"umm/internal/atomicfile"
	"umm/internal/cluster/run"
)

// A folder holds, for each run of this master that has a cluster, a folder by the run's name
// with its claim and its lock. The lock beside them is had for a moment, by who reads
// the claims to make one. Earlier versions had one claim, there, and its lock all the time: a
// claim that is found so counts, too.
const (
	lockFile  = "lock"
	claimFile = "claim"
)

const (
	// briefly is how long a lock is tried for that others have for less than that.
	briefly = 200 * time.Millisecond
	// busy is how long the common lock is tried for: a claim is made under it, on a disk that
	// may be slow.
	busy = 10 * time.Second
)

// fileLock is what stands on this master: the kernel's lock, which dies with the
// process, and the claim, which does not.
type fileLock struct {
	// root is the folder of all claims, dir that of this run.
	root, dir string
	run       string
	file      *os.File
	// made: the claim was not there before.
	made bool
	// early: the claim of an earlier version, in root, is this run's.
	early bool
}

// storedClaim is a claim as it is stored on this master.
type storedClaim struct {
	Claim
	// Machines are those that the run has to itself.
	Machines map[string]run.Machine `json:"machines,omitempty"`
	// dir is the folder that it is in.
	dir string
}

// claimFor locks out other runs and leaves c here, durably.
func (k Keeper) claimFor(c Claim) (*fileLock, error) {
	common, err := k.lockCommon()
	if err != nil {
		return nil, err
	}
	defer common.Close()
	claims, err := k.claims()
	if err != nil {
		return nil, err
	}
	var before *storedClaim
	for i := range claims {
		if claims[i].Run != c.Run {
			_ = common.Close() // so that nobody waits for this
			return nil, k.heldBy(claims[i])
		}
		before = &claims[i]
	}
	l, err := k.lockRun(c.Run)
	if err != nil {
		return nil, err
	}
	has, unreadable := readClaim(l.dir)
	l.made = before == nil && has == nil && unreadable == nil
	if err := writeClaim(l.dir, storedClaim{Claim: c, Machines: k.Machines}); err != nil {
		return nil, errors.Join(err, l.unlock())
	}
	if before != nil && before.dir != l.dir {
		if err := removeClaim(before.dir); err != nil {
			return nil, errors.Join(err, l.unlock())
		}
	}
	return l, nil
}

// heldBy is the refusal because of a claim.
func (k Keeper) heldBy(has storedClaim) *HeldError {
	return &HeldError{Claim: has.Claim, Where: here, Working: k.working(has)}
}

const here = "this master"

// working tells whether the process of a claim is at work.
func (k Keeper) working(has storedClaim) bool {
	if has.dir == k.Dir {
		return false // it would have the common lock
	}
	f, err := os.OpenFile(filepath.Join(has.dir, lockFile), os.O_RDWR, 0)
	if err != nil {
		return false
	}
	defer f.Close()
	return errors.Is(flock(f, briefly), unix.EWOULDBLOCK)
}

// lockCommon takes the common lock, or says who is at work.
func (k Keeper) lockCommon() (*os.File, error) {
	if err := os.MkdirAll(k.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("cannot take the cluster lock: %w", err)
	}
	patience := busy
	if has, _ := readClaim(k.Dir); has != nil {
		patience = briefly
	}
	return lockDir(k.Dir, patience, "a run that has just begun")
}

// lockRun takes the lock of one run, or says that it is at work.
func (k Keeper) lockRun(id string) (*fileLock, error) {
	l := &fileLock{root: k.Dir, dir: filepath.Join(k.Dir, id), run: id}
	if err := atomicfile.MakeDir(l.dir, 0o700); err != nil {
		return nil, fmt.Errorf("cannot take the cluster lock: %w", err)
	}
	var err error
	if l.file, err = lockDir(l.dir, briefly, id); err != nil {
		return nil, err
	}
	return l, nil
}

// lockDir takes the lock in a folder, or says who is at work: the run of the claim that is there,
// else the one named.
func lockDir(dir string, patience time.Duration, otherwise string) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(dir, lockFile), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("cannot take the cluster lock: %w", err)
	}
	err = flock(f, patience)
	if err == nil {
		return f, nil
	}
	if !errors.Is(err, unix.EWOULDBLOCK) {
		return nil, errors.Join(fmt.Errorf("cannot take the cluster lock: %w", err), f.Close())
	}
	held := &HeldError{Claim: Claim{Run: otherwise}, Where: here, Working: true}
	if has, err := readClaim(dir); err == nil && has != nil {
		held.Claim = has.Claim
	}
	return nil, errors.Join(held, f.Close())
}

// flock tries for so long: who only reads has the lock for less than that.
func flock(f *os.File, patience time.Duration) error {
	const every = 10 * time.Millisecond
	tick := time.NewTicker(every)
	defer tick.Stop()
	for range patience / every {
		err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		if !errors.Is(err, unix.EWOULDBLOCK) {
			return err
		}
		<-tick.C
	}
	return unix.EWOULDBLOCK
}

// unlock lets the next process in. The claim stays.
func (l *fileLock) unlock() error { return l.file.Close() }

// undo leaves what was there before: a run that goes on later keeps its claim.
func (l *fileLock) undo() error {
	if l.made {
		return l.release()
	}
	return l.unlock()
}

// release removes the claim as well.
func (l *fileLock) release() error {
	err := removeClaim(l.dir)
	if l.early {
		err = errors.Join(err, removeClaim(l.root))
	}
	if err == nil {
		l.removeDir()
	}
	return errors.Join(err, l.unlock())
}

// removeDir removes the folder of a run without a claim. Under the common lock, nobody is about to
// lock it; a folder that stays is nobody's.
func (l *fileLock) removeDir() {
	f, err := os.OpenFile(filepath.Join(l.root, lockFile), os.O_RDWR, 0)
	if err != nil {
		return
	}
	defer f.Close()
	if flock(f, busy) == nil {
		_ = os.Remove(filepath.Join(l.dir, lockFile))
		_ = os.Remove(l.dir)
	}
}

// claims are those that are in the way of this cluster's runs.
func (k Keeper) claims() ([]storedClaim, error) {
	entries, err := os.ReadDir(k.Dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("cannot tell which run holds the cluster lock: %w", err)
	}
	var all []storedClaim
	add := func(has *storedClaim) {
		if has != nil && k.inTheWay(*has) {
			all = append(all, *has)
		}
	}
	has, err := readClaim(k.Dir)
	if err != nil {
		return nil, err
	}
	add(has)
	for _, e := range entries {
		if !e.IsDir() || CheckRun(e.Name()) != nil {
			continue
		}
		dir := filepath.Join(k.Dir, e.Name())
		has, err := readClaim(dir)
		if err != nil {
			// Whose it is says the folder.
			has = &storedClaim{Claim: Claim{Run: e.Name()}, dir: dir}
		}
		add(has)
	}
	return all, nil
}

// inTheWay tells whether a claim keeps runs of this cluster out.
func (k Keeper) inTheWay(has storedClaim) bool {
	theirs := has.Machines
	if len(theirs) == 0 {
		theirs = k.Known(has.Run)
	}
	return len(theirs) == 0 || len(k.Machines) == 0 || run.ShareMachine(theirs, k.Machines)
}

// readClaim reads the claim in a folder; nil where there is none.
func readClaim(dir string) (*storedClaim, error) {
	data, err := os.ReadFile(filepath.Join(dir, claimFile))
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("cannot tell which run holds the cluster lock: %w", err)
	}
	has := storedClaim{dir: dir}
	if err := json.Unmarshal(data, &has); err != nil || has.Run == "" {
		return nil, fmt.Errorf("cannot tell which run holds the cluster lock: %s names none", filepath.Join(dir, claimFile))
	}
	return &has, nil
}

// writeClaim returns once a claim survives a power cut.
func writeClaim(dir string, c storedClaim) error {
	data, err := json.Marshal(c)
	if err != nil {
		return fmt.Errorf("cannot write the claim: %w", err)
	}
	path := filepath.Join(dir, claimFile)
	if err := atomicfile.WriteBytes(path, atomicfile.Options{Mode: 0o600}, append(data, '\n')); err != nil {
		return fmt.Errorf("cannot write the claim: %w", err)
	}
	return nil
}

func removeClaim(dir string) error {
	if err := atomicfile.Remove(filepath.Join(dir, claimFile)); err != nil {
		return fmt.Errorf("cannot remove the claim: %w", err)
	}
	return nil
}
