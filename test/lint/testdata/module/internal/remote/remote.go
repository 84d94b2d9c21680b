// Package remote is an adapter.
package remote

import _ "umm/internal/run" // allowed
