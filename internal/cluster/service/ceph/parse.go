package ceph

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// hostAnswer is what one host printed.
type hostAnswer struct {
	// err says why the host does not tell how the cluster stands. Its own daemons may
	// be known all the same: then told is set.
	err     error
	told    bool
	daemons daemons
	status  status
	quorum  quorum
	dump    dump
	tree    tree
	stops   []stop
	// mds is the answer to whether the host's metadata servers may stop; nil where
	// nobody could ask.
	mds *mayStopMDS
}

// mayStopMDS is what Ceph says of metadata servers.
type mayStopMDS struct {
	ids  []string
	code int
	said string
}

type status struct {
	Health struct {
		Status string           `json:"status"`
		Checks map[string]check `json:"checks"`
	} `json:"health"`
	PGMap struct {
		States []struct {
			Name  string `json:"state_name"`
			Count int    `json:"count"`
		} `json:"pgs_by_state"`
		PGs int `json:"num_pgs"`
	} `json:"pgmap"`
	MgrMap *struct {
		Available bool              `json:"available"`
		Standbys  int               `json:"num_standbys"`
		Names     []json.RawMessage `json:"standbys"`
	} `json:"mgrmap"`
}

// check is one of Ceph's own health checks.
type check struct {
	Severity string `json:"severity"`
	Summary  struct {
		Message string `json:"message"`
	} `json:"summary"`
	Muted bool `json:"muted"`
}

type quorum struct {
	Names  []string `json:"quorum_names"`
	Monmap struct {
		// Release is there from 14 on.
		Release int `json:"min_mon_release"`
		Mons    []struct {
			Name string `json:"name"`
		} `json:"mons"`
	} `json:"monmap"`
}

type dump struct {
	Flags   string              `json:"flags"`
	OSDs    []osd               `json:"osds"`
	Nodes   map[string][]string `json:"crush_node_flags"`
	Classes map[string][]string `json:"device_class_flags"`
}

type osd struct {
	ID    int      `json:"osd"`
	Up    int      `json:"up"`
	In    int      `json:"in"`
	State []string `json:"state"`
}

type tree struct {
	Nodes []struct {
		ID       int    `json:"id"`
		Name     string `json:"name"`
		Type     string `json:"type"`
		Children []int  `json:"children"`
	} `json:"nodes"`
}

// stop is the answer to whether these OSDs may stop.
type stop struct {
	ids  []int
	code int
	said string
	// inactive: data could not be used even before. It is told from 16 on.
	inactive bool
}

// parse reads what the script printed.
func parse(text string) hostAnswer {
	var s hostAnswer
	all, err := sections(text)
	if err != nil {
		s.err = err
		return s
	}
	got := map[string]bool{}
	for _, sec := range all {
		name := sec.words[0]
		if got[name] && name != "stop" {
			s.err = fmt.Errorf("the answer has ceph %s twice", name)
			return s
		}
		got[name] = true
		switch name {
		case "daemons":
			s.daemons, s.told = parseDaemons(sec.lines), true
		case "cluster":
			s.err = s.cluster(sec)
		case "stop":
			var one stop
			if one, s.err = sec.stop(); s.err == nil {
				s.stops = append(s.stops, one)
			}
		case "mds":
			s.mds = &mayStopMDS{code: sec.code, said: sec.said()}
			if len(sec.words) == 2 {
				s.mds.ids = strings.Split(sec.words[1], ",")
			}
		default:
			s.err = fmt.Errorf("nothing is known of ceph %s", name)
		}
		if s.err != nil {
			return s
		}
	}
	if !got["daemons"] || !got["cluster"] {
		s.err = errors.New("the answer has no daemons or no cluster")
		return s
	}
	s.err = s.check()
	return s
}

// cluster reads the documents that ceph printed, a line each, in whatever order. They
// are told apart by what is in them.
func (s *hostAnswer) cluster(sec section) error {
	if sec.code != 0 {
		return fmt.Errorf("ceph ended with status %d: %s", sec.code, sec.said())
	}
	got := map[string]bool{}
	for _, line := range sec.lines {
		if !strings.HasPrefix(line, "{") {
			continue
		}
		var keys map[string]json.RawMessage
		if err := json.Unmarshal([]byte(line), &keys); err != nil {
			return fmt.Errorf("cannot read what ceph printed: %w", err)
		}
		has := func(all ...string) bool {
			return !slices.ContainsFunc(all, func(k string) bool { return keys[k] == nil })
		}
		name, to := "", any(nil)
		switch {
		case has("health", "pgmap"):
			name, to = "status", &s.status
		case has("quorum_names", "monmap"):
			name, to = "quorum_status", &s.quorum
		case has("osds", "flags"):
			name, to = "osd dump", &s.dump
		case has("nodes"):
			name, to = "osd tree", &s.tree
		default:
			return errors.New("ceph printed what was not asked for")
		}
		if got[name] {
			return fmt.Errorf("there are two answers to ceph %s", name)
		}
		got[name] = true
		if err := json.Unmarshal([]byte(line), to); err != nil {
			return fmt.Errorf("cannot read what ceph %s printed: %w", name, err)
		}
	}
	for _, name := range []string{"status", "quorum_status", "osd dump", "osd tree"} {
		if !got[name] {
			return fmt.Errorf("there is no answer to ceph %s", name)
		}
	}
	return nil
}

// check is what is missing in answers that could be read.
func (s hostAnswer) check() error {
	sum := 0
	for _, st := range s.status.PGMap.States {
		sum += st.Count
	}
	switch {
	case !slices.Contains([]string{"HEALTH_OK", "HEALTH_WARN", "HEALTH_ERR"}, s.status.Health.Status):
		return fmt.Errorf("ceph status has the health %q", s.status.Health.Status)
	case sum != s.status.PGMap.PGs:
		return fmt.Errorf("ceph status counts %d placement groups and the states of %d", s.status.PGMap.PGs, sum)
	case len(s.quorum.Monmap.Mons) == 0:
		return errors.New("ceph quorum_status names no monitor")
	case s.dump.Flags == "":
		return errors.New("ceph osd dump has no flags")
	}
	return nil
}

func (sec section) stop() (stop, error) {
	s := stop{code: sec.code, said: sec.said()}
	if len(sec.words) != 2 {
		return s, errors.New("it is not said which OSDs may stop")
	}
	for _, word := range strings.Split(sec.words[1], ",") {
		id, err := strconv.Atoi(word)
		if err != nil || id < 0 {
			return s, fmt.Errorf("%q is no OSD", word)
		}
		s.ids = append(s.ids, id)
	}
	line, ok := sec.json()
	if !ok {
		return s, nil
	}
	var answer struct {
		OK       *bool    `json:"ok_to_stop"`
		OSDs     []int    `json:"osds"`
		Inactive []string `json:"bad_already_inactive"`
	}
	if err := json.Unmarshal([]byte(line), &answer); err != nil {
		return s, fmt.Errorf("cannot read what ceph osd ok-to-stop printed: %w", err)
	}
	for _, id := range s.ids {
		if answer.OK == nil || !slices.Contains(answer.OSDs, id) || *answer.OK != (s.code == 0) {
			return s, fmt.Errorf("ceph osd ok-to-stop contradicts itself: status %d, %s", s.code, line)
		}
	}
	s.inactive = len(answer.Inactive) > 0
	return s, nil
}
