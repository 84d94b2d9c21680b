package report

import (
	"bytes"
	"strings"
	"testing"
)

// What is erased after a line that fills the terminal would be its last character.
func TestAFullLineStays(t *testing.T) {
	var out bytes.Buffer
	s := screen{out: &out}
	line := strings.Repeat("x", 10)
	s.paint(nil, []string{line}, 10)
	if got := out.String(); !strings.Contains(got, line+"\r\n") {
		t.Errorf("painted is %q", got)
	}
}
