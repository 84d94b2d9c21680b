package haproxy

import (
	_ "embed"

	"umm/internal/cluster/service"
)

// script talks to the admin sockets of the host's HAProxy. Its arguments are the mode
// and, if they are known, the sockets.
//
//go:embed haproxy.sh
var script string

// question is what each HAProxy is asked.
const question = "show info;show stat;show servers state\n"

func command(mode string, sockets ...string) []string {
	return service.Shell("umm-haproxy", script, append([]string{mode}, sockets...)...)
}
