// Command master plays a Fuel master for the end-to-end test: Nailgun and Keystone
// on port 8000, and the plugins' files over HTTP on port 8080. The file that it is
// given holds a Nailgun. A request that the real ones would not know ends it.
package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strings"

	"umm/internal/cluster/nailgun/nailguntest"
)

const plugins = "/var/www/nailgun/plugins"

func main() {
	if err := run(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "master:", err)
		os.Exit(1)
	}
}

func run(file string) error {
	data, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	api := &nailguntest.Server{}
	if err := json.Unmarshal(data, api); err != nil {
		return err
	}
	ended := make(chan error, 2)
	go func() {
		ended <- http.ListenAndServe(":8000", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			api.ServeHTTP(w, r)
			if faults := api.Faults(); len(faults) > 0 {
				ended <- fmt.Errorf("it was asked what Nailgun does not know: %s", strings.Join(faults, "; "))
			}
		}))
	}()
	go func() {
		// No ServeMux: apt asks for ./NAME, which that redirects to a name it escapes twice.
		ended <- http.ListenAndServe(":8080", http.StripPrefix("/plugins/", http.FileServer(http.Dir(plugins))))
	}()
	return <-ended
}
