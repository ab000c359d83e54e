package accounts_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"
	"go.uber.org/goleak"

	"loramanager/internal/accounts"
	"loramanager/internal/lora"
	"loramanager/internal/store"
	"loramanager/internal/store/pgtest"
)

// emptyDatabase is a database file with all tables and no rows: copying it is much faster
// than making another for every test.
var emptyDatabase []byte

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "accounts")
	if err != nil {
		panic(err)
	}
	if emptyDatabase, err = makeDatabase(filepath.Join(dir, "empty.db")); err != nil {
		panic(err)
	}
	_ = os.RemoveAll(dir)
	code := pgtest.Main(m)
	if code == 0 {
		if err := goleak.Find(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	os.Exit(code)
}

func makeDatabase(path string) ([]byte, error) {
	s, err := store.Open(context.Background(), store.Options{URL: "sqlite:///" + path})
	if err != nil {
		return nil, err
	}
	if err := s.Close(); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
}

// clock is one that tests move.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// ears keep what is announced.
type ears struct {
	mu    sync.Mutex
	heard []accounts.Change
}

// Announce implements accounts.Announcer.
func (e *ears) Announce(eventType string, data any) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if change, ok := data.(accounts.Change); ok && eventType == "account_changed" {
		e.heard = append(e.heard, change)
	}
}

// take returns what was announced since the last time.
func (e *ears) take() []accounts.Change {
	e.mu.Lock()
	defer e.mu.Unlock()
	heard := e.heard
	e.heard = nil
	return heard
}

// kit is Accounts on a real database.
type kit struct {
	*accounts.Accounts
	t     *testing.T
	store *store.Store
	clock *clock
	heard *ears
	log   *strings.Builder
	path  string // of the database file
}

const (
	goodPassword = "correct horse battery"
	publicURL    = "https://lora.example.com"
)

var (
	home = accounts.From{Address: "192.0.2.1", Agent: "browser at home"}
	away = accounts.From{Address: "203.0.113.9", Agent: "browser elsewhere"}
)

func sqlite(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "app.db")
	if err := os.WriteFile(path, emptyDatabase, 0o600); err != nil {
		t.Fatal(err)
	}
	return "sqlite:///" + path
}

func newKit(t *testing.T, adjust ...func(*accounts.Options)) *kit {
	t.Helper()
	return kitOn(t, sqlite(t), adjust...)
}

// onBoth runs a test on both databases, where they could differ.
func onBoth(t *testing.T, test func(t *testing.T, k *kit)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { t.Parallel(); test(t, kitOn(t, sqlite(t))) })
	t.Run("postgres", func(t *testing.T) { t.Parallel(); test(t, kitOn(t, pgtest.Database(t))) })
}

func kitOn(t *testing.T, url string, adjust ...func(*accounts.Options)) *kit {
	t.Helper()
	k := &kit{t: t, clock: &clock{at: time.Date(2026, 11, 24, 12, 0, 30, 0, time.UTC)}, heard: &ears{}, log: &strings.Builder{}, path: strings.TrimPrefix(url, "sqlite:///")}
	var err error
	if k.store, err = store.Open(t.Context(), store.Options{URL: url, DataDir: t.TempDir(), Now: k.clock.now}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := k.store.Close(); err != nil {
			t.Error(err)
		}
	})
	k.Accounts = k.another(adjust...)
	return k
}

// another is one more server on the same database.
func (k *kit) another(adjust ...func(*accounts.Options)) *accounts.Accounts {
	k.t.Helper()
	o := accounts.Options{Store: k.store, Announcer: k.heard, Now: k.clock.now, PublicURL: publicURL, Logger: slog.New(slog.NewTextHandler(k.log, nil))}
	o.Cheap()
	for _, f := range adjust {
		f(&o)
	}
	a, err := accounts.New(o)
	if err != nil {
		k.t.Fatal(err)
	}
	return a
}

// must fails the test for an error and returns the value.
func must[T any](t *testing.T, value T, err error) T {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	return value
}

// first makes the first account, an administrator named anna, and logs in to it.
func (k *kit) first() accounts.Result {
	k.t.Helper()
	token, needed, err := k.SetupToken(k.t.Context())
	if err != nil || !needed {
		k.t.Fatalf("no token for the first account: %v, %v", needed, err)
	}
	result, err := k.Setup(k.t.Context(), token.Reveal(), "anna", goodPassword, home)
	return must(k.t, result, err)
}

// login logs in with the good password.
func (k *kit) login(name string, from accounts.From) accounts.Result {
	k.t.Helper()
	result, err := k.Login(k.t.Context(), name, goodPassword, from)
	return must(k.t, result, err)
}

// add makes an account with the good password, which need not be changed.
func (k *kit) add(name string, role lora.Role) lora.Account {
	k.t.Helper()
	account, _, err := k.Add(k.t.Context(), lora.Account{Name: name, Role: role}, goodPassword)
	return must(k.t, account, err)
}

// app sets an authenticator app up for an actor.
func (k *kit) app(actor lora.Actor) (secret string, codes []string) {
	k.t.Helper()
	begun, err := k.BeginTOTP(k.t.Context(), actor, goodPassword)
	secret = must(k.t, begun, err).Secret.Reveal()
	codes, err = k.ConfirmTOTP(k.t.Context(), actor, k.code(secret))
	must(k.t, codes, err)
	k.clock.pass(time.Minute) // so that the next code is another one
	return secret, codes
}

// code is what the app shows now.
func (k *kit) code(secret string) string {
	k.t.Helper()
	code, err := totp.GenerateCode(secret, k.clock.now())
	return must(k.t, code, err)
}

// isOut reports that a session lets nobody in any more.
func (k *kit) isOut(result accounts.Result) bool {
	k.t.Helper()
	_, err := k.Actor(k.t.Context(), result.Cookie.Reveal())
	if err != nil && lora.CodeOf(err) != lora.Unauthorized {
		k.t.Fatal(err)
	}
	return err != nil
}

// wantCode fails the test unless an error has a code.
func wantCode(t *testing.T, why string, err error, want lora.Code) {
	t.Helper()
	if lora.CodeOf(err) != want {
		t.Errorf("%s: got %v, want the code %q", why, err, want)
	}
}

// together does something many times at the same moment and counts how often it was done.
func together(n int, do func(i int) error) (done int) {
	var mu sync.Mutex
	var all sync.WaitGroup
	ready := make(chan struct{})
	for i := range n {
		all.Go(func() {
			<-ready
			if do(i) == nil {
				mu.Lock()
				done++
				mu.Unlock()
			}
		})
	}
	close(ready)
	all.Wait()
	return done
}
