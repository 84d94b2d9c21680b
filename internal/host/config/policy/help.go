package policy

// Help describes /etc/umm.conf as a whole, for the man page.
const Help = `/etc/umm.conf says when this host enters maintenance mode (MM) by itself, and what
runs there. Each line is KEY=value, without blanks around the =; a value may be in
single or double quotes; a # begins a comment. Nothing in it is expanded, and nothing
is executed but the command of REBOOT_NEEDED. A change takes effect at the next boot; no
command has to be run.

Without the file maintenance mode is disabled. An invalid value is reported in the
journal with its line, umm check fails, and the default is used.`

// Key is one key, for the man page.
type Key struct {
	Name, Example, Help string
}

// Keys are all keys, in the order in which they are explained.
var Keys = []Key{
	{KeyEnabled, "yes", `yes allows maintenance mode; anything else disables it. The commands umm enable and
umm disable change it. Default: no.`},
	{KeyRebootCount, "2", `After how many unclean boots in a row, which ended without a requested shutdown, the
next one is MM. 0 makes every boot MM. Default: 2.`},
	{KeyHealthyAfter, "10", `After how many minutes in operational mode a boot counts as healthy, however it
ends. Time in MM does not count. Default: 10.`},
	{KeyKeepUnits, `"mysql.service lldpd"`, `Essential units beside the built-in ones, separated by blanks. A name without a suffix
is a service. * and ? match parts of the names of enabled units. With Upstart they are
jobs and init scripts. umm units shows the result. Default: none.`},
	{KeyCatchEmergency, "yes", `yes enters MM, with ssh, if local file systems fail at boot; no leaves the host in the
emergency shell, or at Upstart's prompt on the console. Default: yes.`},
	{KeyCommandLimit, "0", `After how many minutes the command of umm on COMMAND is stopped, unless --timeout says
otherwise. 0 is never. Default: 0.`},
	{KeyKernelTrial, "yes", `yes starts a newly installed kernel once, and makes it the default only after that boot was
healthy; until then every other boot starts the kernel that ran before. no leaves that to
the boot loader. umm check says whether the boot loader can do it. Default: yes.`},
	{KeyRebootNeeded, `"/usr/local/sbin/firmware-is-new"`, `Your own command, a line for /bin/sh, that says whether this host needs a reboot: exit
status 0 means yes, with the reason in the first line of its output; 1 means no. umm
status runs it as root, on a terminal and with -o json, for at most 5 s, unless others
than root can write to this file. Default: none.`},
}
