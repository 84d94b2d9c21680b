// Package config must not import viper.
package config

import _ "github.com/spf13/viper" // want "only cluster/config imports viper"
