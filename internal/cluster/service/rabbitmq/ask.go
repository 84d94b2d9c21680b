package rabbitmq

import (
	_ "embed"
	"strings"

	"umm/internal/cluster/service"
)

// askStatus is the one ask of a member and look.
const askStatus = "status"

// The Erlang that a node is asked to evaluate: status.erl behind one of the others.
var (
	//go:embed status.erl
	statusTerm string
	//go:embed queues.erl
	queuesTerm string
)

const noQueuesTerm = "Queues = fun() -> [] end,\n"

// script is what is run on the hosts: what is wanted is its first argument.
//
//go:embed rabbitmq.sh
var script string

func shell(want string, args ...string) []string {
	return service.Shell("umm-rabbitmq", script, append([]string{want}, args...)...)
}

// Asks implements service.Service.
func (Service) Asks(string, []string) []service.Ask { return eval(noQueuesTerm + statusTerm) }

// AsksMore implements service.Spokesman: the queues are the same from every member.
func (Service) AsksMore(string, []string) []service.Ask { return eval(queuesTerm + statusTerm) }

func eval(term string) []service.Ask {
	return []service.Ask{{ID: askStatus, Argv: shell("eval"), Stdin: []byte(uncommented(term))}}
}

// uncommented is Erlang without its comments: wrappers of rabbitmqctl put their arguments
// between quotes, whatever is in them.
func uncommented(term string) string {
	var code strings.Builder
	for line := range strings.Lines(term) {
		if !strings.HasPrefix(line, "%") {
			code.WriteString(line)
		}
	}
	return code.String()
}
