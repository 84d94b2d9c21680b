// Package logrus stands for the real one.
package logrus
