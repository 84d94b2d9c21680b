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
			id, errID := strconv.ParseUint(strings.TrimPrefix(fields[0], "0x"), base(fields[0]), 32)
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

func base(number string) int {
	if strings.HasPrefix(number, "0x") {
		return 16
	}
	return 10
}

// parseStandby reads the standby attributes of what cibadmin -Q -o nodes printed.
func parseStandby(text string) (map[string]string, error) {
	var doc struct {
		XMLName xml.Name `xml:"nodes"`
		Nodes   []struct {
			Name string `xml:"uname,attr"`
			Sets []struct {
				Pairs []struct {
					Name  string `xml:"name,attr"`
					Value string `xml:"value,attr"`
				} `xml:"nvpair"`
			} `xml:"instance_attributes"`
		} `xml:"node"`
	}
	if err := xml.NewDecoder(strings.NewReader(text)).Decode(&doc); err != nil {
		return nil, fmt.Errorf("what cibadmin printed cannot be read: %w", err)
	}
	standby := map[string]string{}
	for _, n := range doc.Nodes {
		for _, set := range n.Sets {
			for _, p := range set.Pairs {
				if p.Name == "standby" {
					standby[n.Name] = p.Value
				}
			}
		}
	}
	return standby, nil
}
