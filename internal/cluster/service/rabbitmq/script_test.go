package rabbitmq

import (
	"strings"
	"testing"

	"umm/internal/cluster/service"
	"umm/internal/cluster/service/servicetest"
)

// node is a host whose node runs, or not; its tools note how they are called.
func node(h *servicetest.Host, runs bool) {
	h.Program("ps", map[bool]string{true: "echo '/usr/lib/erlang/bin/beam.smp -W w -- -s rabbit boot'", false: "echo init"}[runs])
	for _, name := range []string{"rabbitmqctl", "rabbitmq-upgrade", "service", "systemctl"} {
		h.Program(name, `echo "`+name+` $*" >>"`+h.Folder+`/done"`)
	}
}

// The Erlang has no quotes of a shell: wrappers of rabbitmqctl put it between some.
func TestErlang(t *testing.T) {
	for _, ask := range append(Service{}.Asks("n1", nil), Service{}.AsksMore("n1", nil)...) {
		if text := string(ask.Stdin); strings.ContainsAny(text, "'\"`$\\") || strings.Contains(text, "%") || !strings.HasSuffix(text, "end.\n") {
			t.Errorf("%s", text)
		}
	}
}

func TestScript(t *testing.T) {
	servicetest.OnHosts(t, func(t *testing.T, h *servicetest.Host) {
		node(h, false)
		if a := h.Run(shell("eval"), "x."); a.Err != nil || a.Result.Code != noNode || !strings.Contains(string(a.Result.Stderr), "no process of RabbitMQ") {
			t.Errorf("%+v", a)
		}
		node(h, true)
		h.Prints(shell("eval"), "node().")
		h.Prints(shell("drain"), "")
		h.Prints(startChange("n1", 0, true).Do.Argv, "")
		got := h.Read("done")
		for _, want := range []string{"rabbitmqctl -q eval node().\n", "rabbitmq-upgrade -q drain\n", "rabbitmqctl -q force_boot\n"} {
			if !strings.Contains(got, want) {
				t.Errorf("there is no %q in %q", want, got)
			}
		}
		// With a head start it is waited for the node, else it is not.
		h.File("done", "")
		h.Prints(startChange("n1", headStart, false).Do.Argv, "")
		if got := h.Read("done"); strings.Contains(got, "no-block") || strings.Contains(got, "force_boot") || !strings.Contains(got, "start") {
			t.Error(got)
		}
	})
}

func TestFilesOfStoppedNode(t *testing.T) {
	servicetest.OnHosts(t, func(t *testing.T, h *servicetest.Host) {
		node(h, false)
		h.Program("hostname", "echo n1")
		h.File("mnesia/rabbit@n1/nodes_running_at_shutdown", "['rabbit@n1'].\n")
		h.File("mnesia/rabbit@n1/cluster_nodes.config", "{['rabbit@n1','rabbit@n2'],['rabbit@n1']}.\n")
		h.Env = []string{"MNESIA_BASE=" + h.Folder + "/mnesia"}
		var files service.Ask
		for _, ask := range ColdAsks("n1") {
			if ask.ID == askFiles {
				files = ask
			}
		}
		s, err := parseFiles("n1", h.Prints(files.Argv, ""))
		if err != nil || s.node != "rabbit@n1" || len(s.members) != 2 || s.process {
			t.Errorf("%+v, %v", s, err)
		}
	})
}
