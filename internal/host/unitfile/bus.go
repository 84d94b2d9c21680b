package unitfile

// busDirs hold the services that the system bus can start.
var busDirs = []string{
	"/etc/dbus-1/system-services",
	"/run/dbus-1/system-services",
	"/usr/local/share/dbus-1/system-services",
	"/usr/share/dbus-1/system-services",
	"/lib/dbus-1/system-services",
}

// BusActivatable maps each unit that a call on the system bus can start, as its
// D-Bus service file names it (often an alias such as
// dbus-org.freedesktop.hostname1.service), to its real name. Services that the
// bus starts without systemd are not in it: a unit cannot stop them.
func (t *Tree) BusActivatable() map[string]string {
	set := make(map[string]string, 32)
	for _, file := range t.fs.Layered(busDirs, ".service") {
		data, err := t.fs.ReadFile(file)
		if err != nil {
			continue
		}
		s, _ := Parse(data) // what can be read counts
		if unit := s.Get("D-BUS Service", "SystemdService"); ValidName(unit) {
			set[unit] = t.Canonical(unit)
		}
	}
	return set
}
