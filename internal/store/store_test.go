package store_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"go.uber.org/goleak"

	"loramanager/internal/store"
	"loramanager/internal/store/pgtest"
	"loramanager/internal/store/storetest"
)

// Benchmarks that share a filled database do so beyond the life of one of them.
var (
	benchContext = context.Background()
	benchFolder  string
)

func TestMain(m *testing.M) {
	code := pgtest.Main(m)
	if benchFolder != "" {
		if err := os.RemoveAll(benchFolder); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
	}
	if code == 0 {
		if err := goleak.Find(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	os.Exit(code)
}

// openURL opens a store that is closed when the test ends.
func openURL(tb testing.TB, url, dir string) *store.Store {
	tb.Helper()
	s, err := store.Open(tb.Context(), store.Options{URL: url, DataDir: dir})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := s.Close(); err != nil {
			tb.Error(err)
		}
	})
	return s
}

func TestPromise7_SQLiteConforms(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(tb testing.TB) *store.Store {
		return openURL(tb, "sqlite:///"+filepath.Join(tb.TempDir(), "x.db"), "")
	})
}

func TestPromise7_PostgreSQLConforms(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(tb testing.TB) *store.Store { return openURL(tb, migrated.Copy(tb), "") })
}

// migrated is a PostgreSQL as a first start leaves it.
var migrated = pgtest.NewTemplate(func(address string) error {
	return store.Migrate(context.Background(), store.Options{URL: address})
})
