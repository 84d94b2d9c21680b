package labcli

import (
	"encoding/json"
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"umm/internal/lab"
)

// listing is the document of list -o json.
type listing struct {
	Version int       `json:"version"`
	Labs    []labItem `json:"labs"`
}

type labItem struct {
	Name string `json:"name"`
	// Problem says why there is no more to tell; umm-lab down removes such a lab.
	Problem string     `json:"problem,omitempty"`
	Image   *lab.Image `json:"image,omitempty"`
	Hosts   []hostItem `json:"hosts"`
}

type hostItem struct {
	Name    string `json:"name"`
	Address string `json:"address"`
	Power   string `json:"power"` // on or off
}

func (a *app) list() *cobra.Command {
	var format string
	cmd := &cobra.Command{
		Use:   "list",
		Short: "show the labs and their hosts",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if format != "text" && format != "json" {
				return usageError(fmt.Sprintf("cannot print %q: text and json are the formats", format))
			}
			list, err := gather()
			if err != nil {
				return err
			}
			if format == "json" {
				enc := json.NewEncoder(a.stdout)
				enc.SetIndent("", "  ")
				return enc.Encode(list)
			}
			return list.print(a.stdout)
		},
	}
	cmd.Flags().StringVarP(&format, "output", "o", "text", "text or json")
	return cmd
}

// gather looks at every lab there is.
func gather() (listing, error) {
	list := listing{Version: 1, Labs: []labItem{}}
	names, err := lab.Names()
	if err != nil {
		return list, err
	}
	for _, name := range names {
		item := labItem{Name: name, Hosts: []hostItem{}}
		l, err := lab.Open(name)
		if err != nil {
			item.Problem = err.Error()
			list.Labs = append(list.Labs, item)
			continue
		}
		image := l.Image()
		item.Image = &image
		for _, h := range l.Hosts() {
			power := "off"
			if h.On() {
				power = "on"
			}
			item.Hosts = append(item.Hosts, hostItem{Name: h.Name(), Address: h.Addr().String(), Power: power})
		}
		list.Labs = append(list.Labs, item)
	}
	return list, nil
}

func (list listing) print(out io.Writer) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "LAB\tHOST\tADDRESS\tPOWER\tSUITE")
	for _, l := range list.Labs {
		if l.Problem != "" {
			fmt.Fprintf(w, "%s\t-\t-\t-\t%s\n", l.Name, l.Problem)
		}
		for _, h := range l.Hosts {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", l.Name, h.Name, h.Address, h.Power, l.Image.Suite)
		}
	}
	return w.Flush()
}
