// Command bare runs lines of shell on many hosts by x/crypto/ssh and nothing else,
// and prints what comes back: the floor that umm-cluster is measured against.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"strings"

	"umm/internal/cluster/transport/sshtest"
)

func main() {
	var b sshtest.Bare
	flag.StringVar(&b.User, "user", "root", "who logs in")
	flag.StringVar(&b.KeyFile, "key", "", "the private key")
	flag.StringVar(&b.KnownHosts, "known", "", "the known_hosts file")
	flag.IntVar(&b.Parallel, "parallel", 32, "hosts at once")
	hosts := flag.String("hosts", "", "a file with an address a line")
	flag.Parse()
	if err := bare(b, *hosts, flag.Args()); err != nil {
		fmt.Fprintf(os.Stderr, "bare: %v\n", err)
		os.Exit(1)
	}
}

func bare(b sshtest.Bare, hosts string, lines []string) error {
	text, err := os.ReadFile(hosts)
	if err != nil {
		return err
	}
	return b.Run(context.Background(), strings.Fields(string(text)), lines, func(_ string, out []byte) {
		os.Stdout.Write(out) //nolint:errcheck // Whoever reads it counts.
	})
}
