// Package util has a name that says nothing.
package util // want "bad package name"
