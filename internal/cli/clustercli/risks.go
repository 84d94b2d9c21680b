package clustercli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"umm/internal/api"
	"umm/internal/cluster/alerts"
	"umm/internal/cluster/rollout"
	"umm/internal/cluster/run"
	"umm/internal/cluster/service/galera"
	"umm/internal/cluster/service/unwatched"
	"umm/internal/cluster/site"
)

// namedRisk is a danger that can be accepted, and what it is.
type namedRisk struct{ name, what string }

// risksOfRun are those that a host's leaving, or its absence, may bring.
var risksOfRun = []namedRisk{
	{alerts.RiskFiring, "an alert fires"},
	{alerts.RiskUnknown, "it cannot be told which alerts fire"},
	{"ceph-daemon-down", "a daemon of Ceph is down already"},
	{"ceph-flags", "Ceph has flags set that keep it from healing"},
	{"ceph-health", "Ceph is not healthy for another reason"},
	{"etcd-alarm", "etcd has an alarm"},
	{"etcd-member-missing", "a member of etcd is down already"},
	{"failed-actions", "Pacemaker has failed actions"},
	{"foreign-node", "Pacemaker has a node that is not among the hosts"},
	{"frontend-closed", "a frontend of HAProxy takes no connections"},
	{"full-resync", "the member of Galera may need a full copy when it is back"},
	{"instances-down", "instances on the host are shut down with it"},
	{"last-compute", "no other host can take new instances"},
	{"last-gateway", "no other gateway of Ceph of that kind is there"},
	{"last-mds", "no other MDS of Ceph takes over"},
	{"last-mgr", "no other ceph-mgr is there"},
	{"last-proxy", "no other HAProxy serves its clients"},
	{"last-server", "no other server of a backend of HAProxy is up"},
	{"no-majority", "without the host, the other members of Galera have no majority of votes"},
	{"not-drained", "HAProxy cannot be made to drain the host"},
	{"nova-disabled", "a nova-compute is disabled by hand"},
	{"nova-down", "a nova-compute is down already"},
	{"pgs-not-clean", "placement groups of Ceph are not clean"},
	{"pgs-offline", "placement groups of Ceph are unavailable meanwhile"},
	{"queue-lost", "a transient queue, and its messages, are gone"},
	{"queue-unserved", "a durable queue is unavailable meanwhile"},
	{"read-only", "a member of Galera is read-only"},
	{"resource-not-running", "a resource of Pacemaker is down already"},
	{"resource-only-here", "a resource of Pacemaker can run nowhere else"},
	{"servers-down", "servers of a backend of HAProxy are down already"},
	{"unsynced-copies", "a mirrored queue has a copy that is not in sync"},
	{unwatched.RiskOfKind + "NAME", "a service NAME that umm-cluster cannot check runs on the host"},
	{site.RiskOfCheck + "NAME", "the check NAME of the configuration failed"},
}

// The risks of single commands.
var (
	risksOfDown    = []namedRisk{{rollout.RiskServiceStop, "the services of the cluster stop"}}
	risksOfUp      = []namedRisk{{galera.RiskMissing, "a member that cannot be read may have the newest data"}}
	risksOfCommand = []namedRisk{{api.RiskCommandRunning, "services start while the command is still running"}}
	risksOfAbort   = append(slices.Clip(risksOfCommand), namedRisk{rollout.RiskLeftInForce, "end the run, and leave what could not be undone"})
	risksOfUnlock  = []namedRisk{{site.RiskBreakLock, "the run may be running, or have a host in maintenance mode"}}
)

// riskFlags are those of commands that may accept risks.
type riskFlags struct {
	known  []namedRisk
	names  []string
	reason string
}

func (r *riskFlags) add(cmd *cobra.Command, known ...namedRisk) {
	r.known = known
	help := "accept a named `RISK`; needs --reason"
	if len(known) == 1 {
		help = "accept the named `RISK` " + known[0].name + "; needs --reason"
	}
	cmd.Flags().StringSliceVar(&r.names, "accept-risk", nil, help)
	cmd.Flags().StringVar(&r.reason, "reason", "", "`TEXT` shown by status, history and on the hosts")
	var offered []string
	for _, risk := range known {
		offered = append(offered, strings.TrimSuffix(risk.name, "NAME")+"\t"+risk.what)
	}
	_ = cmd.RegisterFlagCompletionFunc("accept-risk", cobra.FixedCompletions(offered, cobra.ShellCompDirectiveNoFileComp))
}

// risks are those that were accepted; a name that none has is refused.
func (r *riskFlags) risks() ([]run.Risk, error) {
	if !api.FitsGuard(r.reason) || strings.ContainsRune(r.reason, 0) {
		return nil, usage("--reason has %d bytes: it must be text in UTF-8, of %d bytes at most", len(r.reason), api.MaxText)
	}
	if len(r.names) > 0 && strings.TrimSpace(r.reason) == "" {
		return nil, usage("--accept-risk needs --reason")
	}
	var risks []run.Risk
	for _, name := range r.names {
		if !r.knows(name) {
			return nil, usage("invalid --accept-risk %q: use %s", name, listed(r.known))
		}
		risks = append(risks, run.Risk{Name: name, Reason: r.reason})
	}
	return risks, nil
}

func (r *riskFlags) knows(name string) bool {
	return slices.ContainsFunc(r.known, func(k namedRisk) bool {
		of, any := strings.CutSuffix(k.name, "NAME")
		return k.name == name || any && strings.HasPrefix(name, of) && name != of
	})
}

func listed(known []namedRisk) string {
	var names []string
	for _, k := range known {
		names = append(names, k.name)
	}
	return anyOf(names)
}

// anyOf lists what there is to choose from.
func anyOf(words []string) string {
	last := len(words) - 1
	if last < 1 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:last], ", ") + " or " + words[last]
}

// risksHelp is the list for the manual.
func risksHelp() string {
	var b strings.Builder
	section := func(title string, known []namedRisk) {
		fmt.Fprintf(&b, "%s\n\n", title)
		for _, k := range known {
			fmt.Fprintf(&b, "  %-22s %s\n", k.name, k.what)
		}
		b.WriteString("\n")
	}
	b.WriteString("umm-cluster check shows which of them apply. Each has to be accepted by its name, with a\n" +
		"reason, which the history keeps. A failed check without a named risk cannot be accepted.\n\n")
	section("Of roll, on and down:", risksOfRun)
	section("Of down:", risksOfDown)
	section("Of up:", risksOfUp)
	section("Of continue, abort, off and up:", risksOfCommand)
	section("Of abort:", risksOfAbort[len(risksOfCommand):])
	section("Of unlock:", risksOfUnlock)
	return strings.TrimSpace(b.String())
}
