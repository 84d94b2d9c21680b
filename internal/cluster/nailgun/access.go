package nailgun

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// Access is where Nailgun is and who asks.
type Access struct {
	// URL is without a path: "http://10.20.0.2:8000".
	URL                    string
	User, Password, Tenant string
	// From tells where the password was found.
	From string
	// Limit bounds one request.
	Limit time.Duration
}

// masterFile is the master's own configuration.
const masterFile = "/etc/fuel/astute.yaml"

// formerly are names that files of old Fuel clients have.
var formerly = map[string]string{"SERVER_PORT": "LISTEN_PORT", "OS_USERNAME": "KEYSTONE_USER", "OS_PASSWORD": "KEYSTONE_PASS"}

// source is one place that may know some of the keys.
type source struct {
	name string
	get  func(key string) string
}

// Find looks for the access where the Fuel client does, the first that has a value
// counts: the environment, the file that $FUELCLIENT_CUSTOM_SETTINGS names, the
// user's fuel_client.yaml, and the master's own /etc/fuel/astute.yaml. A file that
// is not there, or may not be read, is passed over; one that is no YAML is an error.
func Find(getenv func(string) string, read func(string) ([]byte, error)) (Access, error) {
	sources := []source{{"the environment", getenv}}
	config := cmp.Or(getenv("XDG_CONFIG_HOME"), filepath.Join(getenv("HOME"), ".config"))
	for _, f := range []struct {
		path string
		keys func(map[string]yaml.Node) func(string) string
	}{
		{getenv("FUELCLIENT_CUSTOM_SETTINGS"), clientKeys},
		{filepath.Join(config, "fuel/fuel_client.yaml"), clientKeys},
		{masterFile, masterKeys},
	} {
		if f.path == "" {
			continue
		}
		data, err := read(f.path)
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) {
			continue
		}
		if err != nil {
			return Access{}, fmt.Errorf("cannot read the settings of the Fuel client: %w", err)
		}
		var doc map[string]yaml.Node
		if err := yaml.Unmarshal(data, &doc); err != nil {
			// The error of YAML may quote a line, and so a password.
			return Access{}, fmt.Errorf("cannot read %s: it is not YAML", f.path)
		}
		sources = append(sources, source{f.path, f.keys(doc)})
	}
	first := func(key, otherwise string) (string, string) {
		for _, s := range sources {
			if v := s.get(key); v != "" {
				return v, s.name
			}
		}
		return otherwise, "the default"
	}
	var a Access
	address, _ := first("SERVER_ADDRESS", "127.0.0.1")
	port, _ := first("SERVER_PORT", "8000")
	if strings.Contains(address, ":") {
		address = "[" + address + "]"
	}
	a.URL = "http://" + address + ":" + port
	a.User, _ = first("OS_USERNAME", "admin")
	a.Tenant, _ = first("OS_TENANT_NAME", "admin")
	a.Password, a.From = first("OS_PASSWORD", "")
	seconds, from := first("HTTP_TIMEOUT", strconv.Itoa(int(limit/time.Second)))
	n, err := strconv.ParseFloat(seconds, 64)
	if err != nil || !(n > 0 && n <= 3600) {
		return a, &Error{Text: fmt.Sprintf("HTTP_TIMEOUT of %s is %q, not a number of seconds up to 3600", from, seconds), Do: "correct it, or take it out: 10 is the default"}
	}
	a.Limit = time.Duration(n * float64(time.Second))
	if a.Password == "" {
		return a, &Error{Text: "there is no password for Nailgun", Do: "set OS_USERNAME and OS_PASSWORD as for the Fuel client, or put them into ~/.config/fuel/fuel_client.yaml"}
	}
	return a, nil
}

// clientKeys reads a file of the Fuel client. Values are taken as they are written:
// a password 0123 is not the number 83.
func clientKeys(doc map[string]yaml.Node) func(string) string {
	return func(key string) string {
		for _, name := range []string{key, formerly[key]} {
			if v := scalar(doc[name]); v != "" {
				return v
			}
		}
		return ""
	}
}

// masterKeys reads FUEL_ACCESS of the master's astute.yaml.
func masterKeys(doc map[string]yaml.Node) func(string) string {
	var access map[string]yaml.Node
	node := doc["FUEL_ACCESS"]
	// What is no mapping has no keys.
	_ = node.Decode(&access)
	return func(key string) string {
		switch key {
		case "OS_USERNAME":
			return scalar(access["user"])
		case "OS_PASSWORD":
			return scalar(access["password"])
		}
		return ""
	}
}

func scalar(n yaml.Node) string {
	if n.Kind != yaml.ScalarNode || n.ShortTag() == "!!null" {
		return ""
	}
	return n.Value
}
