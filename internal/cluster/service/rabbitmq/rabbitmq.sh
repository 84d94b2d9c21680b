# shellcheck shell=sh
# RabbitMQ on this host: rabbitmq.sh eval|files|start|drain|revive
#   eval                evaluates the Erlang on standard input in the node
#   files               prints what the nodes of this host have written down
#   start HEAD [forced] starts the node; HEAD: wait so many seconds for it, 0: do not wait;
#                       forced: it does not wait for nodes that are missing
#   drain, revive       take the node out of service, and back
# A login that is not interactive may not find the tools.
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
export PATH

need_tools() { command -v rabbitmqctl >/dev/null 2>&1 || { echo "rabbitmqctl is not installed" >&2; exit 127; }; }

# The brackets keep this very line from being found.
runs() { printf '%s\n' "$1" | grep -q '[b]eam.* -s rabbit boot'; }

# A host whose node is stopped or on its way is spared the tools, each run of which takes
# about a second of a processor: asked all the time, three nodes on two processors took 20 s
# to start instead of 8.
need_node() {
	if p=$(ps -eo args 2>/dev/null); then
		runs "$p" || { echo "no process of RabbitMQ is there" >&2; exit 69; }
	fi
	case $(systemctl show -p ActiveState rabbitmq-server 2>/dev/null) in
	*=activating) echo "RabbitMQ is starting" >&2; exit 69 ;;
	*=deactivating) echo "RabbitMQ is stopping" >&2; exit 69 ;;
	esac
}

# A node that hangs must not hold up the one who asks. The tool's own Erlang has one
# scheduler, which does not spin: that halves what it costs.
evaluate() {
	need_tools
	need_node
	RABBITMQ_CTL_ERL_ARGS="${RABBITMQ_CTL_ERL_ARGS:-+S 1:1 +sbwt none}"
	export RABBITMQ_CTL_ERL_ARGS
	exec timeout 30 rabbitmqctl -q eval "$(cat)"
}

# One block for each folder of a node: some may be left over from an old name.
files() {
	f=/etc/rabbitmq/rabbitmq-env.conf
	# shellcheck source=/dev/null
	[ ! -r "$f" ] || . "$f"
	base=${MNESIA_BASE:-/var/lib/rabbitmq/mnesia}
	echo "hostname $(hostname)"
	umm_args=$(ps -eo args) || exit 1
	if runs "$umm_args"; then echo "process yes"; else echo "process no"; fi
	for d in ${MNESIA_DIR:+"$MNESIA_DIR"} "$base"/*; do
		[ -r "$d/nodes_running_at_shutdown" ] || continue
		echo "node $(basename "$d")"
		echo "shutdown $(tr '\n' ' ' <"$d/nodes_running_at_shutdown")"
		echo "members $(tr '\n' ' ' <"$d/cluster_nodes.config")"
	done
}

start() { # HEAD [forced]
	if [ "${2-}" = forced ]; then
		need_tools
		timeout 60 rabbitmqctl -q force_boot || exit
	fi
	[ ! -d /run/systemd/system ] || systemctl reset-failed rabbitmq-server 2>/dev/null
	if [ "$1" -gt 0 ]; then
		if [ -d /run/systemd/system ]; then timeout "$1" systemctl start rabbitmq-server
		else timeout "$1" service rabbitmq-server start; fi
		case $? in 0 | 124) exit 0 ;; esac
		exit 1
	fi
	[ ! -d /run/systemd/system ] || exec systemctl start --no-block rabbitmq-server
	exec service rabbitmq-server start
}

case $1 in
eval) evaluate ;;
files) files ;;
start) start "$2" "${3-}" ;;
drain | revive)
	need_tools
	exec timeout 60 rabbitmq-upgrade -q "$1"
	;;
*) echo "rabbitmq.sh: unknown request: $1" >&2; exit 64 ;;
esac
