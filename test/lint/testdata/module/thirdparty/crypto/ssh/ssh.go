// Package ssh stands for the real one.
package ssh
