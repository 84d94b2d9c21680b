// Package record is an adapter that knows too much.
package record

import (
	_ "log"      // want "return an error, or emit an event"
	_ "log/slog" // want "return an error, or emit an event"

	_ "github.com/sirupsen/logrus" // want "logrus only in cli and report"
	_ "github.com/spf13/cobra"     // want "only cli imports cobra"
	_ "github.com/spf13/viper"     // want "only cluster/config imports viper"

	_ "umm/internal/host/mode" // allowed
)
