package rollout

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"umm/internal/api"
	"umm/internal/cluster/service"
	"umm/internal/execx"
)

type simRunner struct {
	w    *world
	host string
}

func (r simRunner) Run(_ context.Context, c execx.Cmd) (execx.Result, error) {
	r.w.lock.Lock()
	defer r.w.lock.Unlock()
	h := r.w.hosts[r.host]
	if h.dead {
		return execx.Result{}, errDead
	}
	r.w.pass(h)
	if c.Argv[0] == "state" {
		return r.state(h, c.Argv[1])
	}
	target, on := r.w.hosts[c.Argv[1]], c.Argv[2] == "on"
	switch c.Argv[0] {
	case "drain":
		r.w.wants(on || target.serves() || r.w.hasty, "clients are sent to %s, whose database does not serve", target.name)
		target.drained = on
		return execx.Result{}, nil
	case "standby":
		return r.standby(target, on)
	}
	r.w.t.Errorf("%s: unknown command %q", r.host, c.Argv)
	return execx.Result{Code: 127}, nil
}

// state is what one service of a host says of itself.
func (r simRunner) state(h *simHost, name string) (execx.Result, error) {
	if name == "lb" {
		return execx.Result{Stdout: fmt.Appendf(nil, "%s %v", h.mode, h.drained)}, nil
	}
	if r.w.mute[r.host] > 0 {
		r.w.mute[r.host]--
		return execx.Result{}, errMute
	}
	text := fmt.Sprintf("%s %v", h.mode, h.standby)
	if h.mode == api.ModeOperational && !h.standby && !h.serves() {
		text = "joins " + text
	}
	return execx.Result{Stdout: []byte(text)}, nil
}

func (r simRunner) standby(target *simHost, on bool) (execx.Result, error) {
	switch {
	case !on && r.w.stuck == target.name:
		return execx.Result{Code: 1, Stderr: []byte("no such server")}, nil
	case !on && r.w.refuse > 0:
		r.w.refuse--
		return execx.Result{Code: 69, Stderr: []byte("Error: the node does not run")}, nil
	case !on && r.w.forget > 0:
		r.w.forget--
		return execx.Result{}, nil
	}
	r.w.wants(!on || target.drained, "the database of %s stands by, and clients are still sent there", target.name)
	if target.standby && !on {
		target.joined = time.Now().Add(r.w.join)
	}
	target.standby = on
	return execx.Result{}, nil
}

// simService is the balancer, "lb", or the database, "db".
type simService struct {
	w    *world
	name string
}

var errMute = errors.New("it took too long")

func (s simService) Name() string { return s.name }
func (s simService) Asks(string, []string) []service.Ask {
	return []service.Ask{{ID: "state", Argv: []string{"state", s.name}}}
}
func (s simService) Read(members []string, a service.Answers) service.View {
	return simView{s, members, a}
}

type simView struct {
	simService
	members []string
	answers service.Answers
}

func (v simView) state(host string) string {
	text, err := v.answers.Get(host, "state").Output()
	if err != nil {
		return err.Error()
	}
	return text
}

// reason says it in words.
func (v simView) reason(host string) string {
	switch text := v.state(host); {
	case strings.HasPrefix(text, "joins "):
		return host + " is joining"
	case text == "operational true":
		return host + map[string]string{"lb": " is drained", "db": " is in standby"}[v.name]
	case text == errMute.Error(), text == errDead.Error():
		return host + ": " + text
	default:
		mode, _, _ := strings.Cut(text, " ")
		return host + " is " + map[bool]string{true: "serving", false: "in mode " + mode}[mode == api.ModeOperational]
	}
}

func (v simView) Health(out []string) []service.Verdict {
	var vs []service.Verdict
	for _, m := range v.members {
		if slices.Contains(out, m) {
			continue
		}
		if t, ok := v.w.trouble[m]; ok && v.name == "db" {
			vs = append(vs, t)
			continue
		}
		state := service.OK
		switch text := v.state(m); {
		case text == errMute.Error():
			state = service.Unknown
		case strings.HasPrefix(text, "joins "):
			state = service.Wait
		case text != "operational false":
			state = service.Stop
		}
		vs = append(vs, service.Verdict{Service: v.name, Name: "serves", Host: m, State: state, Reason: v.reason(m)})
	}
	return vs
}

func (v simView) Leave(host string) []service.Verdict {
	if v.name == "lb" {
		return nil
	}
	n := 0
	for _, m := range v.members {
		if m != host && v.state(m) == "operational false" {
			n++
		}
	}
	state := service.OK
	if n < len(v.members)-1 {
		state = service.Stop
	}
	return []service.Verdict{{Service: "db", Name: "enough", State: state, Reason: fmt.Sprintf("%d others serve", n)}}
}

// Exit is nothing where a member cannot be read, as for whatever is changed on it.
func (v simView) Exit(host string) service.Exit {
	if slices.ContainsFunc(v.members, func(m string) bool { return v.state(m) == errMute.Error() }) {
		return service.Exit{}
	}
	peers := slices.DeleteFunc(slices.Clone(v.members), func(m string) bool { return m == host })
	program, title, late := "drain", "drain "+host+" on the balancer", []string(nil)
	if v.name == "db" {
		program, title, late = "standby", "set "+host+" to standby", v.w.late[host]
	}
	return service.Exit{Late: late, Changes: []service.Change{{
		ID: v.name + "/" + host, Service: v.name, Target: host, Title: title, On: peers,
		Do:   service.Command{Argv: []string{program, host, "on"}},
		Undo: service.Command{Argv: []string{program, host, "off"}},
		Wait: service.Waiting{Limit: time.Minute}}}}
}

func (v simView) Settled(c service.Change, done bool) service.Verdict {
	state := service.Wait
	if strings.HasSuffix(v.state(c.Target), fmt.Sprint(done)) {
		state = service.OK
	}
	return service.Verdict{Service: v.name, Name: "changed", State: state, Reason: v.reason(c.Target)}
}
