// Package e2e holds the end-to-end tests of umm: what README and the man pages
// promise, tried on booted practice hosts with the packages as they are shipped.
//
// Each scenario is one line of a table: a sentence, and what is done to a host of
// its own to see that it holds: in one way on both init systems, or in one way on
// each, or why it says nothing on Upstart. Most are tried on every release in suites,
// from the oldest systemd to the newest; a few only once, where its version makes
// no difference. Run them as root, after `make packages`:
//
//	go test -tags e2e ./test/e2e -run 'TestScenarios/bookworm/off'
//	go test -tags e2e ./test/e2e -run 'TestScenarios/upstart'
//
// UMM_DEB names the package to test; without it, it is the newest in dist/.
// UMM_SOAK is the number of power cuts of the soak.
//
// There is no package of Upstart in Debian. A host with it is what test/upstart/machine
// makes: namespaces of its own, in which test/upstart/init is PID 1. UMM_UPSTART names
// a folder with the programs of a real Upstart (init, initctl, telinit, runlevel,
// shutdown and reboot), which those hosts then run instead. The scenarios, and
// TestUpstartStock, have passed so on 1.12.1 itself, the version of Ubuntu 14.04, with
// its libraries of a later date. What stays stood in for in both are mountall, ifupdown,
// sshd, the consoles, and the kernel's part.
package e2e
