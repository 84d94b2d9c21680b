// Package sanitize is pure.
package sanitize
