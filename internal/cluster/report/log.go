package report

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"

	"github.com/sirupsen/logrus"

	"umm/internal/cluster/run"
	"umm/internal/cluster/service"
	"umm/internal/sanitize"
)

// Log keeps a run in a file of its own, for root only. It has what was done and
// seen, but neither the command that is run on the hosts nor those that change a
// service: these may hold secrets.
type Log struct {
	mu     sync.Mutex
	file   *logFile
	logger *logrus.Logger
	state  run.State
	quiet  quiet
	// private takes out what must not be kept.
	private private
}

// OpenLog opens the log file, to go on with it where it is there already. format is
// "text" or "json".
func OpenLog(path, format string) (*Log, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("cannot write the log: %w", err)
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND|os.O_CREATE|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0o600)
	if err != nil {
		return nil, fmt.Errorf("cannot write the log: %w", err)
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%s is not a file", path)
	}
	if err == nil {
		err = f.Chmod(0o600)
	}
	var l *Log
	if err == nil {
		l, err = newLog(f, format)
	}
	if err != nil {
		_ = f.Close()
		return nil, fmt.Errorf("cannot write the log: %w", err)
	}
	return l, nil
}

// newLog logs to out, and closes it.
func newLog(out io.WriteCloser, format string) (*Log, error) {
	logger := logrus.New()
	switch format {
	case "text":
		logger.SetFormatter(&logrus.TextFormatter{DisableColors: true, FullTimestamp: true, TimestampFormat: stampLog})
	case "json":
		logger.SetFormatter(&logrus.JSONFormatter{TimestampFormat: stampLog})
	default:
		return nil, fmt.Errorf("invalid format %q: use text or json", format)
	}
	l := &Log{file: &logFile{out: out}, logger: logger}
	logger.SetOutput(l.file)
	return l, nil
}

const stampLog = "2006-01-02T15:04:05.000Z07:00"

// Hide keeps these commands, and their words, out of the log. It is called before anything else.
func (l *Log) Hide(commands [][]string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.private.hide(commands)
}

// Recall tells what happened before.
func (l *Log) Recall(past []run.Entry) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, e := range past {
		follow(&l.state, l.private.of(e))
	}
}

// Emit implements Sink.
func (l *Log) Emit(e run.Entry) {
	l.mu.Lock()
	defer l.mu.Unlock()
	e = l.private.of(e)
	follow(&l.state, e)
	if !l.quiet.news(e) {
		return
	}
	level := logrus.InfoLevel
	switch e.Kind {
	case run.Warned, run.Gap:
		level = logrus.WarnLevel
	case run.Failed, run.PassedOver, run.Stopped:
		level = logrus.ErrorLevel
	}
	entry := l.logger.WithTime(e.At).WithFields(fields(e))
	entry.Log(level, sentence(&l.state, e))
	for _, v := range e.Verdicts {
		at := logrus.InfoLevel
		if v.State != service.OK {
			at = logrus.WarnLevel
		}
		l.logger.WithTime(e.At).WithFields(logrus.Fields{"run": sanitize.Line(e.Run), "service": sanitize.Line(v.Service), "predicate": sanitize.Line(v.Name),
			"about": sanitize.Line(v.Host), "state": v.State, "evidence": sanitize.Lines(v.Evidence)}).Log(at, sanitize.Line(v.Reason))
	}
}

// fields are what is there of an entry.
func fields(e run.Entry) logrus.Fields {
	f := logrus.Fields{"run": sanitize.Line(e.Run), "kind": e.Kind}
	if e.Seq > 0 {
		f["seq"] = e.Seq
	}
	if e.Host != "" {
		f["host"] = sanitize.Line(e.Host)
	}
	if e.Step != nil {
		f["step"], f["step_kind"] = e.Step.N+1, e.Step.Kind
	}
	if e.Boot != "" {
		f["boot_id"] = sanitize.Line(e.Boot)
	}
	if e.Took > 0 {
		f["took_seconds"] = seconds(e.Took)
	}
	if e.Hint != "" {
		f["hint"] = sanitize.Line(e.Hint)
	}
	if e.Request != nil {
		for _, r := range e.Request.Risks {
			f["risk_"+key(r.Name)] = sanitize.Line(r.Reason)
		}
	}
	return f
}

// key is a name as it can stand before a "=" in the log: anything else would be a field more, or a
// line.
func key(name string) string {
	return strings.Map(func(r rune) rune {
		if r == '-' || r == '_' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
			return r
		}
		return '_'
	}, name)
}

// Close closes the file. It says what could not be written, if anything.
func (l *Log) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.file.close()
}

// logFile remembers the first failure instead of telling logrus, which would write
// it to the terminal, line by line.
type logFile struct {
	out io.WriteCloser
	err error
}

func (f *logFile) Write(p []byte) (int, error) {
	if f.err == nil {
		_, f.err = f.out.Write(p)
	}
	return len(p), nil
}

func (f *logFile) close() error {
	err := f.out.Close()
	if f.err != nil {
		err = f.err
	}
	if err != nil {
		return fmt.Errorf("cannot complete the log: %w", err)
	}
	return nil
}
