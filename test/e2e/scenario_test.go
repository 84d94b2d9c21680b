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

// scenario is one sentence about umm and how to see that it holds: on both init systems
// in the same way, or on each in its own.
type scenario struct {
	name string
	// once: the version of systemd makes no difference.
	once bool
	// suite is the only one where it is tried, when it is set.
	suite string
	// bare: the package is not installed.
	bare bool
	// host is what the practice host is made of; nothing of it is for Upstart.
	host lab.HostSpec

	both    func(h *host)
	systemd func(h *systemdHost)
	upstart func(h *upstartHost)
	// notUpstart is why it says nothing on Upstart.
	notUpstart string
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
	{"gate", gateScenarios},
}

func TestScenarios(t *testing.T) {
	for _, suite := range suites {
		eachScenario(t, suite, func(s scenario) func(*testing.T) {
			if s.once && suite != reference || s.suite != "" && s.suite != suite || s.both == nil && s.systemd == nil {
				return nil
			}
			return func(t *testing.T) { s.onSystemd(t, suite) }
		})
	}
	eachScenario(t, "upstart", func(s scenario) func(*testing.T) {
		if s.both == nil && s.upstart == nil {
			return nil
		}
		return s.onUpstart
	})
}

// eachScenario runs those for which there is something to run.
func eachScenario(t *testing.T, system string, on func(scenario) func(*testing.T)) {
	t.Run(system, func(t *testing.T) {
		t.Parallel()
		for _, part := range sections {
			t.Run(part.name, func(t *testing.T) {
				t.Parallel()
				for _, s := range part.scenarios {
					if run := on(s); run != nil {
						t.Run(s.name, func(t *testing.T) {
							t.Parallel()
							run(t)
						})
					}
				}
			})
		}
	})
}

func (s scenario) onSystemd(t *testing.T, suite string) {
	h := newSystemdHost(t, suite, s.host)
	if !s.bare {
		h.install(deb)
	}
	if s.both != nil {
		s.both(h.host)
	} else {
		s.systemd(h)
	}
}

func (s scenario) onUpstart(t *testing.T) {
	h := newUpstartHost(t, s.bare)
	if s.both != nil {
		s.both(h.host)
	} else {
		s.upstart(h)
	}
}

// Every sentence is seen to hold on both init systems, or it is said why it says nothing on
// Upstart; and only the gate is Upstart's alone.
func TestBothColumns(t *testing.T) {
	for _, part := range sections {
		for _, s := range part.scenarios {
			systemd, upstart := 0, 0
			if s.both != nil {
				systemd, upstart = 1, 1
			}
			if s.systemd != nil || part.name == "gate" {
				systemd++
			}
			if s.upstart != nil {
				upstart++
			}
			if s.notUpstart != "" {
				upstart++
			}
			if systemd != 1 || upstart != 1 {
				t.Errorf("%s/%s is not proven on each system in one way", part.name, s.name)
			}
		}
	}
}

var labs atomic.Int64

// labName is one that no other run of these tests uses.
func labName() string {
	return fmt.Sprintf("%s%d-%d", labPrefix, os.Getpid(), labs.Add(1))
}
