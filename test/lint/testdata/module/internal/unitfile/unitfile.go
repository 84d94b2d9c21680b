// Package unitfile is a reader that others may use.
package unitfile
