// Package journal is an adapter.
package journal

import _ "umm/internal/run" // allowed
