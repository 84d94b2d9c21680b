package galera

import (
	"strings"
	"testing"

	"umm/internal/cluster/service/servicetest"
)

const uuid = "4a6b0d2e-7a4c-11ef-9b5e-0b6c1f3d2a10"

// database is a host with a database server that runs, or not, in a component of that name; it
// notes what is asked of it.
func database(h *servicetest.Host, runs bool, component string) {
	h.Program("ps", map[bool]string{true: "echo mariadbd", false: "echo init"}[runs])
	h.Program("mariadb", `case "$*" in
*wsrep_cluster_status*) printf 'wsrep_cluster_status\t`+component+`\n' ;;
*) printf '%s\n' "$*" | sed 's/.*-e //' >>"`+h.Folder+`/sql" ;;
esac`)
	h.Program("my_print_defaults", "echo --datadir="+h.Folder)
	h.Program("systemctl", `echo "systemctl $*" >>"`+h.Folder+`/done"`)
	h.Program("service", `echo "service $*" >>"`+h.Folder+`/done"`)
	h.Program("galera_new_cluster", `echo bootstrapped >>"`+h.Folder+`/done"`)
	h.Program("galera_recovery", `echo "--wsrep_start_position=`+uuid+`:7"`)
}

// A component that is not primary is told from one that is.
func TestRegain(t *testing.T) {
	servicetest.OnHosts(t, func(t *testing.T, h *servicetest.Host) {
		database(h, true, "Primary")
		h.Prints(shell("regain"), "")
		if got := h.Read("sql"); got != "" {
			t.Errorf("in a primary component it runs %q", got)
		}
		database(h, true, "non-Primary")
		h.Prints(shell("regain"), "")
		if got := h.Read("sql"); got != "SET GLOBAL wsrep_provider_options='pc.bootstrap=YES'\n" {
			t.Errorf("it runs %q", got)
		}
	})
}

func TestBootstrap(t *testing.T) {
	servicetest.OnHosts(t, func(t *testing.T, h *servicetest.Host) {
		state := func(uuid string) { h.File("grastate.dat", "uuid:    "+uuid+"\nsafe_to_bootstrap: 0\n") }
		database(h, true, "Primary")
		state(uuid)
		h.Prints(shell("bootstrap", uuid), "")
		database(h, true, "non-Primary")
		if _, err := h.Run(shell("bootstrap", uuid), "").Output(); err == nil || !strings.Contains(err.Error(), "without a primary component") {
			t.Error(err)
		}
		database(h, false, "")
		state("00000000-0000-0000-0000-000000000000")
		if _, err := h.Run(shell("bootstrap", uuid), "").Output(); err == nil || !strings.Contains(err.Error(), "is not of the history "+uuid) {
			t.Error(err)
		}
		if got := h.Read("done") + h.Read("grastate.dat"); strings.Contains(got, "bootstrapped") || strings.Contains(got, "bootstrap: 1") {
			t.Errorf("it did all the same: %s", got)
		}
		state(uuid)
		h.Prints(shell("bootstrap", uuid), "")
		if got := h.Read("grastate.dat"); !strings.Contains(got, "safe_to_bootstrap: 1\n") {
			t.Error(got)
		}
		if got := h.Read("done"); !strings.HasSuffix(got, "bootstrapped\n") && !strings.HasSuffix(got, "service mysql bootstrap\n") {
			t.Error(got)
		}
	})
}

func TestFilesAndPosition(t *testing.T) {
	servicetest.OnHosts(t, func(t *testing.T, h *servicetest.Host) {
		database(h, false, "")
		h.File("grastate.dat", "uuid: "+uuid+"\n")
		if got := h.Prints(shell("files"), ""); got != "process no\nfile grastate.dat\nuuid: "+uuid+"\nend" {
			t.Error(got)
		}
		if got := h.Prints(shell("recover"), ""); got != "position "+uuid+":7" {
			t.Error(got)
		}
		h.Prints(shell("start"), "")
		if got := h.Read("done"); !strings.Contains(got, "start") {
			t.Error(got)
		}
		database(h, true, "Primary")
		if _, err := h.Run(shell("recover"), "").Output(); err == nil {
			t.Error("the position of a server that runs was recovered")
		}
	})
}
