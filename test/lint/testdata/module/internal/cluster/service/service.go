// Package service is pure, and speaks in execx's words.
package service

import (
	_ "os" // want "not allowed from list 'pure-service'"

	_ "umm/internal/execx" // allowed
)
