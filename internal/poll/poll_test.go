package poll_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"umm/internal/poll"
)

func TestEvery(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 2500*time.Millisecond)
		defer cancel()
		began, n := time.Now(), 0
		for range poll.Every(ctx, time.Second) {
			if since := time.Since(began); since != time.Duration(n)*time.Second {
				t.Errorf("check %d comes after %s", n, since)
			}
			n++
		}
		if n != 3 || time.Since(began) != 2500*time.Millisecond {
			t.Errorf("%d checks within %s", n, time.Since(began))
		}
		for range poll.Every(t.Context(), time.Hour) {
			break
		}
	})
}

func TestSleep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if err := poll.Sleep(ctx, time.Second); err != nil {
			t.Error(err)
		}
		if err := poll.Sleep(ctx, time.Hour); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("it is %v", err)
		}
	})
}
