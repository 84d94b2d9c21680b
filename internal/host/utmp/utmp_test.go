package utmp

import (
	"encoding/binary"
	"testing"
)

// entry is a record of utmp; level is its run level and the one before.
func entry(size, kind int, before, now byte) []byte {
	e := make([]byte, size)
	binary.LittleEndian.PutUint16(e, uint16(kind))
	binary.LittleEndian.PutUint32(e[4:], uint32(now)|uint32(before)<<8)
	return e
}

func TestRecorded(t *testing.T) {
	const boot, user, level = 2, 7, 1
	for _, size := range []int{sizeOf("amd64"), sizeOf("arm64")} {
		join := func(entries ...[]byte) (all []byte) {
			for _, e := range entries {
				all = append(all, e...)
			}
			return all
		}
		for _, c := range []struct {
			name string
			utmp []byte
			want string
		}{
			{"nothing", nil, ""},
			{"no run level", join(entry(size, boot, 0, 0), entry(size, user, 0, 'x')), ""},
			{"behind others", join(entry(size, boot, 0, 0), entry(size, level, 'N', '5'), entry(size, user, 0, 0)), "N 5"},
			{"none before", entry(size, level, 0, '3'), "N 3"},
			{"changed", entry(size, level, '5', '3'), "5 3"},
			{"single user", entry(size, level, 'S', 'S'), "S S"},
			{"rubbish", entry(size, level, '\n', 7), ""},
			{"rubbish before it", entry(size, level, '\x1b', '5'), "N 5"},
			{"torn", entry(size, level, 'N', '5')[:size-1], ""},
		} {
			if got := recorded(c.utmp, size); got != c.want {
				t.Errorf("%s, in records of %d bytes: %q, want %q", c.name, size, got, c.want)
			}
		}
	}
	if sizeOf("amd64") != 384 || sizeOf("arm64") != 400 {
		t.Error("the size of utmp's records is wrong")
	}
}
