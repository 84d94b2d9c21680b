// Package cluster may import viper, as config may.
package cluster

import _ "github.com/spf13/viper" // allowed
