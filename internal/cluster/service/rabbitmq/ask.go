package rabbitmq

import (
	"umm/internal/cluster/service"
)

// askStatus is the one ask of a member and look.
const askStatus = "status"

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

// evalScript is bounded in time: a node that hangs must not hold up the one who asks. The
// tool's own Erlang has one scheduler, which does not spin: that halves what it costs.
const evalScript = preamble + running + `RABBITMQ_CTL_ERL_ARGS="${RABBITMQ_CTL_ERL_ARGS:-+S 1:1 +sbwt none}"; export RABBITMQ_CTL_ERL_ARGS
exec timeout 30 rabbitmqctl -q eval "$(cat)"`

// statusTerm makes {umm_status, Node, Facts}: what a node says of the cluster. Facts are
// the atom down where the node's Erlang runs and RabbitMQ in it does not. The functions are
// those that cluster_status calls: rabbit_db_cluster is there from 3.12 on, and maintenance
// from 3.8.8 on.
const statusTerm = `Has = fun(M, F, A) -> element(1, code:ensure_loaded(M)) =:= module andalso erlang:function_exported(M, F, A) end,
Status = fun() ->
 S = case Has(rabbit_db_cluster, cli_cluster_status, 0) of true -> rabbit_db_cluster:cli_cluster_status(); _ -> rabbit_mnesia:status() end,
 [{nodes, lists:usort(lists:append([Ns || {_, Ns} <- proplists:get_value(nodes, S, [])]))},
  {running, proplists:get_value(running_nodes, S, [])},
  {partitions, proplists:get_value(partitions, S, [])},
  {alarms, [A || {A, _} <- rabbit_alarm:get_alarms()]},
  {drained, Has(rabbit_maintenance, status_local_read, 1) andalso rabbit_maintenance:status_local_read(node()) =/= regular},
  {drains, Has(rabbit_maintenance, status_local_read, 1) andalso rabbit_feature_flags:is_enabled(maintenance_mode_status) =:= true}]
 end,
`

// queuesTerm makes Queues(), which gives [{VHost, [Queue]}]. Processes are replaced by
// their nodes there, where these are known. Members of replicated queues are asked
// one by one, since some versions fail if asked for those of a classic queue.
const queuesTerm = `Queues = fun() ->
Vs = case erlang:function_exported(rabbit_vhost, list_names, 0) of true -> rabbit_vhost:list_names(); _ -> rabbit_vhost:list() end,
Mod = fun(M) -> element(1, code:ensure_loaded(M)) =:= module end,
Is = [name, durable, auto_delete, owner_pid, pid, messages, state]
 ++ case Mod(rabbit_mirror_queue_misc) of true -> [slave_pids, synchronised_slave_pids]; _ -> [] end
 ++ case Mod(rabbit_quorum_queue) of true -> [type]; _ -> [] end,
N = fun(P) when is_pid(P) -> node(P); ({_, A}) when is_atom(A) -> A; (X) -> X end,
Ns = fun(X) when is_list(X) -> [N(P) || P <- X]; (X) -> X end,
R = fun(Name) -> case catch rabbit_amqqueue:lookup(Name) of
 {ok, Q} -> case catch rabbit_amqqueue:info(Q, [members, online]) of L when is_list(L) -> L; _ -> [] end;
 _ -> [] end end,
I = fun({name, {resource, _, _, B}}) -> {name, B};
 ({K, X}) when K =:= slave_pids; K =:= synchronised_slave_pids -> {K, Ns(X)};
 ({K, X}) when K =:= pid; K =:= owner_pid -> {K, N(X)};
 (X) -> X end,
[{V, case catch rabbit_amqqueue:info_all(V, Is) of
 Qs when is_list(Qs) -> [[I(X) || X <- Q] ++ case lists:keyfind(type, 1, Q) of
  {type, T} when T =:= quorum; T =:= stream -> R(element(2, lists:keyfind(name, 1, Q))); _ -> [] end || Q <- Qs];
 E -> {failed, E} end} || V <- Vs]
end,
`

// The ends say what is told: the status alone, or the queues as well.
const (
	statusEnd = `case rabbit:is_running() of true -> {umm_status, node(), Status()}; _ -> {umm_status, node(), down} end.
`
	bothEnd = `case rabbit:is_running() of true -> {umm_status, node(), Status() ++ [{queues, Queues()}]}; _ -> {umm_status, node(), down} end.
`
)

// Asks implements service.Service.
func (Service) Asks(string, []string) []service.Ask { return eval(statusTerm + statusEnd) }

// AsksMore implements service.Spokesman: the queues are the same from every member.
func (Service) AsksMore(string, []string) []service.Ask {
	return eval(statusTerm + queuesTerm + bothEnd)
}

func eval(term string) []service.Ask {
	return []service.Ask{{ID: askStatus, Argv: []string{"sh", "-c", evalScript}, Stdin: []byte(term)}}
}
