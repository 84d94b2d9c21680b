// Package config may import viper, as config may.
package config

import _ "github.com/spf13/viper" // allowed
