// Package rabbitmq judges a RabbitMQ cluster, 3.3 and later: whether it is whole,
// whether a node may leave without a queue losing its messages or its service, how
// it leaves, and in which order nodes start after all of them have stopped. It is
// pure: it says what to ask and reads the answers.
//
// Each check asks each member once, by one `rabbitmqctl eval`; one of them tells of all
// queues as well, which every member would tell alike. `cluster_status` and `list_queues`
// would be a run of the tool each, and the latter one for each virtual host (a run takes
// about a second of a processor); its JSON names processes as "#PID<12472.1311.0>", which
// does not tell on which node a queue is. The functions used are there from 3.3 to 4.1.
package rabbitmq

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"umm/internal/cluster/service"
)

// Name is the service's.
const Name = "rabbitmq"

// judge makes its verdicts.
const judge = service.Judge(Name)

// Service implements service.Service and service.Spokesman.
type Service struct{}

// Name implements service.Service.
func (Service) Name() string { return Name }

// noNode is the status of rabbitmqctl, and of rabbitmq.sh eval, where no node answers.
const noNode = 69

var (
	errDown   = errors.New("its Erlang runs, and RabbitMQ in it does not")
	errQueues = errors.New("it was not asked for the queues")
)

// Read implements service.Service.
func (Service) Read(members []string, a service.Answers) service.View {
	v := &view{members: members, by: map[string]*member{}}
	for _, host := range members {
		v.by[host] = readMember(host, a.Get(host, askStatus))
	}
	v.nameNodes()
	return v
}

func readMember(host string, a service.Answer) *member {
	m := &member{host: host, queuesErr: errQueues}
	out, err := a.Output()
	if err != nil {
		m.err, m.queuesErr = err, err
		m.down = a.Err == nil && a.Result.Code == noNode
		return m
	}
	s, err := parseStatus(out)
	m.node, m.down = s.node, s.down
	switch {
	case err != nil:
		m.err, m.queuesErr = err, err
	case s.down:
		m.err, m.queuesErr = errDown, errDown
	default:
		m.cluster = s.cluster
		if s.asked {
			m.queues, m.queuesErr = s.queues, s.queuesErr
		}
	}
	return m
}

// Spoke implements service.Spokesman.
func (Service) Spoke(a map[string]service.Answer) bool {
	return readMember("", a[askStatus]).queuesErr == nil
}

// cluster is what one node says of all.
type cluster struct {
	nodes   []string
	running []string
	// partitions, alarms are as they are shown.
	partitions []string
	alarms     []string
	// drained: this very node is in maintenance.
	drained bool
	// canDrain: the version knows maintenance and every node does.
	canDrain bool
}

// status is an answer to statusTerm.
type status struct {
	node string
	// down: the node's Erlang runs, and RabbitMQ does not.
	down bool
	cluster
	// asked: the queues were asked for, too; queuesErr is why they cannot be told.
	asked     bool
	queues    []queue
	queuesErr error
}

// parseStatus reads it. A fact that is missing, or has another form than it should, is an
// error that names it.
func parseStatus(out string) (status, error) {
	t, err := parseTerm(out)
	if err != nil {
		return status{}, err
	}
	top, _ := t.(tuple)
	if len(top) != 3 || top[0] != "umm_status" {
		return status{}, errors.New("the answer is not the status of a node")
	}
	s := status{}
	if !isNode(top[1]) {
		return s, errors.New("the answer does not say of which node it is")
	}
	s.node = top[1].(string)
	if s.down = top[2] == "down"; s.down {
		return s, nil
	}
	facts := pairs(top[2])
	if s.nodes, err = nodesOf(facts, "nodes"); err != nil {
		return s, err
	}
	if len(s.nodes) == 0 {
		return s, errors.New("the status of the cluster names no node")
	}
	if s.running, err = nodesOf(facts, "running"); err != nil {
		return s, err
	}
	if s.partitions, err = itemsOf(facts, "partitions", partition); err != nil {
		return s, err
	}
	if s.alarms, err = itemsOf(facts, "alarms", alarm); err != nil {
		return s, err
	}
	if s.drained, err = boolOf(facts, "drained"); err != nil {
		return s, err
	}
	if s.canDrain, err = boolOf(facts, "drains"); err != nil {
		return s, err
	}
	var queues term
	if queues, s.asked = facts["queues"]; s.asked {
		s.queues, s.queuesErr = parseQueues(queues)
	}
	return s, nil
}

func itemsOf(facts map[string]term, name string, show func(term) string) ([]string, error) {
	items, ok := facts[name].(list)
	if !ok {
		return nil, fmt.Errorf("the status of the node does not tell its %s", name)
	}
	var all []string
	for _, item := range items {
		all = append(all, show(item))
	}
	return all, nil
}

func nodesOf(facts map[string]term, name string) ([]string, error) {
	nodes, err := itemsOf(facts, name, func(t term) string {
		if isNode(t) {
			return t.(string)
		}
		return ""
	})
	if err == nil && slices.Contains(nodes, "") {
		err = fmt.Errorf("the status of the node has something else than nodes in its %s", name)
	}
	return nodes, err
}

func boolOf(facts map[string]term, name string) (bool, error) {
	if s, ok := text(facts[name]); ok && (s == "true" || s == "false") {
		return s == "true", nil
	}
	return false, fmt.Errorf("the status of the node does not tell %s", name)
}

// partition and alarm say one for people. What is not known is shown as it is, so that it
// is never taken for nothing.
func partition(t term) string {
	if pair, ok := t.(tuple); ok && len(pair) == 2 {
		if node, ok := text(pair[0]); ok {
			return fmt.Sprintf("%s does not see %s", node, strings.Join(texts(pair[1]), ", "))
		}
	}
	return fmt.Sprint(t)
}

func alarm(t term) string {
	if a, ok := t.(tuple); ok && len(a) == 3 && a[0] == "resource_limit" {
		return fmt.Sprintf("%v: %v", a[2], a[1])
	}
	return fmt.Sprint(t)
}
