//go:build e2e

package e2e

import (
	"fmt"
	"os"
	"sync/atomic"
	"testing"

	"umm/internal/lab"
)

// suites are the releases whose hosts are tried: systemd 247, 252 and 257.
var suites = []string{"bullseye", "bookworm", "trixie"}

// reference is the one where a scenario is tried that is not tried everywhere.
const reference = "bookworm"

// scenario is one sentence about umm and how to see that it holds.
type scenario struct {
	name string
	// once: the init system's version makes no difference.
	once bool
	// suite is the only one where it is tried, when it is set.
	suite string
	// bare: the package is not installed.
	bare bool
	// host is what the practice host is made of.
	host lab.HostSpec
	run  func(h *host)
}

// section is a group of scenarios.
type section struct {
	name      string
	scenarios []scenario
}

var sections = []section{
	{"status", statusScenarios},
	{"on", onScenarios},
	{"command", commandScenarios},
	{"off", offScenarios},
	{"in mm", mmScenarios},
	{"login", loginScenarios},
	{"network", networkScenarios},
	{"count", countScenarios},
	{"emergency", emergencyScenarios},
	{"aside", asideScenarios},
	{"broken", brokenScenarios},
	{"hook", hookScenarios},
	{"packages", packageScenarios},
}

func TestScenarios(t *testing.T) {
	for _, suite := range suites {
		t.Run(suite, func(t *testing.T) {
			t.Parallel()
			for _, part := range sections {
				t.Run(part.name, func(t *testing.T) {
					t.Parallel()
					for _, s := range part.scenarios {
						if s.once && suite != reference || s.suite != "" && s.suite != suite {
							continue
						}
						t.Run(s.name, func(t *testing.T) {
							t.Parallel()
							h := newHost(t, suite, s.host)
							if !s.bare {
								h.install(deb)
							}
							s.run(h)
						})
					}
				})
			}
		})
	}
}

var labs atomic.Int64

// labName is one that no other run of these tests uses.
func labName() string {
	return fmt.Sprintf("%s%d-%d", labPrefix, os.Getpid(), labs.Add(1))
}
