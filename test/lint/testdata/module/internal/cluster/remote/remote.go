// Package remote is an adapter.
package remote

import _ "umm/internal/cluster/run" // allowed
