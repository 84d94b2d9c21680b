package nodecli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"testing"

	"umm/internal/node"
	"umm/internal/record"
	"umm/internal/wire"
)

// turns is a lock that another umm takes before it lets this one have it.
type turns struct {
	node.Volatile
	before func()
	err    error
	held   bool
}

func (v *turns) Lock(context.Context) (func(), error) {
	if v.err != nil {
		return nil, v.err
	}
	v.before()
	v.held = true
	return func() { v.held = false }, nil
}

func TestCheckRecordTakesItsTurn(t *testing.T) {
	x := try(t, operational())
	store := x.node.Store.(record.Store)
	lock := &turns{before: func() {
		if err := store.Save(inMaintenance()); err != nil {
			t.Error(err)
		}
	}}
	x.node.Volatile = lock
	if c := x.checkRecord(t.Context()); c.Verdict != wire.VerdictOK {
		t.Errorf("the check says %+v", c)
	}
	if rec, err := store.Load(); err != nil || rec.Session == nil {
		t.Errorf("what another umm saved is lost: %+v (%v)", rec, err)
	}
	if lock.held {
		t.Error("the lock is held still")
	}
	lock.err = errors.New("another umm command is at work")
	if c := x.checkRecord(t.Context()); c.Verdict != wire.VerdictFail || !c.Refuses || c.Reason != lock.err.Error() {
		t.Errorf("without its turn the check says %+v", c)
	}
	// Nobody but root may lock, and whether it can be saved is still told.
	lock.err = fmt.Errorf("cannot lock out other umm commands: %w", fs.ErrPermission)
	if c := x.checkRecord(t.Context()); c.Verdict != wire.VerdictOK {
		t.Errorf("who may not lock is told %+v", c)
	}
}
