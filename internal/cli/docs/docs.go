// Package docs says what the man pages of a program are made of: the very texts that its help
// and its configuration's keys are made of. Command gendocs writes them.
package docs

import "github.com/spf13/cobra"

// Program is what the man pages of a program say.
type Program struct {
	Root *cobra.Command
	// Title is what the program is, in a few words.
	Title string
	// ExitCodes is the table, as it stands in the help.
	ExitCodes string
	// Sections stand behind those that come from the commands.
	Sections []Section
	// SeeAlso are other pages, as "systemctl (1)".
	SeeAlso []string
	Config  Config
}

// Section is a heading with a text; indented lines of it stay as they are.
type Section struct{ Name, Text string }

// Config is the page of the configuration file.
type Config struct {
	// Name is the page's, as "umm.conf"; Path where the file is.
	Name, Title, Path string
	Help              string
	Keys              []Key
	// Example is the file to install, where it is made from the keys too.
	Example string
}

// Key is one key: Name as it is shown, with an example.
type Key struct{ Name, Help string }
