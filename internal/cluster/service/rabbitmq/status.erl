%% Makes {umm_status, Node, Facts}: what a node says of the cluster. Facts are the atom down
%% where the node's Erlang runs and RabbitMQ in it does not. The functions are those that
%% cluster_status calls: rabbit_db_cluster is there from 3.12 on, and maintenance from 3.8.8
%% on. What stands before it defines Queues: queues.erl does.
Has = fun(M, F, A) -> element(1, code:ensure_loaded(M)) =:= module andalso erlang:function_exported(M, F, A) end,
Status = fun() ->
 S = case Has(rabbit_db_cluster, cli_cluster_status, 0) of true -> rabbit_db_cluster:cli_cluster_status(); _ -> rabbit_mnesia:status() end,
 [{nodes, lists:usort(lists:append([Ns || {_, Ns} <- proplists:get_value(nodes, S, [])]))},
  {running, proplists:get_value(running_nodes, S, [])},
  {partitions, proplists:get_value(partitions, S, [])},
  {alarms, [A || {A, _} <- rabbit_alarm:get_alarms()]},
  {drained, Has(rabbit_maintenance, status_local_read, 1) andalso rabbit_maintenance:status_local_read(node()) =/= regular},
  {drains, Has(rabbit_maintenance, status_local_read, 1) andalso rabbit_feature_flags:is_enabled(maintenance_mode_status) =:= true}]
 end,
case rabbit:is_running() of true -> {umm_status, node(), Status() ++ Queues()}; _ -> {umm_status, node(), down} end.
