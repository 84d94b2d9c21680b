// Package upstart tries umm's jobs among those of Ubuntu 14.04, in every order in which
// Upstart may let them see an event. Hosts that run them are made by its package machine,
// with the program init as PID 1; the end-to-end tests on those are test/e2e's.
package upstart
