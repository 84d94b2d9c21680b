package transport

import (
	"fmt"
	"strings"
	"time"

	"umm/internal/sanitize"
)

// Unreachable says that a host cannot be talked to: no connection, no answer, or
// none that is ssh. Nothing was run.
type Unreachable struct {
	Host, Addr string
	Err        error
}

func (e *Unreachable) Error() string {
	return fmt.Sprintf("cannot reach %s: %s", named(e.Host, e.Addr), said(e.Err.Error()))
}

// Unwrap gives the cause.
func (e *Unreachable) Unwrap() error { return e.Err }

// HostKeyUnknown says that a host's key is recorded nowhere.
type HostKeyUnknown struct {
	Host, Addr string
	// Key is what the host shows.
	Key HostKey
}

func (e *HostKeyUnknown) Error() string {
	return fmt.Sprintf("the host key of %s is not known: it shows %s", named(e.Host, e.Addr), e.Key)
}

// Hint says what to do.
func (e *HostKeyUnknown) Hint() string {
	return "umm-cluster trust " + e.Host + " --yes=" + e.Key.Fingerprint + " records it; first compare it with what the host itself says: ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub"
}

// HostKeyChanged says that a host shows another key than the recorded ones.
type HostKeyChanged struct {
	Host, Addr string
	// Key is what the host shows, Recorded what was recorded for it.
	Key      HostKey
	Recorded []HostKey
}

func (e *HostKeyChanged) Error() string {
	var known []string
	for _, k := range e.Recorded {
		known = append(known, k.String())
	}
	return fmt.Sprintf("the host key of %s is not the recorded one: it shows %s, recorded is %s",
		named(e.Host, e.Addr), e.Key, strings.Join(known, ", "))
}

// Hint says what to do.
func (e *HostKeyChanged) Hint() string {
	return "somebody may be in between; only if the host was reinstalled: umm-cluster trust " + e.Host + " --replace --yes=" + e.Key.Fingerprint + " replaces the recorded key"
}

// Lasting tells that waiting for the host does not help.
func (e *HostKeyUnknown) Lasting() bool { return true }

// Lasting tells that waiting for the host does not help.
func (e *HostKeyChanged) Lasting() bool { return true }

// Lasting tells that waiting for the host does not help.
func (e *HostKeyRevoked) Lasting() bool { return true }

// HostKeyRevoked says that a host shows a key that is marked @revoked, or that
// RevokedHostKeys names.
type HostKeyRevoked struct {
	Host, Addr string
	// Key is what the host shows, with the place where it is revoked.
	Key HostKey
}

func (e *HostKeyRevoked) Error() string {
	return fmt.Sprintf("the host key of %s is revoked: it shows %s", named(e.Host, e.Addr), e.Key)
}

// Hint says what to do.
func (e *HostKeyRevoked) Hint() string {
	return "give the host new keys, or find out who answers in its place"
}

// HostKeyRefused says that a host cannot prove itself in a way that the operator's ssh
// configuration allows, or that what is recorded cannot be told.
type HostKeyRefused struct {
	Host, Addr string
	// Key is what the host shows; empty where it was not asked.
	Key HostKey
	// Why is a sentence's end.
	Why string
}

func (e *HostKeyRefused) Error() string {
	shows := ""
	if e.Key.key != nil {
		shows = ": it shows " + e.Key.String()
	}
	return fmt.Sprintf("the host key of %s is refused%s: %s", named(e.Host, e.Addr), shows, e.Why)
}

// Hint says what to do.
func (e *HostKeyRefused) Hint() string {
	return "ssh -v " + e.Host + " true shows what ssh makes of it; ssh -G " + e.Host + " shows its configuration"
}

// Lasting tells that waiting for the host does not help.
func (e *HostKeyRefused) Lasting() bool { return true }

// AuthFailed says that a host let none of the keys in.
type AuthFailed struct {
	Host, Addr, User string
	// Tried are the keys that were offered, Notes why others were not.
	Tried, Notes []string
}

func (e *AuthFailed) Error() string {
	msg := fmt.Sprintf("%s does not let %s in", named(e.Host, e.Addr), e.User)
	if len(e.Tried) == 0 {
		msg += ": there is no key to offer"
	} else {
		msg += " with " + strings.Join(e.Tried, ", ")
	}
	for _, n := range e.Notes {
		msg += "; " + n
	}
	return msg
}

// Hint says what to do.
func (e *AuthFailed) Hint() string {
	for _, n := range e.Notes {
		if strings.Contains(n, encryptedNote) {
			return "load the key into the agent: ssh-add"
		}
	}
	return "ssh " + e.User + "@" + e.Host + " shows more"
}

// Interrupted says that the connection was lost while a command ran: whether it
// came to its end, and how, is not known.
type Interrupted struct {
	Host, Command string
	Err           error
}

func (e *Interrupted) Error() string {
	return fmt.Sprintf("the connection to %s was lost while %s ran there, and how it ended is not known: %s", e.Host, e.Command, said(e.Err.Error()))
}

// Unwrap gives the cause.
func (e *Interrupted) Unwrap() error { return e.Err }

// SudoRefused says that sudo did not run the command without asking.
type SudoRefused struct {
	Host, User, Command string
	// Says is sudo's own complaint.
	Says string
}

func (e *SudoRefused) Error() string {
	return fmt.Sprintf("cannot run %s as root on %s: sudo refuses %s: %s", e.Command, e.Host, e.User, said(e.Says))
}

// Hint says what to do.
func (e *SudoRefused) Hint() string {
	return "a line for visudo on " + e.Host + ": " + e.User + " ALL=(root) NOPASSWD: ALL"
}

// said is what a host said, as it may stand in a sentence.
func said(text string) string { return sanitize.Phrase(text, mostSaid) }

// mostSaid bounds the words of a host in an error, in bytes.
const mostSaid = 500

// noAnswer is silence for some time.
type noAnswer struct {
	what  string
	after time.Duration
}

func (e noAnswer) Error() string { return fmt.Sprintf("%s within %s", e.what, e.after) }

// Timeout makes it a net.Error.
func (noAnswer) Timeout() bool { return true }

// named is a host by its name, and its address where that says more.
func named(host, addr string) string {
	if addr == "" || addr == host {
		return host
	}
	return host + " (" + addr + ")"
}
