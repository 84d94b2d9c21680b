package bootmenu

import (
	"errors"
	"fmt"
	"strings"
)

// envBlockHead begins GRUB's environment block: lines NAME=VALUE, and # to its end. GRUB writes
// only where the file is, so its size stays.
const envBlockHead = "# GRUB Environment Block\n"

// emptyBlock is one as grub-editenv creates it.
var emptyBlock = envBlockHead + strings.Repeat("#", 1024-len(envBlockHead))

var errNotABlock = errors.New("it is not an environment block")

// setInBlock is a block with those variables set; an empty value takes one away. What else
// stands in it stays as it is.
func setInBlock(block string, values map[string]string, names ...string) (string, error) {
	if !strings.HasPrefix(block, envBlockHead) {
		return "", errNotABlock
	}
	var b strings.Builder
	b.WriteString(envBlockHead)
	for line := range strings.Lines(block[len(envBlockHead):]) {
		name, _, is := strings.Cut(line, "=")
		_, ours := values[name]
		switch {
		case strings.HasPrefix(line, "##") || !strings.HasSuffix(line, "\n"):
			// The padding.
		case is && ours && !strings.HasPrefix(line, "#"):
		default:
			b.WriteString(line)
		}
	}
	for _, name := range names {
		if value := values[name]; value != "" {
			if strings.ContainsAny(value, "\\\n") {
				return "", fmt.Errorf("%s has a character that GRUB would have to escape", name)
			}
			b.WriteString(name + "=" + value + "\n")
		}
	}
	left := len(block) - b.Len()
	if left < 0 {
		return "", errors.New("there is no room left in it")
	}
	b.WriteString(strings.Repeat("#", left))
	return b.String(), nil
}
