// Package bootcli is on the boot path.
package bootcli

import (
	_ "github.com/sirupsen/logrus" // want "boot path stands on the standard library"

	_ "umm/internal/host/config" // allowed
	_ "umm/internal/host/record" // allowed
)
