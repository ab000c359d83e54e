package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"loramanager/internal/lora"
)

func openFault(t *testing.T) (*Store, string) {
	t.Helper()
	dir := t.TempDir()
	s, err := Open(t.Context(), Options{DataDir: dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s, dir
}

func fileNamed(name string, i int) lora.ScannedFile {
	return lora.ScannedFile{RootID: "r", RelPath: fmt.Sprint(name, i), Proposed: lora.Adapter{Name: name, Notes: string(make([]byte, 4000))}}
}

func TestPromise6_AFullDiskIsToldApartAndNothingIsHalfWritten(t *testing.T) {
	t.Parallel()
	s, _ := openFault(t)
	saved, err := 0, error(nil)
	for i := 0; i < 100 && err == nil; i++ {
		err = s.transact(t.Context(), func(q querier) error {
			// The limit belongs to the connection, which a transaction keeps to itself.
			if _, err := q.exec(t.Context(), "PRAGMA max_page_count = 80"); err != nil {
				return err
			}
			_, err := q.exec(t.Context(), "INSERT INTO setting (name, value) VALUES (?, ?)", fmt.Sprint(i), string(make([]byte, 50_000)))
			return err
		})
		if err == nil {
			saved++
		}
	}
	if err = s.failed("save", err); lora.CodeOf(err) != lora.StorageFull {
		t.Fatalf("after %d: %v", saved, err)
	}
	settings, err := s.Settings(t.Context())
	if err != nil || len(settings) != saved {
		t.Errorf("%d settings are there, %d were saved: %v", len(settings), saved, err)
	}
}

func TestPromise6_AReadOnlyDatabaseIsToldApart(t *testing.T) {
	t.Parallel()
	s, _ := openFault(t)
	reading := &Store{dialect: s.dialect, reader: s.reader, writer: s.reader, log: s.log, now: s.now, index: s.index, loading: s.loading, writing: s.writing}
	_, err := reading.SaveScanned(t.Context(), []lora.ScannedFile{fileNamed("x", 1)})
	if lora.CodeOf(err) != lora.Unavailable {
		t.Errorf("a read-only database: %v", err)
	}
}

func TestPromise6_AFileThatIsNoDatabaseIsNotTouched(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), sqliteFile)
	content := []byte("this is somebody's text and not a database, and it is long enough to be read as a header of one....")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := Open(t.Context(), Options{DataDir: filepath.Dir(path)})
	if lora.CodeOf(err) != lora.Unavailable {
		t.Errorf("no database: %v", err)
	}
	if after, err := os.ReadFile(path); err != nil || string(after) != string(content) {
		t.Errorf("the file was changed: %q, %v", after, err)
	}
}

func TestPromise1_ACancelledWriteLeavesNothing(t *testing.T) {
	t.Parallel()
	s, _ := openFault(t)
	ctx, cancel := context.WithCancel(t.Context())
	err := s.write(ctx, "try", 1, func(c *change) error {
		if _, err := c.exec(ctx, "INSERT INTO setting (name, value) VALUES ('a', '1')"); err != nil {
			return err
		}
		cancel()
		_, err := c.exec(ctx, "INSERT INTO setting (name, value) VALUES ('b', '2')")
		return err
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	settings, err := s.Settings(t.Context())
	if err != nil || len(settings) != 0 {
		t.Errorf("settings %v, %v", settings, err)
	}
	if _, err := s.SaveScanned(t.Context(), []lora.ScannedFile{fileNamed("x", 1)}); err != nil {
		t.Errorf("the next write: %v", err)
	}
}

func TestErrorsOfTheOutsideAreNotInternal(t *testing.T) {
	t.Parallel()
	s, _ := openFault(t)
	for _, c := range []struct {
		err  error
		want lora.Code
	}{
		{errors.New("odd"), lora.Internal},
		{fmt.Errorf("wrapped: %w", noAdapter()), lora.NotFound},
		{os.ErrDeadlineExceeded, lora.Unavailable},
	} {
		if got := lora.CodeOf(s.failed("x", c.err)); got != c.want {
			t.Errorf("%v has the code %s, want %s", c.err, got, c.want)
		}
	}
	if s.failed("x", nil) != nil || !errors.Is(s.failed("x", context.Canceled), context.Canceled) {
		t.Error("no error and a cancellation stay what they are")
	}
}
