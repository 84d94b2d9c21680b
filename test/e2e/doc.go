// Package e2e holds the end-to-end tests of umm: what README and the man pages
// promise, tried on booted practice hosts with the packages as they are shipped.
//
// Each scenario is one line of a table: a sentence, and what is done to a host of
// its own to see that it holds. Most are tried on every release in suites, from
// the oldest systemd to the newest; a few only once, where the init system makes
// no difference. Run them as root, after `make packages`:
//
//	go test -tags e2e ./test/e2e -run 'TestScenarios/bookworm/off'
//
// UMM_DEB names the package to test; without it, it is the newest in dist/.
// UMM_SOAK is the number of power cuts of the soak.
package e2e
