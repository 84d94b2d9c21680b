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

const noUUID = "00000000-0000-0000-0000-000000000000"

// datadir finds the folder of the data.
const datadir = `d=$(my_print_defaults mysqld server mariadb mariadbd 2>/dev/null | sed -n 's/^--datadir=//p' | tail -n 1)
d=${d:-/var/lib/mysql}
`

const filesScript = client + datadir + `[ -d "$d" ] || { echo "$d is not there" >&2; exit 1; }
if alive; then echo "process yes"; else echo "process no"; fi
for f in grastate.dat gvwstate.dat; do
	[ ! -e "$d/$f" ] || { echo "file $f"; cat "$d/$f" || exit; }
done
echo end`

// recoverScript has the storage engine say up to which write it has the data. The
// server is started for that, on no port, and ends by itself.
const recoverScript = client + datadir + `if alive; then echo "a database server runs here" >&2; exit 1; fi
if command -v galera_recovery >/dev/null 2>&1; then
	p=$(timeout 1800 galera_recovery) || exit
	p=$(printf '%s' "$p" | sed -n 's/.*wsrep[_-]start[_-]position=//p')
else
	s=$(command -v mariadbd || command -v mysqld || ls /usr/libexec/mariadbd /usr/libexec/mysqld 2>/dev/null | head -n 1)
	l=$(mktemp) || exit
	trap 'rm -f "$l"' EXIT
	chown mysql "$l"
	timeout 1800 "$s" --user=mysql --wsrep-recover --skip-networking --log-error="$l" >/dev/null 2>&1 || { tail -n 3 "$l" >&2; exit 1; }
	p=$(sed -n 's/.*Recovered position: *//p' "$l" | tail -n 1)
fi
[ -n "$p" ] || { echo "no position could be recovered" >&2; exit 1; }
echo "position $p"`

// ColdAsks are what every member is asked before ColdStart can decide. They change
// nothing.
func ColdAsks(string) []service.Ask {
	return []service.Ask{statusAsk(), {ID: askFiles, Argv: []string{"sh", "-c", filesScript}}}
}

func recoverAsk() service.Ask {
	return service.Ask{ID: askRecover, Argv: []string{"sh", "-c", recoverScript}}
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

func (s saved) known() bool { return s.uuid != "" && s.uuid != noUUID && s.seqno >= 0 }

// void: it has no data that could be used, as after a copy that was cut short.
func (s saved) void() bool { return s.state && s.uuid == noUUID }

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

// isUUID tells whether it is one, in lower case.
func isUUID(text string) bool {
	if len(text) != len(noUUID) {
		return false
	}
	for i, c := range []byte(text) {
		if noUUID[i] == '-' && c != '-' || noUUID[i] != '-' && !strings.ContainsRune("0123456789abcdef", rune(c)) {
			return false
		}
	}
	return true
}

func (s *saved) grastate(key string, values []string) error {
	s.state = true
	value := strings.Join(values, " ")
	switch key {
	case "uuid:":
		if s.uuid = strings.ToLower(value); !isUUID(s.uuid) {
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
		if len(values) != 3 || !isUUID(strings.ToLower(values[1])) {
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
		if u = strings.ToLower(u); !ok || err != nil || !isUUID(u) || seqno < -1 {
			return "", 0, fmt.Errorf("%q is not a position", fields[1])
		}
		return u, seqno, nil
	}
	return "", 0, errors.New("no position was recovered")
}
