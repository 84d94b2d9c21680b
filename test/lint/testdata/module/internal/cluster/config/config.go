// Package config is the one that may import viper.
package config

import _ "github.com/spf13/viper" // allowed
