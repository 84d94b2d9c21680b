package rebootneeded

import (
	"errors"
	"fmt"
	"strings"

	"umm/internal/execx"
)

// tool is a program of a distribution that tells whether a reboot is needed.
type tool struct {
	argv []string
	// older is for versions that do not know an option of argv.
	older []string
	parse func(execx.Result) (needed bool, why string, err error)
}

// tools are asked where they are there. needrestart is asked for kernel and microcode alone:
// what it says of services is no reason to reboot.
var tools = []tool{
	{[]string{"needrestart", "-b", "-k", "-w"}, []string{"needrestart", "-b", "-k"}, parseNeedrestart}, // -w: since 3.0
	{[]string{"needs-restarting", "-r"}, nil, parseNeedsRestarting},
}

// parseNeedrestart reads needrestart's batch output (README.batch.md of needrestart):
// NEEDRESTART-KSTA is 0 for unknown, 1 for no upgrade pending, 2 and 3 for one;
// NEEDRESTART-UCSTA is 0 for unknown, 1 for current, 2 for obsolete microcode. That of a
// processor or a virtual machine without microcode is no answer.
func parseNeedrestart(res execx.Result) (needed bool, why string, err error) {
	values := map[string]string{}
	for line := range strings.Lines(string(res.Stdout)) {
		if key, value, is := strings.Cut(line, ":"); is {
			values[key] = strings.TrimSpace(value)
		}
	}
	if values["NEEDRESTART-VER"] == "" {
		return false, "", failed(res)
	}
	var reasons []string
	switch state := values["NEEDRESTART-KSTA"]; state {
	case "", "0", "1": // the boot menu is asked, too
	case "2", "3":
		reasons = append(reasons, fmt.Sprintf("kernel %s is installed, and %s runs", values["NEEDRESTART-KEXP"], values["NEEDRESTART-KCUR"]))
	default:
		return false, "", fmt.Errorf("NEEDRESTART-KSTA is %q", state)
	}
	switch state := values["NEEDRESTART-UCSTA"]; state {
	case "", "0", "1":
	case "2":
		reasons = append(reasons, fmt.Sprintf("microcode %s is installed, and %s runs", values["NEEDRESTART-UCEXP"], values["NEEDRESTART-UCCUR"]))
	default:
		return false, "", fmt.Errorf("NEEDRESTART-UCSTA is %q", state)
	}
	return len(reasons) > 0, strings.Join(reasons, "; "), nil
}

// parseNeedsRestarting reads needs-restarting -r of yum-utils and of dnf: it ends with 1
// where a reboot is needed, and lists the packages, as "  * NAME" or, on EL 7, as
// "  NAME -> VERSION".
func parseNeedsRestarting(res execx.Result) (needed bool, why string, err error) {
	switch res.Code {
	case 0:
		return false, "", nil
	case 1:
	default:
		return false, "", failed(res)
	}
	var names []string
	for line := range strings.Lines(string(res.Stdout)) {
		if name, is := strings.CutPrefix(line, "  "); is {
			name, _, _ = strings.Cut(strings.TrimPrefix(name, "* "), " -> ")
			names = append(names, strings.TrimSpace(name))
		}
	}
	if len(names) == 0 && !strings.Contains(strings.ToLower(string(res.Stdout)), "reboot") {
		// Its own errors end with 1, too.
		return false, "", failed(res)
	}
	return true, after("updated since the boot: ", some(names)), nil
}

// parseOperators reads the command of REBOOT_NEEDED.
func parseOperators(res execx.Result) (needed bool, why string, err error) {
	first, _, _ := strings.Cut(strings.TrimSpace(string(res.Stdout)), "\n")
	switch res.Code {
	case 0:
		return true, first, nil
	case 1:
		return false, "", nil
	default:
		return false, "", failed(res)
	}
}

var errUnknownOption = errors.New("it is too old: it lacks an option")

func failed(res execx.Result) error {
	text, _, _ := strings.Cut(strings.TrimSpace(string(res.Stderr)), "\n")
	if strings.HasPrefix(text, "Unknown option") {
		return errUnknownOption
	}
	if text == "" && res.Code == 0 {
		return errors.New("it printed nothing")
	}
	return fmt.Errorf("exit status %d%s", res.Code, after(": ", text))
}
