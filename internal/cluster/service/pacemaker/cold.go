package pacemaker

import (
	"encoding/xml"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"umm/internal/cluster/service"
)

const askConfig = "config"

// ColdAsks are what every member is asked before Runs and Abandoned can tell.
func ColdAsks(string) []service.Ask {
	return []service.Ask{{ID: askConfig, Argv: shell("config")}}
}

// Runs are the services that Pacemaker runs on this cluster, by the newest
// configuration that any member has: their start is its business, in whatever order
// its agents find right. What it was told not to manage is not among them. It is an
// error if no member tells.
func Runs(members []string, a service.Answers) ([]string, error) {
	c, err := newest(members, a)
	return c.runs, err
}

// Abandoned are the standbys that runs of umm-cluster have set and not undone, by the newest
// configuration that any member has, as changes to be undone. It is asked for where no
// run has the cluster: then nobody else will. What somebody set has no mark and is not
// among them.
func Abandoned(members []string, a service.Answers) ([]service.Change, error) {
	c, err := newest(members, a)
	if err != nil {
		return nil, err
	}
	v := view{members: members, nodes: match(members, nil, c.nodes)}
	var all []service.Change
	for _, host := range members {
		before, marked := c.marks[v.nodes[host]]
		if !marked {
			continue
		}
		if before == noValue {
			before = ""
		}
		all = append(all, v.standby(host, v.nodes[host], before, "abandoned", c.runs))
	}
	return all, nil
}

// newest is the newest configuration that any member has.
func newest(members []string, a service.Answers) (config, error) {
	var best config
	var why []string
	for _, host := range members {
		c, err := service.Parsed(a.Get(host, askConfig), parseConfig)
		if err != nil {
			why = append(why, host+": "+err.Error())
			continue
		}
		if best.version == nil || slices.Compare(c.version, best.version) > 0 {
			best = c
		}
	}
	if best.version == nil {
		return best, fmt.Errorf("cannot read what Pacemaker runs: %s", strings.Join(why, "; "))
	}
	return best, nil
}

// config is what matters of a cib.xml.
type config struct {
	// version grows with each change, the first number first.
	version []int
	runs    []string
	// nodes are the names of all; marks are by name.
	nodes []string
	marks map[string]string
}

// element is any element of XML.
type element struct {
	XMLName  xml.Name
	Attrs    []xml.Attr `xml:",any,attr"`
	Elements []element  `xml:",any"`
}

func (e element) attr(name string) string {
	for _, a := range e.Attrs {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// each gives every element below e of that name.
func (e element) each(name string, give func(element)) {
	for _, below := range e.Elements {
		if below.XMLName.Local == name {
			give(below)
		}
		below.each(name, give)
	}
}

func parseConfig(text string) (config, error) {
	var root element
	if err := xml.Unmarshal([]byte(text), &root); err != nil {
		return config{}, fmt.Errorf("cannot understand cib.xml: %w", err)
	}
	if root.XMLName.Local != "cib" {
		return config{}, errors.New("cannot understand cib.xml: it is none")
	}
	var c config
	for _, name := range []string{"admin_epoch", "epoch", "num_updates"} {
		n, err := strconv.Atoi(root.attr(name))
		if err != nil {
			return config{}, fmt.Errorf("cannot understand cib.xml: its %s is %q", name, root.attr(name))
		}
		c.version = append(c.version, n)
	}
	managed := true
	root.each("cluster_property_set", func(set element) { managed = set.says("is-managed-default", managed) })
	root.each("rsc_defaults", func(all element) {
		all.each("meta_attributes", func(set element) { managed = set.says("is-managed", managed) })
	})
	templates := map[string]string{}
	root.each("template", func(t element) { templates[t.attr("id")] = t.agent() })
	root.each("resources", func(all element) { c.add(all, managed, templates) })
	root.each("nodes", func(all element) {
		c.marks = all.attributes().marks
		all.each("node", func(n element) { c.nodes = append(c.nodes, n.attr("uname")) })
	})
	return c, nil
}

// add goes through the resources below e, which are managed unless they say otherwise.
func (c *config) add(e element, managed bool, templates map[string]string) {
	for _, r := range e.Elements {
		kind := r.XMLName.Local
		if kind == "template" || kind == "meta_attributes" {
			continue
		}
		managed := managed
		for _, set := range r.Elements {
			if set.XMLName.Local == "meta_attributes" {
				managed = set.says("is-managed", managed)
			}
		}
		if kind != "primitive" {
			c.add(r, managed, templates)
			continue
		}
		agent := r.agent()
		if t := r.attr("template"); t != "" {
			agent = templates[t]
		}
		if name := runs(r.attr("id"), agent); managed && name != "" && !slices.Contains(c.runs, name) {
			c.runs = append(c.runs, name)
		}
	}
}

// says is the value of a switch in a set, or what it is otherwise.
func (e element) says(name string, otherwise bool) bool {
	for _, pair := range e.Elements {
		if pair.XMLName.Local == "nvpair" && pair.attr("name") == name {
			return !slices.Contains([]string{"false", "no", "off", "n", "0"}, strings.ToLower(pair.attr("value")))
		}
	}
	return otherwise
}

// agent is "ocf:heartbeat:galera", "systemd:mariadb".
func (e element) agent() string {
	var parts []string
	for _, name := range []string{"class", "provider", "type"} {
		if p := e.attr(name); p != "" {
			parts = append(parts, p)
		}
	}
	return strings.Join(parts, ":")
}
