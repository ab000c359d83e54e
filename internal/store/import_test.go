package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"loramanager/internal/lora"
)

// importRun keeps the record of an import and returns what ApplyImport is given.
func importRun(t *testing.T, s *Store) lora.ImportRun {
	t.Helper()
	transfer := lora.Transfer{ID: uuid.NewString(), Kind: lora.TransferImport, State: lora.TransferRunning, StartedAt: time.Now()}
	if err := s.PutTransfer(t.Context(), transfer, "p"); err != nil {
		t.Fatal(err)
	}
	return lora.ImportRun{TransferID: transfer.ID, Kind: transfer.Kind, RootID: "r"}
}

func bigAdapter(i int) lora.ImportStep {
	a := lora.ArchivedAdapter{RelPath: fmt.Sprintf("%d.safetensors", i)}
	a.ID, a.Name, a.Notes = uuid.NewString(), fmt.Sprint("adapter ", i), strings.Repeat("x", 20_000)
	return lora.ImportStep{Record: lora.ArchiveRecord{Adapter: &a}, Action: lora.ImportCreate}
}

// tables counts the rows of every table that an import writes.
func tables(t *testing.T, s *Store) string {
	t.Helper()
	var b strings.Builder
	for _, table := range []string{
		"adapter", "digest", "claimed_digest", "alias", "provenance", "composition", "composition_version", "preset", "workflow", "saved_search", "engine",
		"setting", "preference", "job", "job_body", "job_facet", "job_image", "facet", "picture", "slot_rollup", "activity", "transfer WHERE journal IS NOT NULL",
	} {
		n, err := querier{pool: s.reader, composed: true}.number(t.Context(), "SELECT COUNT(*) FROM "+table)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "%s %d\n", table, n)
	}
	return b.String()
}

func TestPromise13_AnImportThatMeetsAFullDiskOrIsCancelledLeavesNothing(t *testing.T) {
	t.Parallel()
	s, _ := openFault(t)
	if err := s.AddRoot(t.Context(), lora.Root{ID: "r", Path: "/srv/loras", Name: "loras"}); err != nil {
		t.Fatal(err)
	}
	before := tables(t, s)
	limitPages(t, s, 400)
	n := 0
	_, err := s.ApplyImport(t.Context(), importRun(t, s), func() (lora.ImportStep, error) {
		n++
		return bigAdapter(n), nil
	})
	if lora.CodeOf(err) != lora.StorageFull {
		t.Errorf("a full disk: %v", err)
	}
	limitPages(t, s, 1<<30)
	run := importRun(t, s)
	ctx, cancel := context.WithCancel(t.Context())
	n = 0
	_, err = s.ApplyImport(ctx, run, func() (lora.ImportStep, error) {
		if n++; n == 500 {
			cancel()
		}
		return bigAdapter(n), nil
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	if after := tables(t, s); after != before {
		t.Errorf("before\n%s\nafter\n%s", before, after)
	}
	if _, err := importOne(t, s); err != nil {
		t.Errorf("the next import: %v", err)
	}
}

// limitPages bounds how large the database can become, as a disk that is full does. The
// limit belongs to the connection.
func limitPages(t *testing.T, s *Store, pages int) {
	t.Helper()
	for range 2 {
		conn, err := s.durable.db.Conn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = conn.Close() }() // when both are limited
		if _, err := conn.ExecContext(t.Context(), fmt.Sprint("PRAGMA max_page_count = ", pages)); err != nil {
			t.Fatal(err)
		}
	}
}

// importOne imports one adapter.
func importOne(t *testing.T, s *Store) (lora.ImportCounts, error) {
	t.Helper()
	done := false
	return s.ApplyImport(t.Context(), importRun(t, s), func() (lora.ImportStep, error) {
		if done {
			return lora.ImportStep{}, io.EOF
		}
		done = true
		return bigAdapter(0), nil
	})
}
