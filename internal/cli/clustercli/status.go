package clustercli

import (
	"bytes"
	"cmp"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"umm/internal/api"
	"umm/internal/cli/command"
	"umm/internal/cli/show"
	"umm/internal/cluster/inventory"
	"umm/internal/cluster/service"
	"umm/internal/cluster/site"
	"umm/internal/poll"
)

// watchEvery is how often status --watch refreshes.
const watchEvery = 2 * time.Second

func (a *app) statusCommand() *cobra.Command {
	var format string
	var watch bool
	var sel inventory.Selection
	cmd := &cobra.Command{
		Use:   "status",
		Short: "Show the mode of every host and the health of every service",
		Long: `status asks all hosts at once and shows their mode, why and since when, whether they
need a reboot, and the health of each service. If no service is found, it lists what was
searched for. The exit code is 3 if a host is not operational or a service is not healthy.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.with(cmd, sel, format, func(s *site.Site) error {
				if watch {
					return a.watch(cmd, s, format)
				}
				return a.status(cmd, s, format, false)
			})
		},
	}
	command.OutputFlag(cmd, &format, outputHelp)
	selectionFlags(cmd, &sel)
	cmd.Flags().BoolVar(&watch, "watch", false, "refresh every two seconds until interrupted; also shows the progress of a run")
	return cmd
}

// watch shows the status again and again.
func (a *app) watch(cmd *cobra.Command, s *site.Site, format string) error {
	for range poll.Every(cmd.Context(), watchEvery) {
		a.showAgain(show.Terminal(a.stdout) && format == "text", func(a *app) { _ = a.status(cmd, s, format, true) })
	}
	return nil
}

// showAgain shows something in place of what was shown before, once all of it is there: the
// screen is not blank while hosts are asked.
func (a *app) showAgain(clear bool, print func(*app)) {
	var text bytes.Buffer
	if clear {
		text.WriteString("\x1b[H\x1b[2J")
	}
	into := *a
	into.stdout = &text
	print(&into)
	_, _ = a.stdout.Write(text.Bytes())
}

func (a *app) status(cmd *cobra.Command, s *site.Site, format string, again bool) error {
	st, err := s.Status(cmd.Context(), again)
	if err != nil {
		return err
	}
	doc := st.Doc
	if format == "json" {
		err = show.JSON(a.stdout, doc)
	} else {
		err = a.printStatus(doc, st.Standing, st.LookedFor)
	}
	if err == nil && !doc.OK {
		err = &Error{Code: Gated, Err: fmt.Errorf("the cluster is not healthy"), Hint: "umm-cluster check shows every health check with its evidence"}
	}
	return err
}

func (a *app) printStatus(doc api.ClusterStatus, standing, lookedFor string) error {
	rows := [][]string{{"HOST", "MODE", "REBOOT", "SINCE", "WHY"}}
	for _, h := range doc.Hosts {
		row := []string{h.Name, "unknown", "unknown", "", h.Error}
		if h.Status != nil {
			row = []string{h.Name, h.Status.Mode, reboot(h.Status.Reboot), "", ""}
			if t := h.Status.Trigger; t != nil {
				row[4] = strings.TrimSpace(t.Kind + " " + cmp.Or(t.Reason, t.Detail))
			}
			if h.Status.Since != nil {
				row[3] = h.Status.Since.Local().Format("2006-01-02 15:04")
			}
		}
		rows = append(rows, row)
	}
	if err := show.Columns(a.stdout, rows); err != nil {
		return err
	}
	if standing != "" {
		fmt.Fprint(a.stdout, "\n"+standing+"\n")
	}
	if lookedFor != "" {
		fmt.Fprint(a.stdout, "\n"+lookedFor+"\n")
	}
	if len(doc.Services) == 0 {
		return nil
	}
	fmt.Fprintln(a.stdout)
	rows = [][]string{{"SERVICE", "STATE", "HOSTS", "WHY"}}
	for _, s := range doc.Services {
		why := ""
		for _, v := range s.Verdicts {
			if v.State != string(service.OK) {
				why = v.Reason
				break
			}
		}
		rows = append(rows, []string{s.Name, s.State, strings.Join(s.Members, " "), why})
	}
	return show.Columns(a.stdout, rows)
}

// reboot tells whether a host has to be rebooted for what was installed on it.
func reboot(r *api.Reboot) string {
	switch {
	case r == nil: // by its version of umm
		return api.RebootUnknown
	case r.Needed == api.RebootNeeded:
		return "needed"
	case r.Needed == api.RebootNotNeeded:
		return "-"
	default:
		return api.RebootUnknown
	}
}
