// Package ummclient is an adapter.
package ummclient

import _ "umm/internal/cluster/run" // allowed
