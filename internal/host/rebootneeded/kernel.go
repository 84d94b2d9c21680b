package rebootneeded

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"path"
	"strings"
)

// Kernel is one build of Linux, as uname -r and uname -v tell of it.
type Kernel struct {
	Release string
	// Version names the build, with the package's version on many distributions; empty
	// where that is not known.
	Version string
}

func (k Kernel) String() string {
	if k.Version == "" {
		return k.Release
	}
	return k.Release + " (" + k.Version + ")"
}

// imageHead is how much of a kernel's file has the place of its name and the name: 0x200
// and what 16 bits can add to it, and the name.
const imageHead = 0x200 + 0x10000 + 0x200

var errNoName = errors.New("the file does not say which build it is")

// parseImage reads the name out of the head of a bzImage: the field kernel_version of the
// boot protocol for x86 (Documentation/arch/x86/boot.rst) leads to
// "RELEASE (BUILDER) #VERSION". Kernels of other processors have no such field.
func parseImage(head []byte) (Kernel, error) {
	const magic, pointer, base = 0x202, 0x20e, 0x200
	if len(head) < pointer+2 || !bytes.Equal(head[magic:magic+4], []byte("HdrS")) {
		return Kernel{}, errNoName
	}
	at := int(binary.LittleEndian.Uint16(head[pointer:]))
	if at == 0 || at+base >= len(head) {
		return Kernel{}, errNoName
	}
	text, _, ended := bytes.Cut(head[at+base:], []byte{0})
	release, rest, named := strings.Cut(string(text), " ")
	_, version, numbered := strings.Cut(rest, "#")
	if !ended || !named || !numbered || release == "" {
		return Kernel{}, errNoName
	}
	return Kernel{Release: release, Version: "#" + version}, nil
}

// fileRelease is the release in the name of a kernel's file.
func fileRelease(file string) (string, error) {
	name := path.Base(file)
	for _, prefix := range []string{"vmlinuz-", "vmlinux-", "Image-", "kernel-"} {
		if release, is := strings.CutPrefix(name, prefix); is && release != "" {
			return release, nil
		}
	}
	return "", fmt.Errorf("%s does not say which kernel it is", file)
}
