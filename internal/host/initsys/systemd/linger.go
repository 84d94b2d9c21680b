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
		user, err := m.login(ctx, "show-user", "--property=Sessions", "--property=UID", "--", name)
		if err != nil {
			return err
		}
		if user["UID"] == "" {
			continue // logind that does not know the user has not started anything for him
		}
		in, err := m.loggedIn(ctx, strings.Fields(user["Sessions"]))
		if err != nil {
			return err
		}
		if in {
			continue
		}
		// First to the end of its start: one that is broken off there logind begins
		// again for ever (247).
		service := "user@" + user["UID"] + ".service"
		errs = append(errs, m.act(ctx, stopLimit, "start", service), m.act(ctx, stopLimit, "stop", service))
	}
	return errors.Join(errs...)
}

// loggedIn tells whether any of the sessions is more than the one that a user's
// service manager has for itself (256 and later).
func (m Manager) loggedIn(ctx context.Context, sessions []string) (bool, error) {
	for _, id := range sessions {
		session, err := m.login(ctx, "show-session", "--property=Class", "--", id)
		if err != nil {
			return false, err
		}
		if class := session["Class"]; class != "" && !strings.HasPrefix(class, "manager") {
			return true, nil
		}
	}
	return false, nil
}

// login asks loginctl for properties; there are none of what logind does not know.
func (m Manager) login(ctx context.Context, args ...string) (properties, error) {
	res, err := m.ask(ctx, append([]string{"loginctl"}, args...)...)
	if err != nil {
		return nil, err
	}
	return parseBlock(string(res.Stdout)), nil
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
