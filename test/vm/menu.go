package vm

import "strings"

// pointedAt reads GRUB's menu off a screen: the entry that it points at, and whether it
// shows the one called entry.
func pointedAt(lines []string, entry string) (selected string, shown bool) {
	for _, line := range lines {
		line = strings.TrimSpace(strings.Trim(strings.TrimSpace(line), "|"))
		title, pointed := strings.CutPrefix(line, "*")
		if pointed && selected == "" {
			selected = strings.TrimSpace(title)
		}
		shown = shown || strings.TrimSpace(title) == entry
	}
	return selected, shown
}
