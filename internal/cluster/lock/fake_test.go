package lock_test

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"

	"umm/internal/cluster/lock"
	"umm/internal/execx"
)

// cluster is Pacemaker on some hosts, as far as locks go: it knows four commands,
// as the real one answers them, and nothing else.
type cluster struct {
	t     *testing.T
	mutex sync.Mutex
	// sets are the hosts' replicas of the entry; "" is none.
	sets map[string]string
	// parts are which hosts see each other; those of one number.
	parts map[string]int
	// away hosts cannot be reached, stopped ones run no Pacemaker.
	away, stopped map[string]bool
	// before is told of each command, so that a test can change things in between.
	before func(host, verb string)
	// drowsy makes the answer of a creation get lost.
	drowsy bool
	asked  []string
}

func newCluster(t *testing.T) *cluster {
	return &cluster{t: t, sets: map[string]string{"n1": "", "n2": "", "n3": ""}, parts: map[string]int{}, away: map[string]bool{}, stopped: map[string]bool{}}
}

func (c *cluster) hosts(names ...string) []lock.Host {
	if len(names) == 0 {
		names = []string{"n1", "n2", "n3"}
	}
	var hosts []lock.Host
	for _, n := range names {
		hosts = append(hosts, lock.Host{Name: n, Run: node{c, n}})
	}
	return hosts
}

func (c *cluster) do(change func()) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	change()
}

func (c *cluster) quorate(host string) bool {
	n := 0
	for other := range c.sets {
		if c.parts[other] == c.parts[host] {
			n++
		}
	}
	return 2*n > len(c.sets)
}

// spread gives a change to the hosts of one part.
func (c *cluster) spread(host, set string) {
	for other := range c.sets {
		if c.parts[other] == c.parts[host] && !c.stopped[other] {
			c.sets[other] = set
		}
	}
}

type node struct {
	*cluster
	name string
}

const rest = `<cluster_property_set id="cib-bootstrap-options"><nvpair id="x" name="have-watchdog" value="false"/></cluster_property_set>`

func (n node) Run(ctx context.Context, cmd execx.Cmd) (execx.Result, error) {
	line := strings.Join(cmd.Argv, " ")
	var before func(host, line string)
	n.do(func() { before = n.before })
	if before != nil {
		before(n.name, line)
	}
	n.mutex.Lock()
	defer n.mutex.Unlock()
	n.asked = append(n.asked, n.name+" "+line)
	if cmd.Limit <= 0 {
		n.t.Errorf("%s has no time limit", line)
	}
	if err := ctx.Err(); err != nil {
		return execx.Result{}, context.Cause(ctx)
	}
	if n.away[n.name] {
		return execx.Result{}, errors.New("cannot reach it")
	}
	if n.stopped[n.name] {
		return execx.Result{Code: 102, Stderr: []byte("Could not connect to the CIB: Transport endpoint is not connected\n")}, nil
	}
	say := func(code int, out string) (execx.Result, error) {
		return execx.Result{Code: code, Stdout: []byte(out)}, nil
	}
	path, deletes := strings.CutPrefix(line, `cibadmin -D --xpath //cluster_property_set[@id="umm-lock"][nvpair[@name="umm-run" and @value="`)
	switch {
	case line == "crm_node -q" && n.quorate(n.name):
		return say(0, "1\n")
	case line == "crm_node -q":
		return say(106, "0\n")
	case line == "cibadmin -Q -o crm_config":
		return say(0, "<crm_config>"+rest+n.sets[n.name]+"</crm_config>\n")
	case line == "cibadmin -C -o crm_config -p":
		n.wellFormed(string(cmd.Stdin))
		if n.sets[n.name] != "" {
			return execx.Result{Code: 108, Stderr: []byte("Call cib_create failed: File exists\n")}, nil
		}
		n.spread(n.name, string(cmd.Stdin))
		if n.drowsy {
			return execx.Result{}, errors.New("the connection was lost")
		}
		return say(0, "")
	case line == `cibadmin -D --xpath //cluster_property_set[@id="umm-lock"]`:
		n.spread(n.name, "")
		return say(0, "")
	case deletes && strings.HasSuffix(path, `"]]`):
		run := strings.TrimSuffix(path, `"]]`)
		if strings.Contains(n.sets[n.name], fmt.Sprintf(`name="umm-run" value="%s"`, run)) {
			n.spread(n.name, "")
		}
		return say(0, "")
	}
	n.t.Errorf("a command that nobody knows: %q", cmd.Argv)
	return execx.Result{}, errors.New("unknown")
}

func (n node) wellFormed(text string) {
	d := xml.NewDecoder(strings.NewReader(text))
	for {
		if _, err := d.Token(); err == io.EOF {
			return
		} else if err != nil {
			n.t.Errorf("%s is no XML: %v", text, err)
			return
		}
	}
}
