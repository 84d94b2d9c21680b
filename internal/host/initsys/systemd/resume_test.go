package systemd

import (
	"reflect"
	"testing"
)

func TestResumeJobs(t *testing.T) {
	got := resumeJobs([]string{"cron.service", "mariadb.service", "mariadb.socket", "multi-user.target", "x.timer"})
	want := [][]string{
		{"start", "--", "mariadb.socket"},
		{"start", "--", "cron.service", "mariadb.service", "x.timer"},
		{"start", "--job-mode=ignore-dependencies", "--", "multi-user.target"},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("resumeJobs = %v, want %v", got, want)
	}
	if got := resumeJobs([]string{}); len(got) != 0 {
		t.Errorf("resumeJobs of nothing = %v", got)
	}
}
