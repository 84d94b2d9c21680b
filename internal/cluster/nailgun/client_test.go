package nailgun_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"umm/internal/cluster/nailgun"
	"umm/internal/cluster/nailgun/nailguntest"
)

// fuel serves two nodes of environment 1 and one of environment 2.
func fuel(t *testing.T, environments ...nailguntest.Environment) (*nailguntest.Server, nailgun.Access) {
	t.Helper()
	two := 2
	s := &nailguntest.Server{User: "admin", Password: "secret", Environments: environments}
	for _, n := range []nailgun.Node{node(3), node(1), node(2, func(n *nailgun.Node) { n.Cluster = &two }), node(9, func(n *nailgun.Node) { n.Cluster = nil })} {
		s.Nodes = append(s.Nodes, nailguntest.Node(n))
	}
	server := httptest.NewServer(s)
	t.Cleanup(func() {
		server.Close()
		if f := s.Faults(); len(f) > 0 {
			t.Errorf("Nailgun was asked what it does not know: %s", strings.Join(f, "; "))
		}
	})
	return s, nailgun.Access{URL: server.URL, User: "admin", Password: "secret", Tenant: "admin", From: "/root/x"}
}

var one = nailguntest.Environment{ID: 1, Name: "prod"}

func TestNodesOfAnEnvironment(t *testing.T) {
	for _, number := range []int{0, 1} {
		s, access := fuel(t, one)
		c := nailgun.Client{Access: access}
		nodes, err := c.Nodes(t.Context(), number)
		if err != nil || len(nodes) != 2 || nodes[0].ID != 1 || nodes[1].Hostname != "node-3" {
			t.Fatalf("the nodes are %+v (%v)", nodes, err)
		}
		want := []string{"POST /keystone/v2.0/tokens", "GET /api/v1/clusters", "GET /api/v1/nodes?cluster_id=1"}
		if got := s.Requests(); !slices.Equal(got, want) {
			t.Errorf("it asked %v, want %v", got, want)
		}
	}
}

func TestWhichEnvironment(t *testing.T) {
	two := nailguntest.Environment{ID: 2, Name: "lab"}
	for _, c := range []struct {
		there  []nailguntest.Environment
		number int
		want   string
	}{
		{nil, 0, "Fuel has no environment"},
		{nil, 4, "Fuel has no environment"},
		{[]nailguntest.Environment{two, one}, 0, "Fuel has more than one environment: 1 (prod), 2 (lab)"},
		{[]nailguntest.Environment{two, one}, 7, "Fuel has no environment 7; there is 1 (prod), 2 (lab)"},
	} {
		_, access := fuel(t, c.there...)
		client := nailgun.Client{Access: access}
		if _, err := client.Nodes(t.Context(), c.number); err == nil || err.Error() != c.want {
			t.Errorf("%d of %v: %v, want %s", c.number, c.there, err, c.want)
		}
	}
}

func TestRefusals(t *testing.T) {
	_, access := fuel(t, one)
	access.Password = "wrong"
	c := nailgun.Client{Access: access}
	_, err := c.Nodes(t.Context(), 1)
	var told *nailgun.Error
	if !errors.As(err, &told) || told.Text != "Nailgun at "+access.URL+" does not let admin in (401); the password is from /root/x" || !strings.Contains(told.Do, "OS_PASSWORD") {
		t.Errorf("with a wrong password it says %v", err)
	}
}

func TestWhatDoesNotAnswer(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed := "http://" + l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name    string
		handler http.HandlerFunc
		want    string
	}{
		{"nobody", nil, "does not answer: dial tcp"},
		{"a page", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("<html>\nhello")) },
			`answers to POST /keystone/v2.0/tokens is not what its API says: "<html> hello"`},
		{"no token", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("{}")) }, "without a token: is it Fuel?"},
		{"an error", func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "mule died", http.StatusBadGateway) },
			`answers 502 Bad Gateway to POST /keystone/v2.0/tokens: "mule died"`},
		{"the login echoed", func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			http.Error(w, "cannot handle "+string(body), http.StatusBadRequest)
		}, "answers 400 Bad Request to POST /keystone/v2.0/tokens"},
		{"the password alone, written for a URL", func(w http.ResponseWriter, _ *http.Request) {
			http.Error(w, "no GET /?p=GEHEIM", http.StatusBadRequest)
		}, "answers 400 Bad Request to POST /keystone/v2.0/tokens"},
		{"tricks", func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "\x1b[2J\u202e", http.StatusTeapot) }, `"\x1b[2J`},
		{"a redirection", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://192.0.2.1/", http.StatusFound)
		}, "answers 302 Found"},
		{"half an answer", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			_, _ = w.Write([]byte("{"))
		}, "does not answer: unexpected EOF"},
	} {
		t.Run(c.name, func(t *testing.T) {
			at := closed
			if c.handler != nil {
				server := httptest.NewServer(c.handler)
				defer server.Close()
				at = server.URL
			}
			client := nailgun.Client{Access: nailgun.Access{URL: at, User: "admin", Password: "geheim", Tenant: "admin"}}
			_, err := client.Nodes(t.Context(), 0)
			var told *nailgun.Error
			if !errors.As(err, &told) || !strings.Contains(told.Text, c.want) || told.Do == "" || strings.Contains(strings.ToLower(told.Text), "geheim") {
				t.Errorf("it says %v, want %q", err, c.want)
			}
		})
	}
}

func TestWhoGivesUpIsNotToldOfNailgun(t *testing.T) {
	_, access := fuel(t, one)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	c := nailgun.Client{Access: access}
	if _, err := c.Nodes(ctx, 0); !errors.Is(err, context.Canceled) {
		t.Errorf("it says %v", err)
	}
}
