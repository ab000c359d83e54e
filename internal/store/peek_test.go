package store_test

import (
	"database/sql"
	"testing"
	"time"

	"loramanager/internal/lora"
	"loramanager/internal/store"
)

func TestAPeekTellsOfADatabaseAndChangesNothing(t *testing.T) {
	t.Parallel()
	onBothEmpty(t, func(t *testing.T, c database) {
		o := store.Options{URL: c.url}
		empty := peek(t, o)
		if !empty.Empty || empty.InUse || empty.Current != 0 || len(empty.Waiting()) != int(empty.Newest) {
			t.Fatalf("an empty one: %+v", empty)
		}
		if again := peek(t, o); !again.Empty {
			t.Fatalf("the look made something: %+v", again)
		}
		if err := store.Migrate(t.Context(), o); err != nil {
			t.Fatal(err)
		}
		db, err := store.Open(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		if err := db.AddRoot(t.Context(), lora.Root{ID: "r", Path: "/loras", Name: "loras"}); err != nil {
			t.Fatal(err)
		}
		if err := db.AddEngineConfig(t.Context(), lora.EngineConfig{Name: "mine", Kind: lora.ComfyUI, URL: "http://127.0.0.1:8188"}); err != nil {
			t.Fatal(err)
		}
		open := peek(t, o)
		if open.InUse != (c.name == "sqlite") {
			t.Errorf("in use: %v", open.InUse)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		closed := peek(t, o)
		if closed.InUse || closed.Empty || closed.Newer() || closed.Current != closed.Newest || len(closed.Waiting()) != 0 || closed.Server == "" {
			t.Errorf("a closed one: %+v", closed)
		}
		if len(closed.Roots) != 1 || closed.Roots[0].Path != "/loras" || len(closed.Engines) != 1 || closed.Engines[0].Name != "mine" {
			t.Errorf("folders %+v, engines %+v", closed.Roots, closed.Engines)
		}
		now := time.Now()
		for what, at := range map[string]time.Time{"the database's clock": closed.Now, "the first migration": *closed.Steps[0].AppliedAt} {
			if away := now.Sub(at).Abs(); away > time.Hour {
				t.Errorf("%s is %s away", what, away)
			}
		}
	})
}

func TestPromise5_ANewerDatabaseIsKnownBeforeItIsOpened(t *testing.T) {
	t.Parallel()
	onBothEmpty(t, func(t *testing.T, c database) {
		o := store.Options{URL: c.url}
		if err := store.Migrate(t.Context(), o); err != nil {
			t.Fatal(err)
		}
		db, err := sql.Open(c.driver, c.address)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = db.Close() }()
		if _, err := db.ExecContext(t.Context(), "INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, TRUE)"); err != nil {
			t.Fatal(err)
		}
		newer := peek(t, o)
		if !newer.Newer() || newer.Current != 9999 || len(newer.Roots) != 0 {
			t.Errorf("got %+v", newer)
		}
		if err := store.Migrate(t.Context(), o); lora.CodeOf(err) != lora.Unavailable {
			t.Errorf("migrating it: %v", err)
		}
	})
}

func peek(t *testing.T, o store.Options) store.Peeked {
	t.Helper()
	p, err := store.Peek(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return p
}
