package bootmenu

import (
	"errors"
	"strings"
)

// envBlockHead begins GRUB's environment block: lines NAME=VALUE, and # to its end. GRUB writes
// only where the file is, so its size stays.
const envBlockHead = "# GRUB Environment Block\n"

// emptyBlock is one as grub-editenv creates it.
func emptyBlock() string { return padded(envBlockHead, 1024) }

// padded is a block of that size, in bytes.
func padded(text string, size int) string {
	b := []byte(text)
	for len(b) < size {
		b = append(b, '#')
	}
	return string(b)
}

var (
	errNotABlock = errors.New("it is not an environment block")
	errNoRoom    = errors.New("there is no room left in it")
	errEscape    = errors.New("GRUB would have to escape a character of the entry's name")
)

// setInBlock is a block with umm's variables set so; an empty one is taken away. What else stands in
// it stays as it is.
func setInBlock(block, keep, try string) (string, error) {
	if !strings.HasPrefix(block, envBlockHead) {
		return "", errNotABlock
	}
	if strings.ContainsAny(keep+try, "\\\n") {
		return "", errEscape
	}
	text := envBlockHead
	for line := range strings.Lines(block[len(envBlockHead):]) {
		padding := strings.HasPrefix(line, "##") || !strings.HasSuffix(line, "\n")
		if !padding && !strings.HasPrefix(line, keepVariable+"=") && !strings.HasPrefix(line, tryVariable+"=") {
			text += line
		}
	}
	if keep != "" {
		text += keepVariable + "=" + keep + "\n"
	}
	if try != "" {
		text += tryVariable + "=" + try + "\n"
	}
	if len(text) > len(block) {
		return "", errNoRoom
	}
	return padded(text, len(block)), nil
}
