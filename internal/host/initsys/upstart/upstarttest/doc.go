// Package upstarttest stands in for Upstart 1.12.1, the init of Ubuntu 14.04, in
// tests: Debian has no package of it. It reads job files as strictly as Upstart
// does (parse.go, on.go), keeps jobs and events by the same rules (engine.go,
// job.go, event.go), and answers what initctl and its kin ask, word for word
// (control.go). It does nothing by itself: processes and clocks come in through
// System, so that the rules can be tested without either, and test/upstart/init
// runs them as PID 1 of a small host.
//
// The rules are those of init(5), init(8), initctl(8), starting(7), started(7),
// stopping(7), stopped(7) and of the Upstart Cookbook; where those leave a
// question open, how the released 1.12.1 behaves has decided. What is not stood in
// for is refused rather than passed over: `expect fork`, `expect daemon`, `expect
// stop`, `chroot`, `setuid`, `setgid`, `apparmor`.
//
// It is not Upstart: the order in which jobs see an event is by their names, where
// Upstart promises none (Engine.Shuffle draws another), and a state that Upstart
// passes through without stopping is not seen from outside here either.
package upstarttest
