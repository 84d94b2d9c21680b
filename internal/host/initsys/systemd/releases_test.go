package systemd

// What umm asks of systemctl, loginctl and systemd-run, and what the versions that it
// meets answer, from their sources. What is not said here is the same from 219 to 257:
//
//	systemctl daemon-reload           0; 1 where a generator's output cannot be read
//	systemctl start UNIT...           each a transaction of its own; waits for its jobs. 0: all done, what is
//	                                  only wanted may have failed; 1: a job failed, was canceled ("Job for X
//	                                  canceled.") or what it depends on failed; 4: refused: only by dependency,
//	                                  masked up to 229, or destructive; 5: not loaded
//	systemctl start --job-mode=ignore-dependencies
//	systemctl stop UNIT...            5: not loaded; else 0, stopped already too
//	systemctl isolate UNIT            waits for the target's own job only, not for those that stop
//	systemctl reboot                  219, as root: waits for the job of reboot.target, so until it is killed;
//	                                  later by logind, and returns at once. From 257 on blocking inhibitors
//	                                  hold for root too: 1
//	systemctl reset-failed [UNIT]     1: not loaded
//	systemctl list-units --no-legend --plain --full ...
//	                                  UNIT LOAD ACTIVE SUB DESCRIPTION, without a dot before what failed; up to
//	                                  239 JOB before DESCRIPTION where there is one; in 245 an empty column
//	                                  before UNIT. "refreshing" is an ACTIVE of 257. 0
//	systemctl list-jobs --no-legend --plain --full
//	                                  JOB UNIT TYPE STATE, nothing where there is none. 219 exits with 1
//	systemctl show --property=A,B UNIT...
//	                                  a block a unit, also where it is not loaded or has no file; the order of
//	                                  the properties is systemd's. A property asked for is there also when it is
//	                                  empty (Job is a number). A property that the version or the kind of unit does not have is
//	                                  passed over; on EL 7, by a patch of its own, the rest of the units is then
//	                                  left out, and the exit code is 1
//	systemctl show ... "*"            units in memory; the inactive ones too up to 245, and with --all
//	loginctl show-user, show-session  1, and nothing, for what logind does not know; 219 cannot print
//	                                  Sessions, but EL 7's, by a patch of its own, can
//	loginctl enable-linger USER       1: no such user
//	systemctl is-active UNIT          the ActiveState, 0 or 3; 219 says "unknown" of what is not loaded; 255 and
//	                                  later exit with 4 where there is no file
//	systemd-run --on-active --timer-property
//	                                  219 knows both; 1 where the unit's name is taken, also by one that failed
type release struct {
	version string
	// host is where umm meets it.
	host string
	// listJobs is the exit code of list-jobs.
	listJobs int
	// stopsAtUnknown: show ends after the first unit that lacks a property.
	stopsAtUnknown bool
	// servicesRequireBasic: every service requires basic.target, later sysinit.target.
	servicesRequireBasic bool
	// isolateCancels also the jobs of units with IgnoreOnIsolate, the caller's own too.
	isolateCancels bool
	// isolateSparesTriggered: a service stays whose socket does. New in 253, and put into
	// 249.16, 250.11, 251.12 and 252.6 or thereabouts, so not in Ubuntu 22.04's 249.11.
	isolateSparesTriggered bool
	// lacks are properties that it does not know.
	lacks []string
	// startingHidesShutdown: is-system-running says "starting" or "initializing" through
	// a shutdown of a host whose boot never came to its end.
	startingHidesShutdown bool
}

var releases = []release{
	{version: "219", host: "CentOS 7", listJobs: 1, stopsAtUnknown: true, servicesRequireBasic: true, isolateCancels: true,
		lacks: []string{"RequisiteOf", "UpheldBy"}, startingHidesShutdown: true},
	{version: "229", host: "Ubuntu 16.04", isolateCancels: true, lacks: []string{"UpheldBy"}, startingHidesShutdown: true},
	{version: "237", host: "Ubuntu 18.04", lacks: []string{"UpheldBy"}, startingHidesShutdown: true},
	{version: "239", host: "EL 8", lacks: []string{"UpheldBy"}, startingHidesShutdown: true},
	{version: "245", host: "Ubuntu 20.04", lacks: []string{"UpheldBy"}, startingHidesShutdown: true},
	{version: "247", host: "Debian 11", lacks: []string{"UpheldBy"}},
	{version: "249", host: "Ubuntu 22.04", lacks: []string{"UpheldBy"}},
	{version: "252", host: "Debian 12, EL 9", isolateSparesTriggered: true},
	{version: "255", host: "Ubuntu 24.04", isolateSparesTriggered: true},
	{version: "257", host: "Debian 13, EL 10", isolateSparesTriggered: true},
}
