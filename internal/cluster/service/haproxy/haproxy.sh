# shellcheck shell=sh
# Talks to the admin sockets of the host's HAProxy: haproxy.sh ask|set|undo [LEVEL:SOCKET...]
# The commands come on standard input, in one line: a connection takes no more than one. Without
# sockets they are those of the configuration, the ones that may change things where there are such.
#
# ask prints the answers below a line for each socket; set wants them to be empty, which is how
# HAProxy says yes; undo is set, but for servers that are configured no longer: there is nothing
# left to undo. Nothing is certain to be installed that can talk to a socket: every Debian has
# perl, every CentOS some python.
mode=$1
shift
commands=$(cat)
if [ $# -eq 0 ]; then
	# A path has no blanks there.
	# shellcheck disable=SC2046
	set -- $(cat /etc/haproxy/haproxy.cfg /etc/haproxy/conf.d/*.cfg 2>/dev/null | awk '
		$1 == "stats" && $2 == "socket" {
			gsub(/["'\'']/, ""); sub(/^unix@/, "", $3)
			if (substr($3, 1, 1) != "/") next
			level = "operator"
			for (i = 4; i < NF; i++) if ($i == "level") level = $(i + 1)
			if (level == "admin") admin = admin " admin:" $3
			else other = other " " level ":" $3
		}
		END { print admin != "" ? admin : other }')
fi
if [ $# -eq 0 ]; then
	echo "no stats socket in /etc/haproxy/haproxy.cfg: it wants a line like \"stats socket /run/haproxy/admin.sock mode 660 level admin\"" >&2
	exit 3
fi
has() { command -v "$1" >/dev/null 2>&1; }
with_python() {
	"$1" -c 'import socket, sys
s = socket.socket(socket.AF_UNIX)
s.settimeout(5)
s.connect(sys.argv[1])
s.sendall(sys.stdin.read().encode())
s.shutdown(1)
out = getattr(sys.stdout, "buffer", sys.stdout)
while True:
    d = s.recv(65536)
    if not d: break
    out.write(d)' "$2"
}
send() {
	if has socat; then socat -t5 -T5 - "UNIX-CONNECT:$1"
	elif has perl; then
		perl -MSocket -e 'alarm 5;
			socket(S, PF_UNIX, SOCK_STREAM, 0) && connect(S, sockaddr_un($ARGV[0])) or die "cannot connect to $ARGV[0]: $!\n";
			select S; $| = 1; print while <STDIN>; shutdown S, 1; print STDOUT $_ while <S>' "$1"
	elif has python3; then with_python python3 "$1"
	elif has python; then with_python python "$1"
	elif has python2; then with_python python2 "$1"
	elif [ -x /usr/libexec/platform-python ]; then with_python /usr/libexec/platform-python "$1"
	elif has nc; then nc -w 5 -U "$1"
	else
		echo "none of socat, perl, python or nc is there to talk to HAProxy" >&2
		return 4
	fi
}
[ "$mode" != ask ] || echo "# host $(uname -n) $(hostname -I 2>/dev/null)"
code=0
for socket; do
	path=${socket#*:}
	if [ "$mode" != ask ]; then
		answer=$(printf '%s\n' "$commands" | send "$path") || code=5
		if [ "$mode" = undo ]; then
			answer=$(printf '%s\n' "$answer" | grep -vixE 'No such (server|backend)\.?')
		fi
		if [ -n "$answer" ]; then
			printf '%s\n' "$answer" | grep . >&2
			code=6
		fi
	else
		echo "# socket $path ${socket%%:*}"
		printf '%s\n' "$commands" | send "$path" || code=5
	fi
done
exit $code
