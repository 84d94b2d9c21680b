// Package viper stands for the real one.
package viper
