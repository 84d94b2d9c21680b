package ceph

import _ "embed"

// script is asked of each host. Its argument is another host, about which a question is
// asked here too.
//
//go:embed ceph.sh
var script string
