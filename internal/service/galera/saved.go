package galera

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"umm/internal/service"
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

func (s saved) known() bool { return s.uuid != "" && s.seqno >= 0 }

// void: it has no data that could be used, as after a copy that was cut short.
func (s saved) void() bool { return s.state && s.uuid == noUUID }

func parseFiles(host, out string) (saved, error) {
	s := saved{host: host, seqno: -1}
	file, ended := "", false
	for _, line := range strings.Split(out, "\n") {
		fields := strings.Fields(line)
		switch {
		case len(fields) == 0 || strings.HasPrefix(fields[0], "#"):
		case fields[0] == "end":
			ended = true
		case fields[0] == "process" && len(fields) == 2:
			s.process = fields[1] == "yes"
		case fields[0] == "file" && len(fields) == 2:
			file = fields[1]
		case file == "grastate.dat":
			if err := s.grastate(fields); err != nil {
				return s, err
			}
		case file == "gvwstate.dat" && fields[0] == "view_id:":
			s.view = strings.Join(fields[1:], " ")
		case file == "gvwstate.dat" && fields[0] == "member:":
			s.viewSize++
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

func (s *saved) grastate(fields []string) error {
	s.state = true
	if len(fields) != 2 {
		return nil
	}
	switch fields[0] {
	case "uuid:":
		s.uuid = strings.ToLower(fields[1])
	case "seqno:":
		n, err := strconv.ParseInt(fields[1], 10, 64)
		if err != nil || n < -1 {
			return fmt.Errorf("grastate.dat has the sequence number %q", fields[1])
		}
		s.seqno = n
	case "safe_to_bootstrap:":
		s.safe = fields[1] == "1"
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
		if !ok || err != nil || len(u) != len(noUUID) || seqno < -1 {
			return "", 0, fmt.Errorf("%q is not a position", fields[1])
		}
		return strings.ToLower(u), seqno, nil
	}
	return "", 0, errors.New("no position was recovered")
}
