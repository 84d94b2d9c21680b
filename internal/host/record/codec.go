package record

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"strings"

	"umm/internal/host/mode"
)

const (
	// magic and version begin each generation.
	magic   = "umm-record"
	version = 1
	// size of a file on disk: both are as large as they will ever get from the
	// first save on. A record is smaller: what is in it is bounded,
	// a command and its reason by api.MaxWords.
	size = 64 << 10
)

// header is the first line's JSON; the record's follows on the second line.
type header struct {
	Version int    `json:"version"`
	Seq     uint64 `json:"seq"`
	Machine string `json:"machine,omitempty"`
	Length  int    `json:"length"`
	CRC32   uint32 `json:"crc32"`
}

// marshal writes JSON; what is special in HTML only stays as it is.
func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}

// encode writes a whole file. Where a record is too large its oldest events go:
// they are what it can spare.
func encode(r mode.Record, seq uint64, machine string) ([]byte, error) {
	data, err := encodeAll(r, seq, machine)
	for errors.Is(err, errTooLarge) && len(r.Events) > 0 {
		r.Events = r.Events[1:]
		data, err = encodeAll(r, seq, machine)
	}
	return data, err
}

var errTooLarge = errors.New("it is too large")

func encodeAll(r mode.Record, seq uint64, machine string) ([]byte, error) {
	body, err := marshal(r)
	if err != nil {
		return nil, fmt.Errorf("cannot save the record: %w", err)
	}
	head, err := json.Marshal(header{
		Version: version, Seq: seq, Machine: machine, Length: len(body),
		CRC32: checksum(seq, machine, body),
	})
	if err != nil {
		return nil, fmt.Errorf("cannot save the record: %w", err)
	}
	line := magic + " " + string(head) + "\n"
	if len(line)+len(body)+1 > size {
		return nil, fmt.Errorf("cannot save the record: %w: %d bytes, and %d fit", errTooLarge, len(line)+len(body), size)
	}
	data := bytes.Repeat([]byte("\n"), size)
	copy(data, line)
	copy(data[len(line):], body)
	return data, nil
}

// checksum covers all that a generation says, what stands in its first line too.
// It is the ordinary CRC-32: the tables for Castagnoli's take 0.2 ms to set up,
// which each boot and each umm status would pay.
func checksum(seq uint64, machine string, body []byte) uint32 {
	head := fmt.Appendf(nil, "%d %s %d\n", seq, machine, len(body))
	return crc32.Update(crc32.ChecksumIEEE(head), crc32.IEEETable, body)
}

// complete tells whether data, the beginning of a file, holds all that counts: two
// lines, and newlines from there on.
func complete(data []byte) bool {
	return bytes.HasSuffix(data, []byte("\n\n"))
}

// prove returns the record's JSON once it is proven to be what was saved: anything
// but what encode wrote is an error.
func prove(data []byte) (header, []byte, error) {
	var h header
	first, rest, found := bytes.Cut(data, []byte("\n"))
	head, isOurs := strings.CutPrefix(string(first), magic+" ")
	if !found || !isOurs {
		return h, nil, errors.New("is not a record of umm")
	}
	if err := json.Unmarshal([]byte(head), &h); err != nil {
		return h, nil, errors.New("has a broken first line")
	}
	if h.Version != version {
		return h, nil, fmt.Errorf("has version %d, this umm knows %d", h.Version, version)
	}
	if h.Length < 0 || h.Length > len(rest) {
		return h, nil, errors.New("is torn: shorter than its header says")
	}
	body := rest[:h.Length]
	if checksum(h.Seq, h.Machine, body) != h.CRC32 {
		return h, nil, errors.New("is torn: wrong checksum")
	}
	return h, body, nil
}

func parse(body []byte) (mode.Record, error) {
	var r mode.Record
	if err := json.Unmarshal(body, &r); err != nil {
		return mode.Record{}, errors.New("does not hold a record")
	}
	return r, nil
}
