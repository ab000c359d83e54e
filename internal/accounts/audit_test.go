package accounts_test

import (
	"context"
	"encoding/json"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"loramanager/internal/accounts"
	"loramanager/internal/lora"
)

func TestPromise9_TheLogKeepsWhatWasDoneSafeToShow(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	for _, e := range []lora.AuditEntry{
		{Actor: "anna", Via: "session", Action: "patchAdapter", Target: "id=1", Status: 200, Detail: json.RawMessage(`{"fields":["tags"]}`)},
		{Actor: "evil\x1b[2J\u202e", Via: "none", Action: "login", Target: strings.Repeat("ä", 10_000), Status: 401, Detail: json.RawMessage(`{broken`)},
		{Actor: "anna", Via: "session", Action: "removeAdapters", Status: 200, Detail: json.RawMessage(`"` + strings.Repeat("x", 1<<20) + `"`)},
	} {
		must(t, 0, k.Record(t.Context(), e))
	}
	all, err := k.Audit(t.Context(), lora.AuditQuery{Limit: 10})
	if err != nil || len(all) != 3 {
		t.Fatalf("%d entries, %v", len(all), err)
	}
	if all[0].Action != "removeAdapters" || string(all[0].Detail) != "{}" || !all[0].At.Equal(k.clock.now()) {
		t.Errorf("the latest: %+v", all[0])
	}
	if all[1].Actor != `evil\x1b[2J\u202e` || len(all[1].Target) > 256 || string(all[1].Detail) != "{}" {
		t.Errorf("the hostile one: %+v", all[1])
	}
	if string(all[2].Detail) != `{"fields":["tags"]}` {
		t.Errorf("the first: %+v", all[2])
	}
	found := 0
	must(t, 0, k.ExportAudit(t.Context(), lora.AuditQuery{Text: " ANNA "}, func(lora.AuditEntry) error { found++; return nil }))
	if found != 2 {
		t.Errorf("%d entries speak of anna", found)
	}
}

// sweeps tells when somebody asked to sweep, and when a sweep is done.
type sweeps struct {
	accounts.Store
	asked func()
	swept atomic.Int64
	done  chan struct{}
}

func (s *sweeps) TakeLease(ctx context.Context, name, holder string, ttl time.Duration) (int64, bool, error) {
	token, held, err := s.Store.TakeLease(ctx, name, holder, ttl)
	if s.asked != nil {
		s.asked()
	}
	return token, held, err
}

func (s *sweeps) SweepAccounts(ctx context.Context, now, seenBefore, auditBefore time.Time) (bool, error) {
	s.swept.Add(1)
	return s.Store.SweepAccounts(ctx, now, seenBefore, auditBefore)
}

func (s *sweeps) DropLease(ctx context.Context, name, holder string, token int64) error {
	err := s.Store.DropLease(ctx, name, holder, token)
	s.done <- struct{}{}
	return err
}

func TestPromise9_WhatIsOverIsSweptByOneServer(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	own := k.first()
	must(t, 0, k.Record(t.Context(), lora.AuditEntry{Actor: "anna", Action: "old"}))
	k.clock.pass(366 * 24 * time.Hour)
	must(t, 0, k.Record(t.Context(), lora.AuditEntry{Actor: "anna", Action: "new"}))

	// While another server sweeps, this one leaves it alone.
	token, held, err := k.store.TakeLease(t.Context(), "accounts_sweep", "another", time.Minute)
	if err != nil || !held {
		t.Fatal(held, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	idle := &sweeps{Store: k.store, asked: cancel}
	k.another(func(o *accounts.Options) { o.Store = idle }).Run(ctx)
	if idle.swept.Load() != 0 {
		t.Error("two servers sweep at once")
	}
	must(t, 0, k.store.DropLease(t.Context(), "accounts_sweep", "another", token))

	watched := &sweeps{Store: k.store, done: make(chan struct{})}
	a := k.another(func(o *accounts.Options) { o.Store = watched })
	ctx, cancel = context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		a.Run(ctx)
	}()
	<-watched.done
	cancel()
	<-ended
	if all, err := k.Audit(t.Context(), lora.AuditQuery{}); err != nil || len(all) != 1 || all[0].Action != "new" {
		t.Errorf("left: %+v, %v", all, err)
	}
	if ended, err := k.store.EndSession(t.Context(), own.Actor.Account, own.Actor.SessionID); ended || err != nil {
		t.Errorf("the session of a year ago is still kept: %v", err)
	}
}
