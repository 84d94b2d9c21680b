%% Makes Queues(), which gives [{queues, [{VHost, [Queue]}]}]. Processes are replaced by their
%% nodes there, where these are known. Members of replicated queues are asked one by one,
%% since some versions fail if asked for those of a classic queue.
Queues = fun() ->
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
[{queues, [{V, case catch rabbit_amqqueue:info_all(V, Is) of
 Qs when is_list(Qs) -> [[I(X) || X <- Q] ++ case lists:keyfind(type, 1, Q) of
  {type, T} when T =:= quorum; T =:= stream -> R(element(2, lists:keyfind(name, 1, Q))); _ -> [] end || Q <- Qs];
 E -> {failed, E} end} || V <- Vs]}]
end,
