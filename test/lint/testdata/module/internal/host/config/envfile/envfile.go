// Package envfile is pure.
package envfile

import (
	_ "io"      // want "not allowed from list 'pure'"
	_ "strings" // allowed

	_ "github.com/sirupsen/logrus" // want "logrus only in cli and report"
)
