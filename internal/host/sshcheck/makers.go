package sshcheck

import (
	"bytes"
	"maps"
	"net/netip"
	"path"
	"slices"
	"strings"

	"umm/internal/host/hostfs"
	"umm/internal/host/unitfile"
)

// Maker is a service whose command, or the script that it runs, sets up an interface or
// an address.
type Maker struct {
	Word string // the interface, or the address
	Unit string
	File string // where that was read
	Sure bool   // the command brings it up by itself
}

// programs that bring an interface up by its name, that give it what they are told, and
// that load packet filters.
var (
	bringsUp = []string{"ifup", "dhclient", "udhcpc", "dhcpcd", "wg-quick"}
	setsUp   = []string{"ip", "ifconfig", "nmcli", "networkctl"}
	filters  = []string{"iptables", "iptables-restore", "ip6tables", "ip6tables-restore", "iptables-legacy", "nft", "ipset"}
)

// commands is what the services of a host run, as far as it matters here.
type commands struct {
	Makers  []Maker
	Filters []Maker  // Word is the program
	Servers []Server // of ssh
}

// maxScript bounds how much of a script is read.
const maxScript = 64 << 10

// readCommands reads what the services run; words are the interfaces and addresses to
// look for.
func readCommands(t *unitfile.Tree, enabled map[string][]string, words []string) commands {
	var c commands
	names := slices.AppendSeq(t.Names(), maps.Keys(enabled))
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		if unitfile.Kind(name) != "service" || name != t.Canonical(name) || t.Masked(name) {
			continue
		}
		if t.SysV(name) {
			c.script(t.FS(), name, "/etc/init.d/"+strings.TrimSuffix(name, ".service"), words)
			continue
		}
		u, err := t.Read(name)
		if err != nil {
			continue
		}
		_, instance, _ := unitfile.Template(name)
		for _, key := range []string{"ExecStartPre", "ExecStart", "ExecStartPost"} {
			for _, command := range u.Sections["Service"][key] {
				command = strings.NewReplacer("%i", instance, "%I", instance).Replace(command)
				if key == "ExecStart" {
					c.server(t, name, command)
				}
				c.line(name, u.Files[0], command, words)
				for _, w := range tokens(command) {
					c.script(t.FS(), name, w, words)
				}
			}
		}
	}
	return c
}

// script reads a file that a service runs, if it is a script.
func (c *commands) script(f hostfs.FS, unit, file string, words []string) {
	if !path.IsAbs(file) || strings.HasPrefix(file, "/dev/") || strings.HasPrefix(file, "/proc/") {
		return
	}
	data, err := f.ReadFile(file)
	if err != nil || !bytes.HasPrefix(data, []byte("#!")) {
		return
	}
	for l := range strings.Lines(string(data[:min(len(data), maxScript)])) {
		if l = strings.TrimSpace(l); !strings.HasPrefix(l, "#") {
			c.line(unit, file, l, words)
		}
	}
}

// line takes in one command line.
func (c *commands) line(unit, file, command string, words []string) {
	all := tokens(command)
	runs := func(programs []string) int {
		return slices.IndexFunc(all, func(w string) bool { return slices.Contains(programs, path.Base(w)) })
	}
	if i := runs(filters); i >= 0 {
		c.Filters = append(c.Filters, Maker{Word: path.Base(all[i]), Unit: unit, File: file})
	}
	up := runs(bringsUp) >= 0
	if !up && runs(setsUp) < 0 {
		return
	}
	named := func(word string) bool {
		return slices.ContainsFunc(all, func(w string) bool {
			w, _, _ = strings.Cut(w, "/")
			return w == word
		})
	}
	address := slices.ContainsFunc(words, func(w string) bool { return isAddr(w) && named(w) })
	for _, w := range words {
		if named(w) {
			c.Makers = append(c.Makers, Maker{Word: w, Unit: unit, File: file, Sure: up || address})
		}
	}
}

func isAddr(word string) bool {
	_, err := netip.ParseAddr(word)
	return err == nil
}

// tokens splits a command line, also one within quotes, into words.
func tokens(command string) []string {
	words := strings.FieldsFunc(command, func(r rune) bool { return strings.ContainsRune(" \t\"'`;&|(){}=,<>", r) })
	if len(words) > 0 {
		words[0] = strings.TrimLeft(words[0], "@-:+!")
	}
	return words
}

// makersOf are the services that set up an interface or an address and that start at
// boot, or run in maintenance mode.
func (j judge) makersOf(word string) []Maker {
	return slices.DeleteFunc(slices.Clone(j.Makers), func(m Maker) bool {
		return m.Word != word || !j.Units[m.Unit].Enabled && !j.runs(m.Unit)
	})
}
