package nova

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// compute is one row of openstack compute service list --long -f json.
type compute struct {
	Binary  string  `json:"Binary"`
	Host    string  `json:"Host"`
	Status  string  `json:"Status"`
	State   string  `json:"State"`
	Updated *string `json:"Updated At"`
	Reason  *string `json:"Disabled Reason"`
	// updated is Updated, in UTC; zero if it never was.
	updated time.Time
}

const (
	enabled  = "enabled"
	disabled = "disabled"
	up       = "up"
	down     = "down"
)

func (c compute) reason() string {
	if c.Reason == nil {
		return ""
	}
	return *c.Reason
}

func (c compute) seen(asked string) string {
	text := fmt.Sprintf("openstack compute service list on %s: %s %s %s", asked, c.Host, c.Status, c.State)
	if c.Updated != nil {
		text += ", updated at " + *c.Updated
	}
	if c.reason() != "" {
		text += ", disabled for " + c.reason()
	}
	return text
}

// parseServices reads the compute services. A cell that is down leaves rows without a
// state: then nothing can be said.
func parseServices(text string) ([]compute, error) {
	var rows []compute
	if err := json.Unmarshal([]byte(text), &rows); err != nil {
		return nil, fmt.Errorf("cannot read what openstack compute service list printed: %w", err)
	}
	if rows == nil {
		return nil, errors.New("openstack compute service list printed no list")
	}
	var all []compute
	seen := map[string]bool{}
	for _, c := range rows {
		if c.Binary != binary {
			continue
		}
		switch {
		case c.Host == "" || seen[c.Host]:
			return nil, fmt.Errorf("openstack compute service list has the host %q twice or without a name", c.Host)
		case c.Status != enabled && c.Status != disabled || c.State != up && c.State != down:
			return nil, fmt.Errorf("openstack compute service list has %s as %q and %q", c.Host, c.Status, c.State)
		}
		seen[c.Host] = true
		if c.Updated != nil && *c.Updated != "" && *c.Updated != "None" {
			var err error
			if c.updated, err = parseTime(*c.Updated); err != nil {
				return nil, err
			}
		}
		all = append(all, c)
	}
	return all, nil
}

// parseTime reads times as nova writes them: in UTC, with or without saying so.
func parseTime(text string) (time.Time, error) {
	for _, layout := range []string{"2006-01-02T15:04:05.999999", "2006-01-02 15:04:05.999999", time.RFC3339Nano} {
		if t, err := time.Parse(layout, text); err == nil {
			return t.UTC(), nil
		}
	}
	return time.Time{}, fmt.Errorf("openstack compute service list has the time %q", text)
}

// hostState is when a host booted, and the virtual machines on it.
type hostState struct {
	boot      time.Time
	instances []string
}

// parseHost reads what hostScript prints.
func parseHost(text string) (h hostState, err error) {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	if lines[len(lines)-1] != "end" {
		return h, errors.New("the answer about its virtual machines breaks off")
	}
	for _, line := range lines[:len(lines)-1] {
		what, value, _ := strings.Cut(line, " ")
		switch {
		case what == "boot":
			seconds, err := strconv.ParseInt(value, 10, 64)
			if err != nil || seconds <= 0 {
				return h, fmt.Errorf("%q is no time of a boot", value)
			}
			h.boot = time.Unix(seconds, 0).UTC()
		case what == "instance" && value != "":
			h.instances = append(h.instances, value)
		default:
			return h, fmt.Errorf("%q says nothing about virtual machines", line)
		}
	}
	if h.boot.IsZero() {
		return h, errors.New("it does not report when it booted")
	}
	return h, nil
}
