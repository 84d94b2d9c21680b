package record

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"os"
	"os/exec"
	"reflect"
	"strings"
	"syscall"
	"testing"

	"umm/internal/host/mode"
)

// large is a record of many disk blocks.
func large(n int) mode.Record {
	r := numbered(n)
	r.Session = &mode.Session{Command: &mode.Command{Argv: []string{strings.Repeat(string(rune('a'+n)), 9000)}}}
	return r
}

// torn tries what a power cut can leave of a save of next over the older of two
// generations: broken makes it of the old and the new content.
func torn(t *testing.T, last, next mode.Record, broken func(was, is []byte, visit func(content []byte, whole bool))) {
	t.Helper()
	s := newStore(t)
	save(t, s, large(1))
	save(t, s, last) // record.1
	was := read(t, path(s, 0))
	is, err := encode(next, 3, machine)
	if err != nil {
		t.Fatal(err)
	}
	broken(was, is, func(content []byte, whole bool) {
		write(t, path(s, 0), content)
		got, err := s.Load()
		switch {
		case err != nil:
			t.Fatalf("a torn save cost the record: %v", err)
		case reflect.DeepEqual(got, last) && !whole:
		case reflect.DeepEqual(got, next) && whole:
		default:
			t.Fatalf("loaded %.80v..., neither the last record nor the next one", got)
		}
	})
}

func TestTornAtEveryByte(t *testing.T) {
	for name, next := range map[string]mode.Record{"a small one": numbered(3), "a large one": large(3)} {
		t.Run(name, func(t *testing.T) {
			torn(t, numbered(2), next, func(was, is []byte, visit func([]byte, bool)) {
				words := len(bytes.TrimRight(is, "\n"))
				for n := 0; n <= words+2; n += step(n, words) {
					content := append(append([]byte{}, is[:n]...), was[n:]...)
					visit(content, bytes.Equal(content[:words], is[:words]))
					// A file that grew: the rest is not there at all, or zeros.
					visit(is[:n], n >= words)
					visit(append(append([]byte{}, is[:n]...), make([]byte, size-n)...), n >= words)
				}
			})
		})
	}
}

// step goes byte by byte near the borders of lines and blocks, else faster.
func step(n, words int) int {
	if n < 250 || n > words-50 || n%512 < 2 || n%512 > 510 {
		return 1
	}
	return 97
}

// A disk writes blocks in any order.
func TestTornInAnyOrder(t *testing.T) {
	const block = 512
	random := rand.New(rand.NewPCG(3, 4))
	torn(t, numbered(2), large(3), func(was, is []byte, visit func([]byte, bool)) {
		for range 300 {
			content := bytes.Clone(was)
			for at := 0; at < size; at += block {
				if random.IntN(2) == 0 {
					copy(content[at:at+block], is[at:at+block])
				}
			}
			visit(content, bytes.Equal(bytes.TrimRight(content, "\n"), bytes.TrimRight(is, "\n")))
		}
	})
}

func TestEveryFlippedBitIsSeen(t *testing.T) {
	s := newStore(t)
	save(t, s, numbered(1))
	save(t, s, numbered(2))
	is := bytes.TrimRight(read(t, path(s, 1)), "\n")
	words := len(is)
	for i := range words {
		for bit := range 8 {
			content := bytes.Clone(is)
			content[i] ^= 1 << bit
			write(t, path(s, 1), content)
			if got, err := s.Load(); err != nil || (got.Unclean != 1 && got.Unclean != 2) {
				t.Fatalf("byte %d, bit %d: loaded %+v, %v", i, bit, got, err)
			} else if got.Unclean == 2 && !harmless(is, content) {
				t.Fatalf("byte %d, bit %d: %q was believed", i, bit, content[:words])
			}
		}
	}
}

// harmless: the name of a field in other letters means the same to Go's JSON.
func harmless(is, content []byte) bool {
	return bytes.EqualFold(is, content)
}

func TestBroken(t *testing.T) {
	good, err := encode(numbered(5), 5, machine)
	if err != nil {
		t.Fatal(err)
	}
	other, err := encode(numbered(5), 5, "fedcba9876543210fedcba9876543210")
	if err != nil {
		t.Fatal(err)
	}
	newer := bytes.Replace(good, []byte(`"version":1`), []byte(`"version":2`), 1)
	for name, c := range map[string]struct {
		content []byte
		want    string
	}{
		"empty":           {nil, "is not a record of umm"},
		"zeros":           {make([]byte, size), "is not a record of umm"},
		"another file":    {[]byte("UMM=yes\n"), "is not a record of umm"},
		"shell":           {[]byte("umm-record $(reboot)\n{}\n"), "has a broken first line"},
		"no second line":  {bytes.TrimRight(good[:bytes.IndexByte(good, '\n')+1], "\n"), "is not a record of umm"},
		"newer":           {newer, "has version 2, this umm knows 1"},
		"foreign":         {other, "belongs to another machine, fedcba"},
		"negative length": {[]byte(`umm-record {"version":1,"seq":1,"length":-1,"crc32":0}` + "\n{}"), "is torn"},
		"huge length":     {[]byte(`umm-record {"version":1,"seq":1,"length":99999999,"crc32":0}` + "\n{}"), "is torn: shorter"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStore(t)
			save(t, s, numbered(1))
			save(t, s, numbered(2))
			write(t, path(s, 1), c.content)
			wantLoad(t, s, numbered(1))
			if err := s.Check(); err == nil || !strings.Contains(err.Error(), path(s, 1)+": "+c.want) {
				t.Errorf("check says %v, want %q of %s", err, c.want, path(s, 1))
			}
			save(t, s, numbered(3))
			wantLoad(t, s, numbered(3))
			if err := s.Check(); err != nil {
				t.Errorf("a save does not repair it: %v", err)
			}
		})
	}
}

func TestBothBroken(t *testing.T) {
	s := newStore(t)
	save(t, s, numbered(1))
	save(t, s, numbered(2))
	write(t, path(s, 0), []byte("rubbish\n"))
	write(t, path(s, 1), read(t, path(s, 1))[:150])
	r, err := s.Load()
	if !errors.Is(err, ErrUnknown) || !reflect.DeepEqual(r, mode.Record{}) {
		t.Fatalf("loaded %+v, %v", r, err)
	}
	for _, want := range []string{path(s, 0) + ": is not a record", path(s, 1) + ": is torn"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("the error %q does not say %q", err, want)
		}
	}
	if err := s.Writable(); err != nil {
		t.Errorf("Writable says %v", err)
	}
	wantLoad(t, s, mode.Record{})
	save(t, s, numbered(3))
	wantLoad(t, s, numbered(3))
}

func TestUnknownMachineIsNotCompared(t *testing.T) {
	s := newStore(t)
	save(t, s, numbered(1))
	s.Machine = ""
	wantLoad(t, s, numbered(1))
	save(t, s, numbered(2))
	s.Machine = machine
	wantLoad(t, s, numbered(2))
}

// TestFileSizeLimit stands for a disk that takes no more: a limit on the size of
// files lets a write end in its middle, as a full disk does.
func TestFileSizeLimit(t *testing.T) {
	if dir := os.Getenv("RECORD_TEST_DIR"); dir != "" {
		limited(t, Store{Dir: dir, Machine: machine})
		return
	}
	s := newStore(t)
	save(t, s, numbered(1))
	save(t, s, numbered(2))
	cmd := exec.Command(os.Args[0], "-test.run=^TestFileSizeLimit$")
	cmd.Env = append(os.Environ(), "RECORD_TEST_DIR="+s.Dir)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	wantLoad(t, s, numbered(2))
	save(t, s, numbered(3))
	wantLoad(t, s, numbered(3))
}

func limited(t *testing.T, s Store) {
	limit := syscall.Rlimit{Cur: size / 2, Max: size / 2}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		t.Fatal(err)
	}
	if err := s.Save(numbered(9)); !errors.Is(err, syscall.EFBIG) {
		t.Errorf("save says %v", err)
	}
	wantLoad(t, s, numbered(2))
}
