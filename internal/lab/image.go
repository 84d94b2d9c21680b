package lab

import (
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"umm/internal/execx"
)

//go:embed image.sh
var imageScript string

// basePackages are in every image.
var basePackages = []string{"systemd", "systemd-sysv", "dbus", "libpam-systemd", "openssh-server",
	"ifupdown", "iproute2", "cron", "nginx-light", "procps"}

const (
	defaultCache = "/var/cache/umm-lab"
	buildLimit   = 20 * time.Minute
)

// cacheFolder is where images are kept.
func cacheFolder() string {
	if dir := os.Getenv("UMM_LAB_CACHE"); dir != "" {
		return dir
	}
	return defaultCache
}

// key names a normal image's folder: another recipe is another image.
func (i Image) key() string {
	sum := sha256.Sum256([]byte(strings.Join([]string{imageScript, strings.Join(basePackages, " "),
		i.Suite, strings.Join(i.Packages, " ")}, "\x00")))
	return i.Suite + "-" + hex.EncodeToString(sum[:6])
}

// Cached tells whether EnsureImage would give the image at once.
func (i Image) Cached() bool {
	i, err := i.normal()
	if err != nil {
		return false
	}
	_, err = os.Stat(i.folder())
	return err == nil
}

func (i Image) folder() string { return filepath.Join(cacheFolder(), i.key()) }

// options are what mmdebstrap needs for one suite.
func (i Image) options() []string {
	opts := []string{"--dpkgopt=force-unsafe-io"}
	switch i.Suite {
	case "forky", "sid", "testing", "unstable":
		// The lists of suites under work may be past their date on a mirror.
		opts = append(opts, `--aptopt=Acquire::Check-Valid-Until "false"`)
	}
	return opts
}

// EnsureImage gives the folder of an image, which nobody may write to, and builds
// it first if it is not in the cache (half a minute or more). Builds of the same
// image by several programs at once wait for one another.
func EnsureImage(ctx context.Context, i Image) (string, error) {
	if err := needRoot(); err != nil {
		return "", err
	}
	i, err := i.normal()
	if err != nil {
		return "", err
	}
	folder := i.folder()
	if i.Cached() {
		return folder, nil
	}
	if err := needPrograms(needs); err != nil {
		return "", err
	}
	mirror, err := findMirror("/etc/apt")
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(cacheFolder(), 0o755); err != nil {
		return "", fmt.Errorf("cannot make the image cache: %w", err)
	}
	// In a process namespace of its own, so that nothing of it outlives its end.
	argv := []string{"unshare", "--pid", "--fork", "--kill-child", "--mount-proc",
		"sh", "-c", imageScript, "image.sh", folder, i.Suite, mirror,
		strings.Join(append(append([]string{}, basePackages...), i.Packages...), ",")}
	res, err := execx.Local{Env: execx.Inherited()}.Run(ctx, execx.Cmd{Argv: append(argv, i.options()...), Limit: buildLimit})
	if err != nil {
		return "", fmt.Errorf("cannot build the image %s: %w", i.Suite, err)
	}
	if res.Code != 0 {
		return "", fmt.Errorf("cannot build the image %s from %s: %w", i.Suite, mirror, complaint(res.Stderr))
	}
	return folder, nil
}

// complaint picks out of mmdebstrap's and apt's many words the line that tells
// what is wrong: the first error, or the last line.
func complaint(stderr []byte) error {
	for line := range strings.Lines(string(stderr)) {
		if why, ok := strings.CutPrefix(line, "E: "); ok {
			return errors.New(strings.TrimSpace(why))
		}
	}
	return errors.New(lastLine(string(stderr)))
}

// lastLine is the last line of text that says anything.
func lastLine(text string) string {
	text = strings.TrimSpace(text)
	return strings.TrimSpace(text[strings.LastIndexByte(text, '\n')+1:])
}
