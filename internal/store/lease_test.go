package store_test

import (
	"testing"
	"time"

	"loramanager/internal/store"
)

func TestPromise16_ALeaseEndsByTheClockOfTheServer(t *testing.T) {
	t.Parallel()
	url := migrated.Copy(t)
	open := func(skew time.Duration) *store.Store {
		s, err := store.Open(t.Context(), store.Options{URL: url, Now: func() time.Time { return time.Now().Add(skew) }})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = s.Close() })
		return s
	}
	early, late := open(-24*time.Hour), open(24*time.Hour)
	token, held, err := early.TakeLease(t.Context(), "scanner", "early", time.Hour)
	if err != nil || !held {
		t.Fatal(held, err)
	}
	if _, held, err := late.TakeLease(t.Context(), "scanner", "late", time.Hour); held || err != nil {
		t.Errorf("a process whose clock is a day ahead took a lease that another has: %v", err)
	}
	if holder, err := late.LeaseHolder(t.Context(), "scanner"); holder != "early" || err != nil {
		t.Errorf("to it %q has the lease: %v", holder, err)
	}
	if held, err := early.RenewLease(t.Context(), "scanner", "early", token, -time.Second); !held || err != nil {
		t.Errorf("the holder cannot end it: %v", err)
	}
	if next, held, err := late.TakeLease(t.Context(), "scanner", "late", time.Hour); !held || next <= token || err != nil {
		t.Errorf("a lease that is over: %d, %v, %v", next, held, err)
	}
}
