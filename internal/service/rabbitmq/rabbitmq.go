// Package rabbitmq judges a RabbitMQ cluster, 3.3 and later: whether it is whole,
// whether a node may leave without a queue losing its messages or its service, how
// it leaves, and in which order nodes start after all of them stood still. It is
// pure: it says what to ask and reads the answers.
//
// Queues are asked for by one `rabbitmqctl eval` for all virtual hosts. `list_queues`
// would be one run of the tool (about a second of a processor) for each virtual host,
// and its JSON names processes as "#PID<12472.1311.0>", which does not tell on which
// node a queue is. The functions used are there from 3.3 to 4.1.
package rabbitmq

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"umm/internal/service"
)

// Name is the service's.
const Name = "rabbitmq"

// The asks.
const (
	askCluster = "cluster"
	askQueues  = "queues"
)

// Service implements service.Service.
type Service struct{}

// Name implements service.Service.
func (Service) Name() string { return Name }

// preamble finds the tools where a login that is not interactive does not.
const preamble = `PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin; export PATH
command -v rabbitmqctl >/dev/null 2>&1 || { echo "rabbitmqctl is not there" >&2; exit 127; }
`

// running spares a host whose node stands still or is on its way the tools, each run
// of which takes about a second of a processor: asked all the time, three nodes on
// two processors took 20 s to start in place of 8.
const running = `if p=$(ps -eo args 2>/dev/null); then
	# The brackets keep this very line from being found.
	printf '%s\n' "$p" | grep -q '[b]eam.* -s rabbit boot' || { echo "no process of RabbitMQ is there" >&2; exit 69; }
fi
case $(systemctl show -p ActiveState rabbitmq-server 2>/dev/null) in
*=activating) echo "RabbitMQ is starting" >&2; exit 69 ;;
*=deactivating) echo "RabbitMQ is stopping" >&2; exit 69 ;;
esac
`

// clusterScript is bounded in time, as is queuesScript: a node that hangs must not
// hold up the one who asks. It asks for JSON where the tools know it: those of 3.7
// and later, which came with rabbitmq-diagnostics.
const clusterScript = preamble + running + `if command -v rabbitmq-diagnostics >/dev/null 2>&1; then
	exec timeout 30 rabbitmqctl -q cluster_status --formatter json
fi
exec timeout 30 rabbitmqctl -q cluster_status`

const queuesScript = preamble + running + `exec timeout 30 rabbitmqctl -q eval "$(cat)"`

// queuesTerm makes {umm_queues, Node, [{VHost, [Queue]}]}. Processes are replaced by
// their nodes there, where these are known. Members of replicated queues are asked
// one by one, since some versions fail if asked for those of a classic queue.
const queuesTerm = `Vs = case erlang:function_exported(rabbit_vhost, list_names, 0) of true -> rabbit_vhost:list_names(); _ -> rabbit_vhost:list() end,
Has = fun(M) -> element(1, code:ensure_loaded(M)) =:= module end,
Is = [name, durable, auto_delete, owner_pid, pid, messages, state]
 ++ case Has(rabbit_mirror_queue_misc) of true -> [slave_pids, synchronised_slave_pids]; _ -> [] end
 ++ case Has(rabbit_quorum_queue) of true -> [type]; _ -> [] end,
N = fun(P) when is_pid(P) -> node(P); ({_, A}) when is_atom(A) -> A; (X) -> X end,
Ns = fun(X) when is_list(X) -> [N(P) || P <- X]; (X) -> X end,
R = fun(Name) -> case catch rabbit_amqqueue:lookup(Name) of
 {ok, Q} -> case catch rabbit_amqqueue:info(Q, [members, online]) of L when is_list(L) -> L; _ -> [] end;
 _ -> [] end end,
I = fun({name, {resource, _, _, B}}) -> {name, B};
 ({K, X}) when K =:= slave_pids; K =:= synchronised_slave_pids -> {K, Ns(X)};
 ({K, X}) when K =:= pid; K =:= owner_pid -> {K, N(X)};
 (X) -> X end,
{umm_queues, node(), [{V, case catch rabbit_amqqueue:info_all(V, Is) of
 Qs when is_list(Qs) -> [[I(X) || X <- Q] ++ case lists:keyfind(type, 1, Q) of
  {type, T} when T =:= quorum; T =:= stream -> R(element(2, lists:keyfind(name, 1, Q))); _ -> [] end || Q <- Qs];
 E -> {failed, E} end} || V <- Vs]}.
`

// Asks implements service.Service.
func (Service) Asks(string, []string) []service.Ask {
	return []service.Ask{
		{ID: askCluster, Argv: []string{"sh", "-c", clusterScript}},
		{ID: askQueues, Argv: []string{"sh", "-c", queuesScript}, Stdin: []byte(queuesTerm)},
	}
}

// Read implements service.Service.
func (Service) Read(members []string, a service.Answers) service.View {
	v := &view{members: members, by: map[string]*member{}}
	for _, host := range members {
		m := &member{host: host}
		v.by[host] = m
		if out, err := a.Get(host, askCluster).Output(); err != nil {
			m.err, m.down = err, a.Get(host, askCluster).Err == nil
		} else {
			m.cluster, m.err = parseCluster(out)
		}
		if out, err := a.Get(host, askQueues).Output(); err != nil {
			m.queuesErr = err
		} else {
			m.node, m.queues, m.queuesErr = parseQueues(out)
		}
	}
	v.nameNodes()
	return v
}

// cluster is what one node says of all.
type cluster struct {
	nodes   []string
	running []string
	// partitions, alarms are as they are shown; maintenance are the nodes in it.
	partitions  []string
	alarms      []string
	maintenance []string
	// canDrain: the version knows maintenance and every node does.
	canDrain bool
}

// parseCluster reads cluster_status as JSON (3.7 and later) or as a term.
func parseCluster(out string) (cluster, error) {
	out = strings.TrimSpace(out)
	// Older tools print a line about what they do, even when asked not to.
	if i := strings.IndexAny(out, "[{"); i > 0 && strings.HasPrefix(out, "Cluster status") {
		out = out[i:]
	}
	if strings.HasPrefix(out, "{") {
		return parseClusterJSON(out)
	}
	return parseClusterTerm(out)
}

func parseClusterTerm(out string) (cluster, error) {
	t, err := parseTerm(out)
	if err != nil {
		return cluster{}, err
	}
	all := pairs(t)
	c := cluster{running: texts(all["running_nodes"])}
	kinds := pairs(all["nodes"])
	for _, kind := range []string{"disc", "ram"} {
		c.nodes = append(c.nodes, texts(kinds[kind])...)
	}
	partitions := pairs(all["partitions"])
	for _, node := range sortedKeys(partitions) {
		c.partitions = append(c.partitions, fmt.Sprintf("%s does not see %s", node, strings.Join(texts(partitions[node]), ", ")))
	}
	alarms := pairs(all["alarms"])
	for _, node := range sortedKeys(alarms) {
		for _, alarm := range texts(alarms[node]) {
			// A node that does not run is told as an alarm, too.
			if alarm != "nodedown" {
				c.alarms = append(c.alarms, fmt.Sprintf("%s: %s", node, alarm))
			}
		}
	}
	return c, c.check()
}

func (c cluster) check() error {
	if len(c.nodes) == 0 {
		return fmt.Errorf("the status of the cluster names no node")
	}
	return nil
}

// clusterJSON has the fields of 3.8 and later, and nodes, which 3.7 has in place of
// disk_nodes and ram_nodes.
type clusterJSON struct {
	Nodes   map[string][]string `json:"nodes"`
	Disk    []string            `json:"disk_nodes"`
	RAM     []string            `json:"ram_nodes"`
	Running []string            `json:"running_nodes"`
	// An empty one is a map or a list, as it comes.
	Partitions   json.RawMessage   `json:"partitions"`
	Alarms       json.RawMessage   `json:"alarms"`
	Maintenance  map[string]string `json:"maintenance_status"`
	FeatureFlags []struct {
		Name  string `json:"name"`
		State string `json:"state"`
	} `json:"feature_flags"`
}

func parseClusterJSON(out string) (cluster, error) {
	var j clusterJSON
	if err := json.Unmarshal([]byte(out), &j); err != nil {
		return cluster{}, fmt.Errorf("cannot read the status of the cluster: %w", err)
	}
	c := cluster{nodes: slices.Concat(j.Disk, j.RAM, j.Nodes["disc"], j.Nodes["ram"]), running: j.Running}
	for _, f := range j.FeatureFlags {
		if f.Name == "maintenance_mode_status" && f.State == "enabled" {
			c.canDrain = true
		}
	}
	for _, node := range sortedKeys(j.Maintenance) {
		// Some versions colour what they say, in JSON too.
		if strings.Contains(j.Maintenance[node], "marked for maintenance") {
			c.maintenance = append(c.maintenance, node)
		}
	}
	c.partitions = jsonPartitions(j.Partitions)
	c.alarms = jsonAlarms(j.Alarms)
	return c, c.check()
}

// jsonPartitions says what is in it; something that is not known is shown as it is,
// so that it is never taken for nothing.
func jsonPartitions(raw json.RawMessage) []string {
	var by map[string][]string
	if emptyJSON(raw) {
		return nil
	}
	if json.Unmarshal(raw, &by) != nil {
		return []string{string(raw)}
	}
	var all []string
	for _, node := range sortedKeys(by) {
		all = append(all, fmt.Sprintf("%s does not see %s", node, strings.Join(by[node], ", ")))
	}
	return all
}

func jsonAlarms(raw json.RawMessage) []string {
	if emptyJSON(raw) {
		return nil
	}
	var found []struct {
		Node     string `json:"node"`
		Resource string `json:"resource"`
		Type     string `json:"type"`
	}
	var all []string
	if json.Unmarshal(raw, &found) == nil {
		for _, a := range found {
			all = append(all, fmt.Sprintf("%s: %s %s", a.Node, a.Resource, a.Type))
		}
		return all
	}
	var by map[string][]json.RawMessage
	if json.Unmarshal(raw, &by) != nil {
		return []string{string(raw)}
	}
	for _, node := range sortedKeys(by) {
		for _, a := range by[node] {
			if s := strings.Trim(string(a), `"`); s != "nodedown" {
				all = append(all, fmt.Sprintf("%s: %s", node, s))
			}
		}
	}
	return all
}

func emptyJSON(raw json.RawMessage) bool {
	switch strings.Join(strings.Fields(string(raw)), "") {
	case "", "null", "[]", "{}":
		return true
	}
	return false
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
