package nailgun_test

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"time"

	"umm/internal/cluster/nailgun"
)

// fakes are an environment and files.
type fakes struct{ env, files map[string]string }

func (f fakes) find() (nailgun.Access, error) {
	return nailgun.Find(func(name string) string { return f.env[name] }, func(path string) ([]byte, error) {
		text, ok := f.files[path]
		switch {
		case text == "closed":
			return nil, fs.ErrPermission
		case !ok:
			return nil, fs.ErrNotExist
		}
		return []byte(text), nil
	})
}

const (
	user   = "/root/.config/fuel/fuel_client.yaml"
	master = "/etc/fuel/astute.yaml"
)

func TestTheOrderOfTheFuelClient(t *testing.T) {
	own := "SERVER_ADDRESS: 10.20.0.2\nSERVER_PORT: 8001\nOS_USERNAME: user\nOS_PASSWORD: user-pw\nOS_TENANT_NAME: t\n"
	astute := "FUEL_ACCESS:\n  user: astute\n  password: astute-pw\nADMIN_NETWORK: {ipaddress: 10.20.0.2}\n"
	for _, c := range []struct {
		name       string
		env, files map[string]string
		want, from string
	}{
		{"the master's own", nil, map[string]string{master: astute}, "astute astute-pw admin http://127.0.0.1:8000", master},
		{"the user's before it", nil, map[string]string{master: astute, user: own}, "user user-pw t http://10.20.0.2:8001", user},
		{"key by key", nil, map[string]string{master: astute, user: "SERVER_ADDRESS: 10.20.0.2\nOS_USERNAME:\nOS_PASSWORD: null\nOS_TENANT_NAME: \"admin\"\n"},
			"astute astute-pw admin http://10.20.0.2:8000", master},
		{"a file of one's own before it", map[string]string{"FUELCLIENT_CUSTOM_SETTINGS": "/c"}, map[string]string{user: own, "/c": "OS_PASSWORD: 0123\n"},
			"user 0123 t http://10.20.0.2:8001", "/c"},
		{"the environment before all", map[string]string{"FUELCLIENT_CUSTOM_SETTINGS": "/c", "OS_PASSWORD": "env-pw", "SERVER_PORT": "9"},
			map[string]string{user: own, "/c": "OS_PASSWORD: c\n"}, "user env-pw t http://10.20.0.2:9", "the environment"},
		{"names of old clients", nil, map[string]string{user: "KEYSTONE_USER: old\nKEYSTONE_PASS: old-pw\nLISTEN_PORT: 8002\n"}, "old old-pw admin http://127.0.0.1:8002", user},
		{"another home of settings", map[string]string{"XDG_CONFIG_HOME": "/x"}, map[string]string{"/x/fuel/fuel_client.yaml": own, user: "OS_PASSWORD: no\n"},
			"user user-pw t http://10.20.0.2:8001", "/x/fuel/fuel_client.yaml"},
		{"a file that may not be read", map[string]string{"OS_PASSWORD": "p"}, map[string]string{user: "closed", master: "closed"}, "admin p admin http://127.0.0.1:8000", "the environment"},
		{"IPv6", map[string]string{"OS_PASSWORD": "p", "SERVER_ADDRESS": "2001:db8::1"}, nil, "admin p admin http://[2001:db8::1]:8000", "the environment"},
	} {
		t.Run(c.name, func(t *testing.T) {
			env := map[string]string{"HOME": "/root"}
			for k, v := range c.env {
				env[k] = v
			}
			a, err := fakes{env, c.files}.find()
			if err != nil {
				t.Fatal(err)
			}
			if got := fmt.Sprint(a.User, " ", a.Password, " ", a.Tenant, " ", a.URL); got != c.want || a.From != c.from {
				t.Errorf("it is %s from %s, want %s from %s", got, a.From, c.want, c.from)
			}
		})
	}
}

func TestNoAccess(t *testing.T) {
	env := map[string]string{"HOME": "/root"}
	var told *nailgun.Error
	if _, err := (fakes{env, nil}).find(); !errors.As(err, &told) || told.Text != "there is no password for Nailgun" {
		t.Errorf("without anything it says %v", err)
	}
	_, err := fakes{env, map[string]string{user: "OS_PASSWORD: geheim\n\tx: y\n"}}.find()
	if err == nil || err.Error() != "cannot read "+user+": it is not YAML" || strings.Contains(err.Error(), "geheim") {
		t.Errorf("of what is no YAML it says %v", err)
	}
}

func TestHowLongIsWaited(t *testing.T) {
	for value, want := range map[string]time.Duration{"": 10 * time.Second, "60": time.Minute, "2.5": 2500 * time.Millisecond, "0": -1, "-1": -1, "soon": -1, "1e9": -1, "NaN": -1} {
		files := map[string]string{user: "OS_PASSWORD: p\nHTTP_TIMEOUT: " + value + "\n"}
		got, err := fakes{map[string]string{"HOME": "/root"}, files}.find()
		var told *nailgun.Error
		if want < 0 {
			if !errors.As(err, &told) || !strings.Contains(told.Text, "HTTP_TIMEOUT of "+user) {
				t.Errorf("%q: %v", value, err)
			}
			continue
		}
		if err != nil || got.Limit != want {
			t.Errorf("%q: %s (%v)", value, got.Limit, err)
		}
	}
}
