package haproxy

import (
	"encoding/csv"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// proxy is what a host said of its HAProxy: one process, or more of them that have
// a socket each.
type proxy struct {
	err error
	// node is what the host calls itself; addresses are its addresses.
	node      string
	addresses []string
	processes []process
}

type process struct {
	socket string
	// admin: it takes commands by this socket.
	admin        bool
	version, pid string
	rows         []row
	// states: it tells the administrative state of its servers (HAProxy 1.6).
	states bool
}

// row is a line of show stat: a server, a FRONTEND or a BACKEND.
type row struct {
	backend, server, status string
	sessions                int
	weight                  string
	// From show servers state, where there is that: address, the administrative
	// state as HAProxy's bits, the weight as it is set and as it was configured.
	address          string
	admin            int
	uweight, iweight string
}

// listener is the column type of a line about a socket that a frontend listens on, which
// option socket-stats shows.
const listener = "3"

// HAProxy's bits of an administrative state. configMaint says that a server was disabled
// in the configuration, and stays when it is enabled at run time: it is disabled as long as
// forcedMaint is there, too. So are the spare slots of a server-template.
const (
	forcedMaint   = 0x01
	trackedMaint  = 0x02
	configMaint   = 0x04
	forcedDrain   = 0x08
	trackedDrain  = 0x10
	resolverMaint = 0x20
	anyMaint      = forcedMaint | trackedMaint | resolverMaint
)

func (r row) isServer() bool { return r.server != "FRONTEND" && r.server != "BACKEND" }

func (r row) id() string { return r.backend + "/" + r.server }

// drained: it takes no new connections because somebody said so.
func (r row) drained() bool {
	return r.admin&(forcedDrain|trackedDrain|forcedMaint|trackedMaint) != 0 ||
		strings.HasPrefix(r.status, "DRAIN") || strings.HasPrefix(r.status, "MAINT")
}

// disabled: the configuration has it so. Nobody counts on it.
func (r row) disabled() bool {
	return r.admin&configMaint != 0 && (r.admin&forcedMaint != 0 || strings.HasPrefix(r.status, "MAINT"))
}

// up: it may take connections as far as its health goes.
func (r row) up() bool {
	return r.status == "no check" || r.status == "UP" || strings.HasPrefix(r.status, "UP ")
}

// serves: it takes new connections now, or would if those before it fell.
func (r row) serves() bool { return r.up() && !r.drained() && r.weight != "0" }

// canSet tells whether a process takes set server; if not, why.
func (p process) canSet() (bool, string) {
	if p.version != "" && !p.atLeast(1, 5) {
		return false, "HAProxy " + p.version + " cannot drain servers: that came with 1.5"
	}
	if !p.admin {
		return false, "the socket " + p.socket + " is not one of \"level admin\""
	}
	return true, ""
}

// atLeast compares the version; false where it cannot be told.
func (p process) atLeast(major, minor int) bool {
	first, rest, _ := strings.Cut(p.version, ".")
	end := strings.IndexFunc(rest, func(r rune) bool { return r < '0' || r > '9' })
	if end >= 0 {
		rest = rest[:end]
	}
	a, errA := strconv.Atoi(first)
	b, errB := strconv.Atoi(rest)
	return errA == nil && errB == nil && (a > major || a == major && b >= minor)
}

// parse reads what the script printed in mode ask.
func parse(text string) (proxy, error) {
	var p proxy
	var block []string
	// An empty line ends each answer; one that ends without is a part of one.
	flush := func(whole bool) error {
		defer func() { block = nil }()
		if len(block) == 0 || len(p.processes) == 0 {
			return nil
		}
		if !whole && (block[0] == "1" || strings.HasPrefix(block[0], "# ")) {
			return errors.New("HAProxy's output is cut off")
		}
		return p.processes[len(p.processes)-1].take(block)
	}
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\r\n")
		fields := strings.Fields(line)
		switch {
		case strings.HasPrefix(line, "# host ") && len(fields) > 2:
			p.node, p.addresses = fields[2], fields[3:]
		case strings.HasPrefix(line, "# socket ") && len(fields) == 4:
			if err := flush(false); err != nil {
				return proxy{}, err
			}
			p.processes = append(p.processes, process{socket: fields[2], admin: fields[3] == "admin"})
		case line == "":
			if err := flush(true); err != nil {
				return proxy{}, err
			}
		default:
			block = append(block, line)
		}
	}
	if err := flush(false); err != nil {
		return proxy{}, err
	}
	return p.checked()
}

// checked wants at least one process, each with its rows, none of them twice.
func (p proxy) checked() (proxy, error) {
	if len(p.processes) == 0 {
		return proxy{}, errors.New("nothing of HAProxy was printed")
	}
	var once []process
	for _, pr := range p.processes {
		if len(pr.rows) == 0 {
			return proxy{}, fmt.Errorf("the socket %s tells no statistics", pr.socket)
		}
		if !pr.states && pr.atLeast(1, 6) {
			return proxy{}, fmt.Errorf("the socket %s does not report the state of the servers", pr.socket)
		}
		if pr.pid == "" || !slices.ContainsFunc(once, func(o process) bool { return o.pid == pr.pid }) {
			once = append(once, pr)
		}
	}
	p.processes = once
	return p, nil
}

// take reads one answer: whatever is none that is known says nothing.
func (p *process) take(block []string) error {
	// The format version stands before the header of show servers state.
	if block[0] == "1" && len(block) > 1 {
		block = block[1:]
	}
	switch {
	case strings.HasPrefix(block[0], "# pxname,"):
		return p.stat(block)
	case strings.HasPrefix(block[0], "# be_id "):
		return p.state(block)
	case strings.HasPrefix(block[0], "Name:"):
		for _, line := range block {
			key, value, _ := strings.Cut(line, ":")
			switch key {
			case "Version":
				p.version = strings.TrimSpace(value)
			case "Pid":
				p.pid = strings.TrimSpace(value)
			}
		}
	}
	return nil
}

// stat reads the CSV of show stat.
func (p *process) stat(block []string) error {
	r := csv.NewReader(strings.NewReader(strings.TrimPrefix(strings.Join(block, "\n"), "# ")))
	r.FieldsPerRecord, r.LazyQuotes = -1, true
	lines, err := r.ReadAll()
	if err != nil {
		return fmt.Errorf("show stat cannot be read: %w", err)
	}
	at, last, err := columns("show stat", lines[0], "pxname", "svname", "scur", "status", "weight")
	if err != nil {
		return err
	}
	for _, line := range lines[1:] {
		if len(line) <= last {
			return fmt.Errorf("show stat has a line that is cut off: %q", strings.Join(line, ","))
		}
		if i, ok := at["type"]; ok && i < len(line) && line[i] == listener {
			continue
		}
		one := row{backend: line[at["pxname"]], server: line[at["svname"]], status: line[at["status"]], weight: line[at["weight"]]}
		if one.backend == "" || one.server == "" || one.status == "" {
			return fmt.Errorf("show stat has a line without name or status: %q", strings.Join(line[:min(len(line), 20)], ","))
		}
		if n := line[at["scur"]]; n != "" {
			if one.sessions, err = strconv.Atoi(n); err != nil {
				return fmt.Errorf("show stat has scur=%q for %s", n, one.id())
			}
		}
		if i, ok := at["addr"]; ok && i < len(line) {
			if colon := strings.LastIndexByte(line[i], ':'); colon > 0 {
				one.address = strings.Trim(line[i][:colon], "[]")
			}
		}
		p.rows = append(p.rows, one)
	}
	return nil
}

// state reads show servers state, and adds it to the rows.
func (p *process) state(block []string) error {
	at, last, err := columns("show servers state", strings.Fields(strings.TrimPrefix(block[0], "# ")),
		"be_name", "srv_name", "srv_addr", "srv_admin_state", "srv_uweight", "srv_iweight")
	if err != nil {
		return err
	}
	p.states = true
	for _, line := range block[1:] {
		f := strings.Fields(line)
		if strings.HasPrefix(line, "#") {
			continue
		}
		if len(f) <= last {
			return fmt.Errorf("show servers state has a line that is cut off: %q", line)
		}
		i := slices.IndexFunc(p.rows, func(r row) bool { return r.backend == f[at["be_name"]] && r.server == f[at["srv_name"]] })
		if i < 0 {
			continue
		}
		admin, err := strconv.Atoi(f[at["srv_admin_state"]])
		if err != nil {
			return fmt.Errorf("show servers state has the state %q for %s", f[at["srv_admin_state"]], p.rows[i].id())
		}
		r := &p.rows[i]
		r.admin, r.uweight, r.iweight = admin, f[at["srv_uweight"]], f[at["srv_iweight"]]
		if address := f[at["srv_addr"]]; address != "-" {
			r.address = address
		}
	}
	return nil
}

// columns are where the columns of a table are, by their names; last is the last of those that
// are needed.
func columns(table string, names []string, needed ...string) (at map[string]int, last int, err error) {
	at = map[string]int{}
	for i, name := range slices.Backward(names) {
		at[name] = i // of two of the same name the first counts
	}
	for _, name := range needed {
		i, ok := at[name]
		if !ok {
			return nil, 0, fmt.Errorf("%s has no column %s", table, name)
		}
		last = max(last, i)
	}
	return at, last, nil
}
