package sshcheck

import (
	"net"
	"net/netip"
	"os"
	"testing"
)

// The kernel of this machine is asked as that of a host is.
func TestKernelAnswers(t *testing.T) {
	lo, err := net.InterfaceByName("lo")
	if err != nil || lo.Flags&net.FlagUp == 0 {
		if os.Getenv("CI") == "true" {
			t.Fatal("this machine has no loopback interface that is up")
		}
		t.Skip("DID NOT RUN: this machine has no loopback interface that is up")
	}
	here := netip.MustParseAddr("127.0.0.1")
	if index, err := kernelAnswers(here, here); err != nil || index != lo.Index {
		t.Errorf("from here to here the kernel takes interface %d, want %d (%v)", index, lo.Index, err)
	}
	if index, err := kernelAnswers(here, netip.Addr{}); err != nil || index != lo.Index {
		t.Errorf("without an address to come from: %d (%v)", index, err)
	}
	// No host holds that, so nothing may come from it.
	if index, err := kernelAnswers(here, netip.MustParseAddr("192.0.2.254")); err == nil && index == 0 {
		t.Errorf("from an address that is not here: %d", index)
	}
	if _, err := routeAnswer(nil); err == nil {
		t.Error("no answer is one")
	}
}
