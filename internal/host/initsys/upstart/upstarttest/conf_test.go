package upstarttest

import (
	"testing"
	"testing/fstest"
)

func TestFolder(t *testing.T) {
	w := newWorld(t)
	file := func(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }
	files := fstest.MapFS{"a.conf": file("exec a"), "sub/b.conf": file("exec b"), "c.conf": file("exec c"), "c.override": file("manual\nexec d"),
		".hidden.conf": file("exec e"), "d.conf.new": file("exec f"), "e.conf": file("exec"), "f.conf": file("exec f"), "f.override": file("nothing")}
	var d Folder
	read := func() {
		t.Helper()
		if err := d.Read(w.e, files, false); err != nil {
			t.Fatal(err)
		}
	}
	read()
	w.same("list", w.ask("list").Out, "a stop/waiting\nc stop/waiting\nf stop/waiting\nsub/b stop/waiting")
	w.same("the log tells of e", w.logged("/etc/init/e.conf:1: Expected token"), true)
	w.same("the log tells of f", w.logged("/etc/init/f.override:1: Unknown stanza"), true)
	delete(files, "a.conf")
	files["e.conf"] = file("exec g")
	read()
	w.same("list", w.ask("list").Out, "c stop/waiting\ne stop/waiting\nf stop/waiting\nsub/b stop/waiting")
	w.ask("start", "c")
	w.same("by the override", w.live[w.pid("c")].Argv, "[d]")
}
