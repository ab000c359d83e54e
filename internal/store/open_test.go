package store_test

import (
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"testing"

	_ "modernc.org/sqlite"

	"loramanager/internal/catalog"
	"loramanager/internal/lora"
	"loramanager/internal/store"
	"loramanager/internal/store/pgtest"
	"loramanager/internal/store/storetest"
)

// database is one that a test opens both as the store does and, by its driver and
// address, as anybody could.
type database struct{ name, url, driver, address string }

// onBoth runs a test on a SQLite and a PostgreSQL without data.
func onBoth(t *testing.T, test func(t *testing.T, c database)) {
	t.Helper()
	onBothOf(t, migrated.Copy(t), test)
}

// onBothEmpty is onBoth without a schema.
func onBothEmpty(t *testing.T, test func(t *testing.T, c database)) {
	t.Helper()
	onBothOf(t, pgtest.Database(t), test)
}

func onBothOf(t *testing.T, server string, test func(t *testing.T, c database)) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "x.db")
	for _, c := range []database{{"sqlite", "sqlite:///" + file, "sqlite", file}, {"postgres", server, "pgx", server}} {
		t.Run(c.name, func(t *testing.T) { test(t, c) })
	}
}

func TestPromise5_ANewerDatabaseIsRefused(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, c database) {
		s, err := store.Open(t.Context(), store.Options{URL: c.url})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
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
		_, err = store.Open(t.Context(), store.Options{URL: c.url})
		if lora.CodeOf(err) != lora.Unavailable || !strings.Contains(err.Error(), "newer version") {
			t.Errorf("a newer database: %v", err)
		}
	})
}

func TestOneDatabaseFileHasOneServer(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	openURL(t, "", dir)
	_, err := store.Open(t.Context(), store.Options{DataDir: dir})
	if lora.CodeOf(err) != lora.Conflict || !strings.Contains(err.Error(), "Another LoRA Manager") {
		t.Errorf("a second server: %v", err)
	}
}

func TestAddressesOfDatabases(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, c := range []struct{ url, file string }{
		{"", "loramanager.db"}, {"sqlite:///rel.db", "rel.db"}, {"sqlite:///" + dir + "/abs.db", "abs.db"}, {"sqlite:///with%20blank.db", "with blank.db"},
	} {
		s, err := store.Open(t.Context(), store.Options{URL: c.url, DataDir: dir})
		if err != nil {
			t.Errorf("%q: %v", c.url, err)
			continue
		}
		if s.Database() != "sqlite" {
			t.Errorf("%q is %s", c.url, s.Database())
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		if _, err := os.Stat(filepath.Join(dir, c.file)); err != nil {
			t.Errorf("%q: %v", c.url, err)
		}
	}
	for _, url := range []string{"mysql://x", "nonsense", "sqlite:///", "postgres://%zz"} {
		_, err := store.Open(t.Context(), store.Options{URL: url, DataDir: dir})
		if lora.CodeOf(err) != lora.Invalid {
			t.Errorf("%q: %v", url, err)
		}
	}
	_, err := store.Open(t.Context(), store.Options{DataDir: filepath.Join(dir, "missing")})
	if lora.CodeOf(err) != lora.Unavailable {
		t.Errorf("a folder that is not there: %v", err)
	}
	_, err = store.Open(t.Context(), store.Options{URL: "postgres://nobody:secret@127.0.0.1:1/x?connect_timeout=2"})
	if lora.CodeOf(err) != lora.Unavailable || strings.Contains(err.Error(), "secret") {
		t.Errorf("a server that is not there: %v", err)
	}
}

func TestTheAddressOfThePrototypeWorks(t *testing.T) {
	t.Parallel()
	url := strings.Replace(pgtest.Database(t), "postgres://", "postgresql+psycopg://", 1)
	if s := openURL(t, url, ""); s.Database() != "postgres" {
		t.Errorf("the database is %s", s.Database())
	}
}

func TestPromise4_ReplicasSeeEachOthersWrites(t *testing.T) {
	t.Parallel()
	url := pgtest.Database(t)
	a, b := openURL(t, url, ""), openURL(t, url, "")
	count := func(s *store.Store) int {
		_, result, err := s.List(t.Context(), catalog.Query{})
		if err != nil {
			t.Fatal(err)
		}
		return result.Total
	}
	if count(a)+count(b) != 0 {
		t.Fatal("not empty")
	}
	results, err := a.SaveScanned(t.Context(), storetest.Batch(0, 3))
	if err != nil {
		t.Fatal(err)
	}
	if n := count(b); n != 3 {
		t.Errorf("the other replica sees %d", n)
	}
	if _, err := b.DeleteAdapters(t.Context(), []string{results[0].AdapterID}); err != nil {
		t.Fatal(err)
	}
	if n := count(a); n != 2 {
		t.Errorf("after a deletion on the other replica: %d", n)
	}
}

func TestPromise4_TheCatalogIsThereAfterARestart(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s, err := store.Open(t.Context(), store.Options{DataDir: dir})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.SaveScanned(t.Context(), storetest.Batch(0, 1200)); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	page, result, err := openURL(t, "", dir).List(t.Context(), catalog.Query{Text: "tag:*", Limit: 200})
	if err != nil || result.Total != 1200 || len(page) != 200 {
		t.Errorf("%d of %d: %v", len(page), result.Total, err)
	}
}
