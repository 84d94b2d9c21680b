// Package version holds the version that a program was built as. It is a package
// of its own so that the linker can set it for every program by one name.
package version

// Version is set by the Makefile with -ldflags "-X umm/internal/version.Version=...";
// the default is what a plain `go build` gives.
var Version = "0.0.0-dev"
