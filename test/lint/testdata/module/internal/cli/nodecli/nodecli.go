// Package nodecli may wire everything, but speaks to no other host by itself.
package nodecli

import (
	_ "github.com/sirupsen/logrus" // allowed
	_ "github.com/spf13/cobra"     // allowed
	_ "golang.org/x/crypto/ssh"    // want "only transport imports x/crypto/ssh"

	_ "umm/internal/host/config" // allowed
	_ "umm/internal/host/node"   // allowed
	_ "umm/internal/host/record" // allowed
)
