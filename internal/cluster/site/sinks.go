package site

import (
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"umm/internal/cluster/config"
	"umm/internal/cluster/report"
	"umm/internal/cluster/silence"
	"umm/internal/execx"
)

// sinks are those who are told of a run: the terminal, a log file, the notified.
func (s *Site) sinks(j job) (report.Multi, func(), error) {
	if err := os.MkdirAll(s.Runs.Path, 0o700); err != nil {
		return nil, nil, fmt.Errorf("cannot open the log of the run: %w", err)
	}
	log, err := report.OpenLog(filepath.Join(s.Runs.Path, j.request.ID+".log"), "text")
	if err != nil {
		return nil, nil, err
	}
	notifier := report.NewNotifier(HooksOf(s.Conf), execx.Local{Env: execx.Inherited()}, report.NewHTTP(), func(text string) { s.warn(text) })
	log.Hide(commandsOf(s.Conf))
	notifier.Hide(commandsOf(s.Conf))
	m := report.Multi{log, notifier}
	if len(s.Conf.Silences) > 0 {
		m = append(m, silence.NewKeeper(s.silenced(), func(text string) { s.warn(text) }))
	}
	if s.Display.Run != nil {
		m = append(m, s.Display.Run(j.request))
	}
	return m, func() {
		if err := m.Close(); err != nil {
			s.warn(err)
		}
	}, nil
}

// silenced are the monitoring systems in which hosts are silenced.
func (s *Site) silenced() []silence.Target {
	var targets []silence.Target
	address := func(host string) string { return cmp.Or(s.machines[host].Address, host) }
	for i, t := range s.Conf.Silences {
		place := fmt.Sprintf("silences[%d]", i)
		client, err := clientOf(t.CAFile)
		if err != nil {
			s.warnf("cannot silence hosts in %s: %v", place, err)
			continue
		}
		called := func(host string) string {
			return strings.NewReplacer("{host}", host, "{address}", address(host)).Replace(t.Host)
		}
		switch {
		case t.Icinga2 != "":
			targets = append(targets, silence.Icinga{Place: place, URL: t.Icinga2.Reveal(), Called: called, Client: client})
		case t.Zabbix != "":
			targets = append(targets, silence.Zabbix{Place: place, URL: t.Zabbix.Reveal(), Token: t.Token.Reveal(), Called: called, Client: client})
		default:
			targets = append(targets, silence.Alertmanager{Place: place, URL: t.Alertmanager.Reveal(), Matchers: t.Parsed(), Address: address, Client: client})
		}
	}
	return targets
}

// clientOf asks servers whose certificate is signed by those in a file; "": by those that the
// system trusts.
func clientOf(caFile string) (*http.Client, error) {
	client := report.NewHTTP().Client
	if caFile == "" {
		return client, nil
	}
	data, err := os.ReadFile(caFile)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(data) {
		return nil, fmt.Errorf("%s has no certificate", caFile)
	}
	client.Transport = &http.Transport{Proxy: http.ProxyFromEnvironment, TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}}
	return client, nil
}

// HooksOf are those that the configuration has notified.
func HooksOf(conf config.Config) []report.Hook {
	var hooks []report.Hook
	for i, n := range conf.Notify {
		hooks = append(hooks, report.Hook{Name: fmt.Sprintf("notify[%d]", i), Argv: n.Command, URL: report.NewSecret(n.URL.Reveal()), On: n.On, Limit: n.Timeout})
	}
	return hooks
}

// commandsOf are the commands of the configuration.
func commandsOf(conf config.Config) [][]string {
	var all [][]string
	for _, c := range conf.Checks {
		all = append(all, c.Check, c.Drain, c.Undrain)
	}
	for _, p := range conf.Probes {
		all = append(all, p.Command)
	}
	for _, n := range conf.Notify {
		all = append(all, n.Command)
	}
	return all
}
