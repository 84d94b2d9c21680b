package galera

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"umm/internal/cluster/service"
)

const (
	askFiles   = "files"
	askRecover = "recover"
)

// ColdAsks are what every member is asked before ColdStart can decide. They change
// nothing.
func ColdAsks(string) []service.Ask {
	return []service.Ask{statusAsk(), {ID: askFiles, Argv: shell("files")}}
}

func recoverAsk() service.Ask {
	return service.Ask{ID: askRecover, Argv: shell("recover")}
}

// saved is what a server that does not answer has on its disk.
type saved struct {
	host    string
	process bool
	// state: there is a grastate.dat. uuid and seqno are the position; a seqno of -1
	// is not known: the server was not stopped in order.
	state bool
	uuid  string
	seqno int64
	safe  bool
	// view is the last membership, of viewSize members; kept only when the server was
	// not stopped in order.
	view     string
	viewSize int
}

func (s saved) known() bool { return s.uuid != "" && s.uuid != service.NoUUID && s.seqno >= 0 }

// void: it has no data that could be used, as after a copy that was cut short.
func (s saved) void() bool { return s.state && s.uuid == service.NoUUID }

// parseFiles reads what filesScript prints. A line of a file that decides something and
// cannot be read exactly is an error that names it.
func parseFiles(host, out string) (saved, error) {
	s := saved{host: host, seqno: -1}
	file, at, ended := "", 0, false
	seen := map[string]bool{}
	for _, line := range strings.Split(out, "\n") {
		at++
		fields := strings.Fields(line)
		switch {
		case len(fields) == 0 || strings.HasPrefix(fields[0], "#"):
			continue
		case fields[0] == "end":
			ended = true
			continue
		case fields[0] == "process" && len(fields) == 2:
			s.process = fields[1] == "yes"
			continue
		case fields[0] == "file" && len(fields) == 2:
			file, at = fields[1], 0
			continue
		}
		key := fields[0]
		once := slices.Contains([]string{"uuid:", "seqno:", "safe_to_bootstrap:", "view_id:"}, key)
		var err error
		if where := file + " " + key; once && seen[where] {
			err = errors.New("is there twice")
		} else if seen[where] = true; file == "grastate.dat" {
			err = s.grastate(key, fields[1:])
		} else if file == "gvwstate.dat" {
			err = s.gvwstate(key, fields[1:])
		}
		if err != nil {
			return s, fmt.Errorf("%s, line %d, %s %w", file, at, strings.TrimSuffix(key, ":"), err)
		}
	}
	if !ended {
		return s, errors.New("the answer was cut short")
	}
	if s.state && s.uuid == "" {
		return s, errors.New("grastate.dat has no uuid")
	}
	return s, nil
}

func (s *saved) grastate(key string, values []string) error {
	s.state = true
	value := strings.Join(values, " ")
	switch key {
	case "uuid:":
		if s.uuid = strings.ToLower(value); !service.IsUUID(s.uuid) {
			return fmt.Errorf("is %q, not a UUID", value)
		}
	case "seqno:":
		n, err := strconv.ParseInt(value, 10, 64)
		if err != nil || n < -1 {
			return fmt.Errorf("is %q, not a sequence number", value)
		}
		s.seqno = n
	case "safe_to_bootstrap:":
		if value != "0" && value != "1" {
			return fmt.Errorf("is %q, not 0 or 1", value)
		}
		s.safe = value == "1"
	}
	return nil
}

func (s *saved) gvwstate(key string, values []string) error {
	switch key {
	case "view_id:":
		if len(values) != 3 || !service.IsUUID(strings.ToLower(values[1])) {
			return fmt.Errorf("is %q, not a view", strings.Join(values, " "))
		}
		s.view = strings.Join(values, " ")
	case "member:":
		s.viewSize++
	}
	return nil
}

// parsePosition reads "position UUID:SEQNO", which may be followed by that of another
// kind of replication.
func parsePosition(out string) (uuid string, seqno int64, err error) {
	for _, line := range strings.Split(out, "\n") {
		fields := strings.Fields(line)
		if len(fields) < 2 || fields[0] != "position" {
			continue
		}
		u, n, ok := strings.Cut(fields[1], ":")
		n, _, _ = strings.Cut(n, ",")
		seqno, err := strconv.ParseInt(n, 10, 64)
		if u = strings.ToLower(u); !ok || err != nil || !service.IsUUID(u) || seqno < -1 {
			return "", 0, fmt.Errorf("%q is not a position", fields[1])
		}
		return u, seqno, nil
	}
	return "", 0, errors.New("no position was recovered")
}
