package pacemaker

import (
	"encoding/xml"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// quorum is what corosync-quorumtool -s shows.
type quorum struct {
	quorate                 bool
	expected, total, needed int
	flags                   string
	// votes are the members' votes by the ID of the node.
	votes map[string]int
}

func (q quorum) String() string {
	return fmt.Sprintf("total votes %d, expected %d, quorum %d, flags %s", q.total, q.expected, q.needed, q.flags)
}

// parseQuorum reads what corosync-quorumtool -s printed.
func parseQuorum(text string) (quorum, error) {
	q := quorum{votes: map[string]int{}}
	seen := map[string]string{}
	members := false
	for line := range strings.Lines(text) {
		fields := strings.Fields(line)
		key, value, isPair := strings.Cut(line, ":")
		switch {
		case len(fields) >= 2 && fields[0] == "Nodeid" && fields[1] == "Votes":
			members = true
		case members && len(fields) >= 2:
			id, errID := strconv.ParseUint(fields[0], 0, 32)
			n, errVotes := strconv.Atoi(fields[1])
			if errID != nil || errVotes != nil || n < 0 {
				return quorum{}, fmt.Errorf("corosync-quorumtool shows the member %q", strings.TrimSpace(line))
			}
			q.votes[strconv.FormatUint(id, 10)] += n
		case !members && isPair:
			seen[strings.TrimSpace(key)] = strings.TrimSpace(value)
		}
	}
	switch seen["Quorate"] {
	case "Yes":
		q.quorate = true
	case "No":
	default:
		return quorum{}, errors.New("corosync-quorumtool does not say whether there is quorum")
	}
	q.flags = seen["Flags"]
	for _, field := range []struct {
		name string
		to   *int
	}{{"Expected votes", &q.expected}, {"Total votes", &q.total}, {"Quorum", &q.needed}} {
		// "2 Activity blocked" without quorum.
		number, _, _ := strings.Cut(seen[field.name], " ")
		n, err := strconv.Atoi(number)
		if err != nil || n < 0 {
			return quorum{}, fmt.Errorf("corosync-quorumtool shows %s %q", field.name, seen[field.name])
		}
		*field.to = n
	}
	if len(q.votes) == 0 {
		return quorum{}, errors.New("corosync-quorumtool shows no members")
	}
	return q, nil
}

// attributes are what is stored of the nodes, by their names; a node without one is not in it.
type attributes struct {
	// standby are the standby attributes, marks those that a run of umm-cluster set beside.
	standby, marks map[string]string
}

// parseAttributes reads what cibadmin -Q -o nodes printed.
func parseAttributes(text string) (attributes, error) {
	var nodes element
	if err := xml.NewDecoder(strings.NewReader(text)).Decode(&nodes); err != nil {
		return attributes{}, fmt.Errorf("what cibadmin printed cannot be read: %w", err)
	}
	if nodes.XMLName.Local != "nodes" {
		return attributes{}, errors.New("what cibadmin printed cannot be read: it is no list of nodes")
	}
	return nodes.attributes(), nil
}

// attributes are those of the nodes in a nodes element.
func (e element) attributes() attributes {
	all := attributes{standby: map[string]string{}, marks: map[string]string{}}
	e.each("node", func(n element) {
		n.each("nvpair", func(pair element) {
			switch pair.attr("name") {
			case "standby":
				all.standby[n.attr("uname")] = pair.attr("value")
			case markAttribute:
				all.marks[n.attr("uname")] = pair.attr("value")
			}
		})
	})
	return all
}
