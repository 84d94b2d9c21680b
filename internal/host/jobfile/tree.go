package jobfile

import (
	"maps"
	"path"
	"slices"
	"strings"

	"umm/internal/host/hostfs"
)

const (
	jobDir    = "/etc/init"
	scriptDir = "/etc/init.d"
)

// Script is an init script of /etc/init.d that rc runs, and no job of the same name.
type Script struct {
	Name string
	// Early is its place in /etc/rcS.d, Start that in the default run level, Stop that
	// in a shutdown: the name of the link, which rc goes by; empty: it has none.
	Early, Start, Stop string
	// AnswersStatus: it can say whether its service runs.
	AnswersStatus bool
}

// Enabled tells whether the boot starts it.
func (s Script) Enabled() bool { return s.Early != "" || s.Start != "" }

// Tree is the jobs and init scripts of one host, as they were when it was opened.
type Tree struct {
	fs      hostfs.FS
	jobs    map[string]Job
	scripts map[string]Script
}

// Open reads the jobs and scripts below a root directory, "/" for the host itself. A
// host without any is empty, not an error.
func Open(root string) *Tree {
	t := &Tree{fs: hostfs.New(root), jobs: map[string]Job{}, scripts: map[string]Script{}}
	t.readJobs("")
	t.readScripts()
	return t
}

// FS is the file tree that it stands on.
func (t *Tree) FS() hostfs.FS { return t.fs }

// Job returns a job by its name.
func (t *Tree) Job(name string) (Job, bool) { j, ok := t.jobs[name]; return j, ok }

// Jobs are all jobs, by name.
func (t *Tree) Jobs() []Job { return byName(t.jobs) }

// Script returns an init script by its name.
func (t *Tree) Script(name string) (Script, bool) { s, ok := t.scripts[name]; return s, ok }

// Scripts are all init scripts, by name.
func (t *Tree) Scripts() []Script { return byName(t.scripts) }

// Exists tells whether there is a job or an init script of that name.
func (t *Tree) Exists(name string) bool {
	_, job := t.jobs[name]
	_, script := t.scripts[name]
	return job || script
}

// Enabled tells whether the boot starts the job or the init script of that name.
func (t *Tree) Enabled(name string) bool {
	return t.jobs[name].Enabled() || t.scripts[name].Enabled()
}

func byName[T any](all map[string]T) []T {
	list := make([]T, 0, len(all))
	for _, name := range slices.Sorted(maps.Keys(all)) {
		list = append(list, all[name])
	}
	return list
}

// readJobs reads one folder of job files; sub is its path below /etc/init.
func (t *Tree) readJobs(sub string) {
	entries, _ := t.fs.ReadDir(path.Join(jobDir, sub))
	for _, e := range entries {
		if e.IsDir {
			t.readJobs(path.Join(sub, e.Name))
			continue
		}
		name, isJob := strings.CutSuffix(path.Join(sub, e.Name), ".conf")
		if !isJob {
			continue
		}
		data, err := t.fs.ReadFile(path.Join(jobDir, name+".conf"))
		if err != nil {
			continue
		}
		job := Job{Name: name}
		job.parse(string(data))
		if data, err := t.fs.ReadFile(path.Join(jobDir, name+".override")); err == nil {
			job.Override = true
			job.parse(string(data))
		}
		t.jobs[name] = job
	}
}

// isJob tells of an init script whether there is a job of that name: with the suffix .sh, as
// mountall's bootmisc.sh, or in its place.
func (t *Tree) isJob(script string) bool {
	_, same := t.jobs[script]
	_, without := t.jobs[strings.TrimSuffix(script, ".sh")]
	return same || without
}

// readScripts reads /etc/init.d, and the links to it by which rc goes. What is a job
// too is started as a job, and its script, a link to upstart-job most often, by nobody.
func (t *Tree) readScripts() {
	entries, _ := t.fs.ReadDir(scriptDir)
	for _, e := range entries {
		info, err := t.fs.Stat(path.Join(scriptDir, e.Name))
		if err != nil || !info.Mode().IsRegular() || info.Mode()&0o111 == 0 {
			continue
		}
		if t.isJob(e.Name) {
			continue
		}
		if e.IsLink {
			if to, err := t.fs.Readlink(path.Join(scriptDir, e.Name)); err == nil && path.Base(to) == "upstart-job" {
				continue
			}
		}
		text, _ := t.fs.ReadFile(path.Join(scriptDir, e.Name))
		t.scripts[e.Name] = Script{Name: e.Name, AnswersStatus: answersStatus(string(text))}
	}
	t.readLinks("/etc/rcS.d", 'S', func(s *Script, link string) { s.Early = link })
	t.readLinks("/etc/rc2.d", 'S', func(s *Script, link string) { s.Start = link })
	for _, dir := range []string{"/etc/rc0.d", "/etc/rc1.d", "/etc/rc6.d"} {
		t.readLinks(dir, 'K', func(s *Script, link string) { s.Stop = link })
	}
}

// readLinks reads the links of one run level: S or K, two digits, the script's name.
func (t *Tree) readLinks(dir string, kind byte, set func(s *Script, link string)) {
	entries, _ := t.fs.ReadDir(dir)
	for _, e := range entries {
		if len(e.Name) < 4 || e.Name[0] != kind || !digit(e.Name[1]) || !digit(e.Name[2]) {
			continue
		}
		if s, known := t.scripts[e.Name[3:]]; known {
			set(&s, e.Name)
			t.scripts[s.Name] = s
		}
	}
}

func digit(c byte) bool { return c >= '0' && c <= '9' }
