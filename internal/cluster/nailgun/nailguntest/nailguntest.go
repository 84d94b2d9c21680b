// Package nailguntest is a Nailgun for tests. It speaks as much of the API of 8.0 to
// 10 as umm-cluster uses, by its documentation, and is strict: a request that
// Nailgun does not know, or that is not as it has to be, is refused and remembered.
package nailguntest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"sync"
)

// Environment is what the API says of an environment.
type Environment struct {
	ID   int    `json:"id"`
	Name string `json:"name"`
}

// Node is what the API says of a node, as far as anybody asks.
type Node struct {
	ID              int      `json:"id"`
	Name            string   `json:"name"`
	Hostname        string   `json:"hostname"`
	IP              string   `json:"ip"`
	Status          string   `json:"status"`
	Online          bool     `json:"online"`
	Roles           []string `json:"roles"`
	PendingRoles    []string `json:"pending_roles"`
	PendingDeletion bool     `json:"pending_deletion"`
	Cluster         *int     `json:"cluster"`
}

// Server is the Nailgun and the Keystone of a master, as a handler of port 8000. Its
// fields are not changed while it serves.
type Server struct {
	User, Password string
	Environments   []Environment
	Nodes          []Node

	lock     sync.Mutex
	tokens   []string
	requests []string
	faults   []string
}

// Faults are what was wrong with the requests so far.
func (s *Server) Faults() []string {
	s.lock.Lock()
	defer s.lock.Unlock()
	return slices.Clone(s.faults)
}

// Requests are all requests so far, as "GET /api/v1/clusters".
func (s *Server) Requests() []string {
	s.lock.Lock()
	defer s.lock.Unlock()
	return slices.Clone(s.requests)
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.lock.Lock()
	defer s.lock.Unlock()
	s.requests = append(s.requests, r.Method+" "+r.URL.RequestURI())
	switch r.Method + " " + r.URL.Path {
	case "POST /keystone/v2.0/tokens":
		s.login(w, r)
	case "GET /api/v1/clusters":
		if s.allowed(w, r) && s.wants(w, r.URL.Query()) {
			answer(w, http.StatusOK, s.Environments)
		}
	case "GET /api/v1/nodes":
		if s.allowed(w, r) && s.wants(w, r.URL.Query(), "cluster_id") {
			s.nodes(w, r.URL.Query().Get("cluster_id"))
		}
	default:
		s.fault(w, http.StatusNotFound, "there is no %s %s", r.Method, r.URL.Path)
	}
}

func (s *Server) login(w http.ResponseWriter, r *http.Request) {
	var body struct {
		Auth struct {
			TenantName          string `json:"tenantName"`
			PasswordCredentials struct {
				Username string `json:"username"`
				Password string `json:"password"`
			} `json:"passwordCredentials"`
		} `json:"auth"`
	}
	decoder := json.NewDecoder(r.Body)
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&body); err != nil || r.Header.Get("Content-Type") != "application/json" {
		s.fault(w, http.StatusBadRequest, "the login is not as Keystone wants it: %v", err)
		return
	}
	got := body.Auth.PasswordCredentials
	if got.Username != s.User || got.Password != s.Password || body.Auth.TenantName != "admin" {
		answer(w, http.StatusUnauthorized, map[string]any{"error": map[string]any{"code": 401, "title": "Unauthorized", "message": "Invalid user / password"}})
		return
	}
	token := fmt.Sprintf("token-%d", len(s.tokens)+1)
	s.tokens = append(s.tokens, token)
	answer(w, http.StatusOK, map[string]any{"access": map[string]any{"token": map[string]any{"id": token, "tenant": map[string]any{"name": "admin"}}}})
}

func (s *Server) allowed(w http.ResponseWriter, r *http.Request) bool {
	if slices.Contains(s.tokens, r.Header.Get("X-Auth-Token")) {
		return true
	}
	answer(w, http.StatusUnauthorized, map[string]string{"message": "Authentication required"})
	return false
}

// wants refuses parameters other than those.
func (s *Server) wants(w http.ResponseWriter, query url.Values, names ...string) bool {
	for name := range query {
		if !slices.Contains(names, name) {
			s.fault(w, http.StatusBadRequest, "the parameter %s is not known", name)
			return false
		}
	}
	return true
}

func (s *Server) nodes(w http.ResponseWriter, cluster string) {
	id, err := strconv.Atoi(cluster)
	if err != nil {
		s.fault(w, http.StatusBadRequest, "cluster_id is %q", cluster)
		return
	}
	found := []Node{}
	for _, n := range s.Nodes {
		if n.Cluster != nil && *n.Cluster == id {
			found = append(found, n)
		}
	}
	answer(w, http.StatusOK, found)
}

func (s *Server) fault(w http.ResponseWriter, code int, format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	s.faults = append(s.faults, text)
	answer(w, code, map[string]string{"message": text})
}

func answer(w http.ResponseWriter, code int, document any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	// Who has gone does not hear it.
	_ = json.NewEncoder(w).Encode(document)
}
