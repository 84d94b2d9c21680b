// Package execx is everybody's.
package execx
