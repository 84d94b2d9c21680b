// Package cobra stands for the real one.
package cobra
