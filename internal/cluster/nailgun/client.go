package nailgun

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// limit bounds one request where HTTP_TIMEOUT does not; the Fuel client waits as long.
const limit = 10 * time.Second

// most is how much of an answer is read: a node is described by some 20 kB.
const most = 64 << 20

// Client asks one Nailgun.
type Client struct {
	Access Access
	token  string
}

// Environment is an environment of Fuel, which its API calls a cluster.
type Environment struct {
	ID   int    `json:"id"`
	Name string `json:"name"`
}

// Nodes are the nodes of an environment, by its number; 0 is the only one that there
// is. They include those without a role.
func (c *Client) Nodes(ctx context.Context, environment int) ([]Node, error) {
	var all []Environment
	if err := c.get(ctx, "/api/v1/clusters", &all); err != nil {
		return nil, err
	}
	env, err := pick(all, environment)
	if err != nil {
		return nil, err
	}
	var raw json.RawMessage
	path := "/api/v1/nodes?cluster_id=" + strconv.Itoa(env.ID)
	if err := c.get(ctx, path, &raw); err != nil {
		return nil, err
	}
	nodes, err := ParseNodes(raw)
	if err != nil {
		return nil, fmt.Errorf("what Nailgun at %s answers to %s %w", c.Access.URL, path, err)
	}
	// Whatever the server makes of cluster_id: a host of another environment never
	// gets among these.
	return slices.DeleteFunc(nodes, func(n Node) bool { return n.Cluster == nil || *n.Cluster != env.ID }), nil
}

// pick is the environment of that number, or the only one.
func pick(all []Environment, number int) (Environment, error) {
	slices.SortFunc(all, func(a, b Environment) int { return a.ID - b.ID })
	var names []string
	for _, e := range all {
		if e.ID == number {
			return e, nil
		}
		names = append(names, fmt.Sprintf("%d (%s)", e.ID, e.Name))
	}
	switch there := strings.Join(names, ", "); {
	case len(all) == 0:
		return Environment{}, &Error{Text: "Fuel has no environment", Do: "fuel2 env list shows them"}
	case number != 0:
		return Environment{}, &Error{Text: fmt.Sprintf("Fuel has no environment %d; there is %s", number, there), Do: "set nailgun.environment to one of them"}
	case len(all) > 1:
		return Environment{}, &Error{Text: "Fuel has more than one environment: " + there, Do: "set nailgun.environment to one of them"}
	}
	return all[0], nil
}

// get asks for a document, with a token.
func (c *Client) get(ctx context.Context, path string, into any) error {
	if c.token == "" {
		if err := c.login(ctx); err != nil {
			return err
		}
	}
	return c.ask(ctx, http.MethodGet, path, nil, into)
}

func (c *Client) login(ctx context.Context) error {
	body, err := json.Marshal(map[string]any{"auth": map[string]any{
		"tenantName": c.Access.Tenant, "passwordCredentials": map[string]string{"username": c.Access.User, "password": c.Access.Password},
	}})
	if err != nil {
		return err
	}
	var answer struct {
		Access struct {
			Token struct {
				ID string `json:"id"`
			} `json:"token"`
		} `json:"access"`
	}
	if err := c.ask(ctx, http.MethodPost, "/keystone/v2.0/tokens", body, &answer); err != nil {
		return err
	}
	if c.token = answer.Access.Token.ID; c.token == "" {
		return &Error{Text: fmt.Sprintf("Nailgun at %s let %s in without a token: is it Fuel?", c.Access.URL, c.Access.User), Do: where}
	}
	return nil
}

func (c *Client) limit() time.Duration { return cmp.Or(c.Access.Limit, limit) }

// where is what to do about a Nailgun that does not answer as one.
const where = "the address is from nailgun.url, else SERVER_ADDRESS and SERVER_PORT as for the Fuel client; nailgun.file takes a file that fuel2 node list -f json wrote"

func (c *Client) ask(ctx context.Context, method, path string, body []byte, into any) error {
	ctx, cancel := context.WithTimeout(ctx, c.limit())
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, strings.TrimSuffix(c.Access.URL, "/")+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Accept", "application/json")
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if c.token != "" {
		req.Header.Set("X-Auth-Token", c.token)
	}
	// Nobody between this host and the master: neither a proxy nor a redirection gets
	// the password.
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Do(req)
	if err != nil {
		return c.silent(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(io.LimitReader(resp.Body, most))
	if err != nil {
		return c.silent(err)
	}
	switch {
	case resp.StatusCode == http.StatusUnauthorized:
		return &Error{Text: fmt.Sprintf("Nailgun at %s does not let %s in (401); the password is from %s", c.Access.URL, c.Access.User, c.Access.From),
			Do: "set OS_USERNAME and OS_PASSWORD as for the Fuel client"}
	case resp.StatusCode != http.StatusOK:
		return &Error{Text: fmt.Sprintf("Nailgun at %s answers %s to %s %s%s", c.Access.URL, resp.Status, method, path, c.saying(data)), Do: where}
	}
	if err := json.Unmarshal(data, into); err != nil {
		return &Error{Text: fmt.Sprintf("what Nailgun at %s answers to %s %s is not what its API says%s", c.Access.URL, method, path, c.saying(data)), Do: where}
	}
	return nil
}

// silent is an error of a connection, without the URL that net/http puts before it.
func (c *Client) silent(err error) error {
	var at *url.Error
	if errors.As(err, &at) {
		err = at.Err
	}
	if errors.Is(err, context.Canceled) {
		return err
	}
	why := err.Error()
	if errors.Is(err, context.DeadlineExceeded) {
		why = fmt.Sprintf("nothing within %s; HTTP_TIMEOUT of the Fuel client says how long, in seconds", c.limit())
	}
	return &Error{Text: fmt.Sprintf("Nailgun at %s does not answer: %s", c.Access.URL, why), Do: where}
}

// saying is what an answer says, for a message. One that echoes what was sent says nothing:
// it may hold the password, in whatever form.
func (c *Client) saying(data []byte) string {
	text := string(data)
	quoted, _ := json.Marshal(c.Access.Password)
	for _, secret := range []string{"passwordCredentials", c.Access.Password, strings.Trim(string(quoted), `"`), url.QueryEscape(c.Access.Password), c.token} {
		if secret != "" && strings.Contains(strings.ToLower(text), strings.ToLower(secret)) {
			return ""
		}
	}
	return ": " + brief(data)
}

// brief is an answer for a message, in one line.
func brief(data []byte) string {
	const most = 200
	text := strings.Join(strings.Fields(string(data)), " ")
	if len(text) > most {
		text = text[:most] + "..."
	}
	return strconv.Quote(text)
}
