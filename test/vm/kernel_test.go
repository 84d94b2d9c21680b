//go:build e2e

package vm

import (
	"context"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"umm/test/needs"
)

// newerKernel gets the package of the newest kernel of the same release and flavour as old that
// this computer's archives have, and names it.
func newerKernel(ctx context.Context, t *testing.T, old string) (file, newer string) {
	t.Helper()
	parts := regexp.MustCompile(`^(\d+\.\d+\.\d+)-\d+(-.*)$`).FindStringSubmatch(old)
	if parts == nil {
		t.Fatalf("the kernel %q is not one of Debian's", old)
	}
	out, err := exec.CommandContext(ctx, "apt-cache", "search", "--names-only", `^linux-image-`+regexp.QuoteMeta(parts[1])+`-[0-9]+`+parts[2]+`$`).Output()
	if err != nil {
		t.Fatal(err)
	}
	var kernels []string
	for line := range strings.Lines(string(out)) {
		name, _, _ := strings.Cut(line, " ")
		kernels = append(kernels, strings.TrimPrefix(name, "linux-image-"))
	}
	slices.SortFunc(kernels, func(a, b string) int {
		if exec.Command("dpkg", "--compare-versions", a, "lt", b).Run() == nil { //nolint:gosec // Names of packages.
			return -1
		}
		return 1
	})
	if len(kernels) == 0 || kernels[len(kernels)-1] == old {
		needs.Absent(t, "this computer's archives have no kernel newer than "+old)
	}
	newer = kernels[len(kernels)-1]
	dir := t.TempDir()
	get := exec.CommandContext(ctx, "apt-get", "-q", "-o", "APT::Sandbox::User=root", "download", "linux-image-"+newer)
	get.Dir = dir
	if out, err := get.CombinedOutput(); err != nil {
		t.Fatalf("cannot download the kernel: %v\n%s", err, out)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.deb"))
	if err != nil || len(files) != 1 {
		t.Fatalf("cannot find the kernel: %v, %v", files, err)
	}
	t.Logf("%s -> %s", old, newer)
	return files[0], newer
}
