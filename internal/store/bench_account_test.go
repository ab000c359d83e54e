//go:build unix

package store_test

import (
	"fmt"
	"testing"
	"time"

	"loramanager/internal/lora"
	"loramanager/internal/store"
	"loramanager/internal/store/pgtest"
)

// BenchmarkActor finds out who makes a request, among 1,000 accounts with a session and a
// key each.
func BenchmarkActor(b *testing.B) {
	for name, url := range map[string]string{"sqlite": "", "postgres": pgtest.Database(b)} {
		s := openURL(b, url, b.TempDir())
		ctx, now := b.Context(), time.Now()
		for i := range 1000 {
			a, err := s.AddAccount(ctx, lora.Account{Name: fmt.Sprint("a", i), Role: lora.Editor}, lora.Credentials{})
			must(b, err)
			must(b, s.PutSession(ctx, lora.Session{ID: fmt.Sprint("s", i), Account: a.Key, CreatedAt: now, SeenAt: now, ExpiresAt: now.Add(time.Hour)}))
			_, err = s.AddAPIKey(ctx, lora.APIKey{Account: a.Key, Scopes: []lora.Scope{lora.ScopeRead}}, fmt.Sprint("k", i))
			must(b, err)
		}
		asks(b, name+"/session", func(i int) (found bool, err error) {
			_, _, found, err = s.SessionActor(ctx, fmt.Sprint("s", i%1000), now)
			return found, err
		})
		asks(b, name+"/key", func(i int) (found bool, err error) {
			_, _, found, err = s.KeyActor(ctx, fmt.Sprint("k", i%1000), now)
			return found, err
		})
	}
}

func asks(b *testing.B, name string, ask func(i int) (bool, error)) {
	b.Run(name, func(b *testing.B) {
		for i := 0; b.Loop(); i++ {
			if found, err := ask(i); !found || err != nil {
				b.Fatal(found, err)
			}
		}
	})
}

// BenchmarkAudit looks for a text that none of 50,000 entries has, and for the latest
// entries of a long time.
func BenchmarkAudit(b *testing.B) {
	for name, url := range map[string]string{"sqlite": "", "postgres": pgtest.Database(b)} {
		s := openURL(b, url, b.TempDir())
		start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
		for i := range 50_000 {
			must(b, s.AddAudit(b.Context(), lora.AuditEntry{
				At: start.Add(time.Duration(i) * time.Minute), AccountID: fmt.Sprint("account-", i%20), Actor: "ada", Via: "session", Address: "192.0.2.1",
				RequestID: fmt.Sprint("request-", i), Action: fmt.Sprint("action-", i%50), Target: fmt.Sprint("target-", i), Status: 200, Detail: []byte(`{"fields":["favorite"]}`),
			}))
		}
		reads(b, name+"/text", s, lora.AuditQuery{Text: "nothing of this", Limit: 100}, 0)
		reads(b, name+"/time", s, lora.AuditQuery{Since: start, Until: start.AddDate(1, 0, 0), Limit: 100}, 100)
		reads(b, name+"/action", s, lora.AuditQuery{Action: "action-7", Limit: 100}, 100)
	}
}

func reads(b *testing.B, name string, s *store.Store, query lora.AuditQuery, want int) {
	b.Run(name, func(b *testing.B) {
		for b.Loop() {
			if list, err := s.Audit(b.Context(), query); err != nil || len(list) != want {
				b.Fatal(len(list), err)
			}
		}
	})
}
