package upstarttest

import (
	"fmt"
	"strings"
	"syscall"
	"time"
)

// shellChars make a command one for the shell: init(5), "exec".
const shellChars = "~`!$^&*()=|\\{}[];\"'<>?"

// spawn starts one of a job's processes.
func (e *Engine) spawn(j *job, kind Kind) error {
	if why := j.class.Fits(); why != "" {
		return problem(why)
	}
	env := Env{}.with(j.env...)
	if kind == PreStop || kind == PostStop {
		env = env.with(j.stopEnv...)
	}
	env = env.with("UPSTART_JOB="+j.class.Name, "UPSTART_INSTANCE="+j.name)
	argv, script := j.class.Process[kind].argv()
	pid, err := e.sys.Spawn(Spawn{Class: j.class, Instance: j.name, Kind: kind, Argv: argv, Script: script, Env: env})
	if err != nil {
		return err
	}
	j.pid[kind] = pid
	e.sys.Log(fmt.Sprintf("%s %s process (%d)", j, kind, pid))
	return nil
}

// argv is what is executed, and the script that it reads, if it has more than one
// line.
func (p *Process) argv() (argv []string, script string) {
	text := strings.TrimRight(p.Text, "\n")
	switch {
	case !p.Script && !strings.ContainsAny(text, shellChars):
		return strings.Fields(text), ""
	case !p.Script:
		text = "exec " + text
	}
	if strings.Contains(text, "\n") {
		return []string{"/bin/sh", "-e", "/proc/self/fd/9"}, "exec 9<&-\n" + p.Text
	}
	return []string{"/bin/sh", "-e", "-c", text, "/bin/sh"}, ""
}

// kill ends the main process: by the job's signal, and by SIGKILL when that took
// longer than its kill timeout.
func (e *Engine) kill(j *job) {
	pid := j.pid[Main]
	e.sys.Log(fmt.Sprintf("Sending %s signal to %s main process (%d)", signalName(j.class.KillSignal), j, pid))
	e.sys.Kill(pid, j.class.KillSignal)
	j.unkill = e.sys.After(time.Duration(j.class.KillTimeout)*time.Second, func() {
		e.do(func() {
			if j.pid[Main] == pid {
				e.sys.Log(fmt.Sprintf("Sending KILL signal to %s main process (%d)", j, pid))
				e.sys.Kill(pid, syscall.SIGKILL)
			}
		})
	})
}

// terminated goes on after a process has ended.
func (e *Engine) terminated(j *job, kind Kind, status syscall.WaitStatus) {
	e.logEnd(j, kind, status)
	failed, stopJob, move := false, false, true
	switch kind {
	case Main:
		failed, stopJob, move = e.mainEnded(j, status)
	case PreStart, PostStop:
		failed = status != 0
		stopJob = failed
	}
	if j.unkill != nil {
		j.unkill()
		j.unkill = nil
	}
	j.pid[kind] = 0
	if failed {
		e.fails(j, kind, status)
	}
	if stopJob {
		if j.state == running {
			move = false
		}
		e.aim(j, stop)
	}
	if move {
		e.change(j, j.next(e))
	}
}

// mainEnded says whether a job has failed by the end of its main process, whether
// that is the job's end, and whether the job goes on to another state by it.
func (e *Engine) mainEnded(j *job, status syscall.WaitStatus) (failed, stopJob, move bool) {
	// post-start and pre-stop are waited for.
	move = (j.state != postStart || j.pid[PostStart] == 0) && (j.state != preStop || j.pid[PreStop] == 0)
	switch {
	case j.state == killed:
		return false, false, move
	case j.state == stopping:
		return false, false, false
	}
	// A service that is respawned should not end at all.
	if (status == 0 && (!j.class.Respawn || j.class.Task)) || j.goal != start || j.class.normal(status) {
		return false, true, move
	}
	if !j.class.Respawn {
		return true, true, move
	}
	if e.tooFast(j) {
		e.sys.Log(j.String() + " respawning too fast, stopped")
		j.runaway = true
		e.fails(j, Main, status)
		return false, true, move
	}
	e.sys.Log(j.String() + " main process ended, respawning")
	if !move {
		e.aim(j, again)
	}
	return false, false, move
}

func (c *Class) normal(status syscall.WaitStatus) bool {
	code := status.ExitStatus()
	if status.Signaled() {
		code = int(status.Signal()) << 8
	}
	for _, n := range c.NormalExit {
		if n == code {
			return true
		}
	}
	return false
}

func (e *Engine) tooFast(j *job) bool {
	if j.class.RespawnLimit == 0 || j.class.RespawnSeconds == 0 {
		return false
	}
	now := e.sys.Now().Truncate(time.Second)
	if now-j.respawnFrom < time.Duration(j.class.RespawnSeconds)*time.Second {
		j.respawns++
		return j.respawns > j.class.RespawnLimit
	}
	j.respawnFrom, j.respawns = now, 1
	return false
}

func (e *Engine) logEnd(j *job, kind Kind, status syscall.WaitStatus) {
	pid := j.pid[kind]
	switch {
	case status.Signaled():
		e.sys.Log(fmt.Sprintf("%s %s process (%d) killed by %s signal", j, kind, pid, signalName(status.Signal())))
	case status != 0:
		e.sys.Log(fmt.Sprintf("%s %s process (%d) terminated with status %d", j, kind, pid, status.ExitStatus()))
	default:
		e.sys.Log(fmt.Sprintf("%s %s process (%d) exited normally", j, kind, pid))
	}
}
