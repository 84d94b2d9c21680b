package systemd

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
)

// lingerDir names the users whose services run without a login; logind starts
// their managers when it starts itself. Holding them back by a condition or a mask
// makes it try again for ever (252), so they are stopped once it has started them.
const lingerDir = "/var/lib/systemd/linger"

// lingering lists those users; none where there is no such folder.
func lingering() ([]string, error) {
	entries, err := os.ReadDir(lingerDir)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("cannot tell whose services run without a login: %w", err)
	}
	var users []string
	for _, e := range entries {
		users = append(users, e.Name())
	}
	return users, nil
}

// Settle implements node.Switch: it ends the services of users who are not logged
// in.
func (m Manager) Settle(ctx context.Context) error {
	users, err := lingering()
	errs := []error{err}
	for _, name := range users {
		res, err := m.ask(ctx, "loginctl", "show-user", "--property=Sessions", "--property=UID", "--", name)
		if err != nil {
			return err
		}
		var uid, sessions string
		for _, line := range strings.Split(string(res.Stdout), "\n") {
			switch key, value, _ := strings.Cut(line, "="); key {
			case "UID":
				uid = value
			case "Sessions":
				sessions = strings.TrimSpace(value)
			}
		}
		// logind that does not know the user has not started anything for him.
		if res.Code == 0 && uid != "" && sessions == "" {
			errs = append(errs, m.act(ctx, stopLimit, "stop", "user@"+uid+".service"))
		}
	}
	return errors.Join(errs...)
}

// startLingering has logind start them again, by saying what it knows.
func (m Manager) startLingering(ctx context.Context) error {
	users, err := lingering()
	errs := []error{err}
	for _, name := range users {
		res, err := m.ask(ctx, "loginctl", "enable-linger", "--", name)
		if err != nil {
			return err
		}
		if res.Code != 0 {
			errs = append(errs, fmt.Errorf("cannot start the services of user %s: %s", name, strings.TrimSpace(string(res.Stderr))))
		}
	}
	return errors.Join(errs...)
}
