package etcd

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

var (
	errNothing = errors.New("etcdctl printed nothing")
	errNoID    = errors.New("etcdctl printed a member without an ID")
)

// status is what a member says of itself. A member without a leader has 0 there.
type status struct {
	Header struct {
		ClusterID uint64 `json:"cluster_id"`
		MemberID  uint64 `json:"member_id"`
	} `json:"header"`
	Version string   `json:"version"`
	Leader  uint64   `json:"leader"`
	Index   uint64   `json:"raftIndex"`
	Term    uint64   `json:"raftTerm"`
	Applied uint64   `json:"raftAppliedIndex"`
	Errors  []string `json:"errors"`
}

// parseStatus reads etcdctl endpoint status -w json: those of the endpoints that
// answered.
func parseStatus(out []byte) ([]status, error) {
	var all []struct {
		Endpoint string
		Status   *status
	}
	if len(bytes.TrimSpace(out)) == 0 {
		return nil, errNothing
	}
	if err := json.Unmarshal(out, &all); err != nil {
		return nil, fmt.Errorf("cannot read what etcdctl endpoint status printed: %w", err)
	}
	var got []status
	for _, one := range all {
		if one.Status == nil || one.Status.Header.MemberID == 0 || one.Status.Header.ClusterID == 0 {
			return nil, errNoID
		}
		got = append(got, *one.Status)
	}
	return got, nil
}

// member is one of the cluster's. One that was added and never started has no name.
type member struct {
	ID         uint64
	Name       string   `json:"name"`
	ClientURLs []string `json:"clientURLs"`
	Learner    bool     `json:"isLearner"`
}

// parseMembers reads etcdctl member list -w json.
func parseMembers(out string) ([]member, error) {
	var list struct {
		Members []member `json:"members"`
	}
	if strings.TrimSpace(out) == "" {
		return nil, errNothing
	}
	if err := json.Unmarshal([]byte(out), &list); err != nil {
		return nil, fmt.Errorf("cannot read what etcdctl member list printed: %w", err)
	}
	if len(list.Members) == 0 {
		return nil, errors.New("etcdctl member list names no member")
	}
	seen := map[uint64]bool{}
	for _, m := range list.Members {
		if m.ID == 0 || seen[m.ID] {
			return nil, errNoID
		}
		seen[m.ID] = true
	}
	return list.Members, nil
}

// alarm is one that a member raised: NOSPACE, CORRUPT.
type alarm struct {
	member uint64
	kind   string
}

var alarmLine = regexp.MustCompile(`^memberID:([0-9]+) alarm:([A-Z_]+)$`)

// parseAlarms reads etcdctl alarm list, which prints nothing where there are none.
func parseAlarms(out string) ([]alarm, error) {
	var all []alarm
	for _, line := range strings.Split(out, "\n") {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		m := alarmLine.FindStringSubmatch(line)
		if m == nil {
			return nil, fmt.Errorf("cannot read the line %q of etcdctl alarm list", line)
		}
		id, err := strconv.ParseUint(m[1], 10, 64)
		if err != nil {
			return nil, fmt.Errorf("cannot read the line %q of etcdctl alarm list", line)
		}
		all = append(all, alarm{id, m[2]})
	}
	return all, nil
}
