package pacemaker

import (
	"cmp"
	"encoding/xml"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// mon is what crm_mon shows.
type mon struct {
	// dc is the name of the coordinator; empty when there is none.
	dc     string
	quorum bool
	// maintenance and stopAll are the cluster's properties maintenance-mode and
	// stop-all-resources.
	maintenance, stopAll bool
	// symmetric: resources may run anywhere unless they are kept off.
	symmetric bool
	nodes     []node
	resources []resource
	failures  []failure
	bans      []ban
}

// node is a node of the cluster.
type node struct {
	name, id string
	// member: a full node, not a remote one.
	member                                      bool
	online, standby, standbyOnFail, maintenance bool
	pending, unclean, shutdown                  bool
}

// resource is a primitive, or one instance of a clone.
type resource struct {
	id, agent, role string
	// within are the groups, clones and bundles that it is part of, outermost
	// first; clone tells that one of them makes it one of several instances.
	within []string
	clone  bool
	// unique: the instances of its clone do not do the same, as those of an address that several
	// hosts share.
	unique bool
	// disabled: it is meant to be stopped.
	disabled                         bool
	active, managed, failed, blocked bool
	orphaned                         bool
	pending                          string
	nodes                            []string
}

type failure struct {
	action, node, exit, reason, at string
}

type ban struct {
	resource, node string
}

func (m mon) node(name string) (node, bool) {
	for _, n := range m.nodes {
		if n.name == name {
			return n, true
		}
	}
	return node{}, false
}

// on are the resources that are active on a node.
func (m mon) on(node string) []resource {
	return slices.DeleteFunc(slices.Clone(m.resources), func(r resource) bool { return !r.active || !slices.Contains(r.nodes, node) })
}

// The document: of crm_mon in 1.1, of pacemaker-result later; what is read is the
// same in both.
type (
	monXML struct {
		XMLName xml.Name
		Summary *struct {
			DC *struct {
				Present string `xml:"present,attr"`
				Name    string `xml:"name,attr"`
				Quorum  string `xml:"with_quorum,attr"`
			} `xml:"current_dc"`
			Options struct {
				Maintenance string `xml:"maintenance-mode,attr"`
				StopAll     string `xml:"stop-all-resources,attr"`
				Symmetric   string `xml:"symmetric-cluster,attr"`
			} `xml:"cluster_options"`
		} `xml:"summary"`
		Nodes     []nodeXML    `xml:"nodes>node"`
		Resources itemXML      `xml:"resources"`
		Failures  []failureXML `xml:"failures>failure"`
		Bans      []banXML     `xml:"bans>ban"`
		Status    *struct {
			Code    string   `xml:"code,attr"`
			Message string   `xml:"message,attr"`
			Errors  []string `xml:"errors>error"`
		} `xml:"status"`
	}
	nodeXML struct {
		Name          string `xml:"name,attr"`
		ID            string `xml:"id,attr"`
		Type          string `xml:"type,attr"`
		Online        string `xml:"online,attr"`
		Standby       string `xml:"standby,attr"`
		StandbyOnFail string `xml:"standby_onfail,attr"`
		Maintenance   string `xml:"maintenance,attr"`
		Pending       string `xml:"pending,attr"`
		Unclean       string `xml:"unclean,attr"`
		Shutdown      string `xml:"shutdown,attr"`
	}
	// itemXML is a resource or something that holds resources.
	itemXML struct {
		ID         string    `xml:"id,attr"`
		Agent      string    `xml:"resource_agent,attr"`
		Role       string    `xml:"role,attr"`
		TargetRole string    `xml:"target_role,attr"`
		Active     string    `xml:"active,attr"`
		Orphaned   string    `xml:"orphaned,attr"`
		Blocked    string    `xml:"blocked,attr"`
		Managed    string    `xml:"managed,attr"`
		Failed     string    `xml:"failed,attr"`
		Pending    string    `xml:"pending,attr"`
		Disabled   string    `xml:"disabled,attr"`
		Unique     string    `xml:"unique,attr"`
		Nodes      []nodeXML `xml:"node"`
		Resources  []itemXML `xml:"resource"`
		Groups     []itemXML `xml:"group"`
		Clones     []itemXML `xml:"clone"`
		Bundles    []itemXML `xml:"bundle"`
		Replicas   []itemXML `xml:"replica"`
	}
	failureXML struct {
		Key    string `xml:"op_key,attr"`
		ID     string `xml:"id,attr"`
		Node   string `xml:"node,attr"`
		Exit   string `xml:"exitstatus,attr"`
		Reason string `xml:"exitreason,attr"`
		At     string `xml:"last-rc-change,attr"`
	}
	banXML struct {
		Resource string `xml:"resource,attr"`
		Node     string `xml:"node,attr"`
		Weight   string `xml:"weight,attr"`
		Promoted string `xml:"promoted-only,attr"`
		Master   string `xml:"master_only,attr"`
	}
)

// parseMon reads what crm_mon printed.
func parseMon(text string) (mon, error) {
	start := -1
	for _, root := range []string{"<pacemaker-result", "<crm_mon"} {
		if i := strings.Index(text, root); i >= 0 && (start < 0 || i < start) {
			start = i
		}
	}
	if start < 0 {
		return mon{}, errors.New("crm_mon printed no XML")
	}
	var doc monXML
	if err := xml.NewDecoder(strings.NewReader(text[start:])).Decode(&doc); err != nil {
		return mon{}, fmt.Errorf("what crm_mon printed cannot be read: %w", err)
	}
	if st := doc.Status; st != nil && st.Code != "0" {
		why := st.Message
		if len(st.Errors) > 0 {
			why = strings.TrimSpace(st.Errors[len(st.Errors)-1])
		}
		return mon{}, fmt.Errorf("crm_mon ended with status %s: %s", st.Code, why)
	}
	return doc.mon()
}

func (doc monXML) mon() (mon, error) {
	if doc.Summary == nil || doc.Summary.DC == nil {
		return mon{}, errors.New("crm_mon shows no summary")
	}
	if len(doc.Nodes) == 0 {
		return mon{}, errors.New("crm_mon shows no nodes")
	}
	var b bools
	dc, options := doc.Summary.DC, doc.Summary.Options
	m := mon{
		maintenance: b.maybe("maintenance-mode", options.Maintenance, false),
		stopAll:     b.maybe("stop-all-resources", options.StopAll, false),
		symmetric:   b.maybe("symmetric-cluster", options.Symmetric, true),
	}
	if b.must("current_dc present", dc.Present) {
		m.dc, m.quorum = dc.Name, b.must("with_quorum", dc.Quorum)
	}
	for _, n := range doc.Nodes {
		m.nodes = append(m.nodes, n.node(&b))
	}
	m.resources = doc.Resources.resources(&b, nil, false, false)
	for _, f := range doc.Failures {
		m.failures = append(m.failures, failure{action: cmp.Or(f.Key, f.ID), node: f.Node, exit: f.Exit, reason: f.Reason, at: f.At})
	}
	for _, x := range doc.Bans {
		only := b.maybe("promoted-only", x.Promoted, false) || b.maybe("master_only", x.Master, false)
		if !only && x.Weight == "-1000000" {
			m.bans = append(m.bans, ban{x.Resource, x.Node})
		}
	}
	return m, b.err
}

func (n nodeXML) node(b *bools) node {
	at := func(attr, value string) bool { return b.must(attr+" of node "+n.Name, value) }
	if n.Name == "" {
		b.fail("a node without a name")
	}
	return node{
		name: n.Name, id: n.ID, member: n.Type == "member",
		online: at("online", n.Online), standby: at("standby", n.Standby),
		standbyOnFail: b.maybe("standby_onfail", n.StandbyOnFail, false),
		maintenance:   b.maybe("maintenance", n.Maintenance, false),
		pending:       at("pending", n.Pending), unclean: at("unclean", n.Unclean),
		shutdown: b.maybe("shutdown", n.Shutdown, false),
	}
}

// resources are the primitives in and below an item.
func (x itemXML) resources(b *bools, within []string, clone, disabled bool) []resource {
	if x.ID != "" {
		within = append(within[:len(within):len(within)], x.ID)
	}
	disabled = disabled || b.maybe("disabled", x.Disabled, false) || strings.EqualFold(x.TargetRole, "Stopped")
	var all []resource
	for _, r := range x.Resources {
		all = append(all, r.resource(b, within, clone, disabled))
	}
	for _, kind := range []struct {
		items []itemXML
		clone bool
	}{{x.Groups, clone}, {x.Clones, true}, {x.Bundles, true}, {x.Replicas, true}} {
		for _, item := range kind.items {
			all = append(all, item.resources(b, within, kind.clone, disabled)...)
		}
	}
	if len(within) > 0 && b.maybe("unique of "+x.ID, x.Unique, false) {
		for i := range all {
			all[i].unique = true
		}
	}
	return all
}

func (x itemXML) resource(b *bools, within []string, clone, disabled bool) resource {
	at := func(attr, value string) bool { return b.must(attr+" of resource "+x.ID, value) }
	r := resource{
		id: x.ID, agent: x.Agent, role: x.Role, within: within, clone: clone, pending: x.Pending,
		disabled: disabled || strings.EqualFold(x.TargetRole, "Stopped"),
		active:   at("active", x.Active), managed: at("managed", x.Managed), failed: at("failed", x.Failed),
		orphaned: b.maybe("orphaned", x.Orphaned, false), blocked: b.maybe("blocked", x.Blocked, false),
	}
	for _, n := range x.Nodes {
		r.nodes = append(r.nodes, n.Name)
	}
	return r
}

// bools reads attributes that are true or false, and keeps the first that is not.
type bools struct{ err error }

func (b *bools) fail(format string, args ...any) {
	if b.err == nil {
		b.err = fmt.Errorf("crm_mon shows "+format, args...)
	}
}

func (b *bools) must(name, value string) bool {
	switch value {
	case "true", "1":
		return true
	case "false", "0":
		return false
	}
	b.fail("%s=%q", name, value)
	return false
}

func (b *bools) maybe(name, value string, missing bool) bool {
	if value == "" {
		return missing
	}
	return b.must(name, value)
}
