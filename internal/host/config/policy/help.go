package policy

// Help describes /etc/umm.conf as a whole, for the man page.
const Help = `/etc/umm.conf says when this host enters maintenance mode (MM) by itself, and what
runs there. Each line is KEY=value, without blanks around the =; a value may stand
in single or double quotes; what follows a # is a comment. Nothing in it is ever
expanded, and nothing but the command of REBOOT_NEEDED executed. The next boot obeys it as it is then; no command has to be
run.

Without the file every boot is a plain one. A value that cannot be understood is
told in the journal with its line, umm check fails, and the default holds.`

// Key is one key, for the man page.
type Key struct {
	Name, Example, Help string
}

// Keys are all keys, in the order in which they are explained.
var Keys = []Key{
	{KeyEnabled, "yes", `yes allows maintenance mode; with anything else every boot is a plain one. The
commands umm enable and umm disable change it. Without the line: no.`},
	{KeyRebootCount, "2", `How many boots in a row must end without a requested shutdown for the next one to
be MM. 0 makes every boot MM. Default: 2.`},
	{KeyHealthyAfter, "10", `After how many minutes in operational mode a boot counts as healthy, however it
ends. Time in MM does not count. Default: 10.`},
	{KeyKeepUnits, `"mysql.service lldpd"`, `Units that run in MM beside the built-in ones, separated by blanks. A name without
a suffix is a service. * and ? stand for parts of the names of enabled units. Where
Upstart runs the host they are jobs and init scripts. umm units shows what they lead
to. Default: none.`},
	{KeyCatchEmergency, "yes", `yes enters MM, reachable by ssh, where local file systems fail at boot; no leaves
the host in the emergency shell, or with Upstart's question on the console.
Default: yes.`},
	{KeyCommandLimit, "0", `After how many minutes a command of umm on COMMAND is ended, unless --timeout says
otherwise. 0 is never. Default: 0.`},
	{KeyRebootNeeded, `"/usr/local/sbin/firmware-is-new"`, `A command of your own that tells whether this host has to be rebooted, as a line for
/bin/sh: it ends with 0 for yes, and its first line says why, and with 1 for no. It
runs as root for umm status, on a terminal and with -o json, and has 5 s; not where
others than root can write to this file. Default: none.`},
}
