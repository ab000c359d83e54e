package store_test

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"loramanager/internal/lora"
	"loramanager/internal/store"
	"loramanager/internal/store/storetest"
)

// asSteps are the steps that bring all of an export into a catalog that has nothing of it.
func asSteps(records []lora.ArchiveRecord) []lora.ImportStep {
	list := make([]lora.ImportStep, 0, len(records))
	for _, r := range records {
		step := lora.ImportStep{Record: r, Action: lora.ImportCreate}
		if r.Adapter != nil {
			step.Origin, step.Detail = r.Adapter.Origin, r.Adapter.OriginDetail
		}
		if r.Job != nil {
			step.Pictures = slices.Concat(r.Job.Images, r.Inputs)
		}
		list = append(list, step)
	}
	return list
}

// importInto makes an import and returns what it counted.
func importInto(t *testing.T, s *store.Store, list []lora.ImportStep) lora.ImportCounts {
	t.Helper()
	run := lora.ImportRun{TransferID: uuid.NewString(), Kind: lora.TransferImport, RootID: "none"}
	err := s.PutTransfer(t.Context(), lora.Transfer{ID: run.TransferID, Kind: run.Kind, State: lora.TransferRunning, StartedAt: time.Now()}, "p")
	if err != nil {
		t.Fatal(err)
	}
	counts, err := s.ApplyImport(t.Context(), run, func() (lora.ImportStep, error) {
		if len(list) == 0 {
			return lora.ImportStep{}, io.EOF
		}
		step := list[0]
		list = list[1:]
		return step, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return counts
}

// lasting is a record without what belongs to the disk and the processes it was made on.
func lasting(tb testing.TB, r lora.ArchiveRecord) string {
	tb.Helper()
	place := ""
	switch {
	case r.Root != nil:
		return "root " + r.Root.Path
	case r.Figure != nil: // of jobs that are not archived, too
		return ""
	case r.Engine != nil:
		e := *r.Engine
		e.Enabled = false
		r.Engine = &e
	case r.Adapter != nil:
		a := *r.Adapter
		place = fmt.Sprintf("%q in %q %s %d %d", a.RelPath, a.RootPath, a.QuickDigest, a.Stamp.Size, a.Stamp.MtimeNS)
		a.RootID, a.Folder, a.FileName, a.FilePath, a.FileState, a.Preview = "", "", "", "", "", nil
		a.JSONFilePath, a.JSONFileMtime, a.JSONFileSize = nil, nil, nil
		r.Adapter = &a
	case r.Job != nil:
		j := *r.Job
		j.Token, j.Submitted, j.Handle, j.Worker, j.LeaseUntil, j.ETA, j.NotBefore = 0, false, "", "", nil, nil, nil
		r.Job = &j
	}
	return place + asText(tb, r)
}

// checkAgain exports all, imports it into another database, and exports it again.
func checkAgain(t *testing.T, what string, from, to *store.Store) {
	t.Helper()
	records := exported(t, from, everything)
	adapters := map[string]bool{}
	for i := range records {
		if a := records[i].Adapter; a != nil {
			adapters[a.ID] = true
		}
	}
	for i := range records {
		if session := records[i].Session; session != nil { // an adapter in the trash is judged in vain
			session.Feedback = slices.DeleteFunc(session.Feedback, func(f lora.Feedback) bool { return !adapters[f.AdapterID] })
		}
	}
	want := make([]string, len(records))
	for i := range records {
		want[i] = lasting(t, records[i])
		if root := records[i].Root; root != nil {
			if err := to.AddRoot(t.Context(), lora.Root{ID: root.ID, Path: root.Path, Name: root.Name}); err != nil {
				t.Fatal(err)
			}
		}
	}
	importInto(t, to, asSteps(records))
	got := []string{}
	for _, r := range exported(t, to, everything) {
		got = append(got, lasting(t, r))
	}
	drop := func(list []string) []string { return slices.DeleteFunc(list, func(s string) bool { return s == "" }) }
	want, got = drop(want), drop(got)
	for i := range max(len(want), len(got)) {
		if i >= len(want) || i >= len(got) || want[i] != got[i] {
			t.Fatalf("%s: record %d of %d is\n%s\nwant of %d\n%s", what, i, len(got), pickOr(got, i), len(want), pickOr(want, i))
		}
	}
	for i := range records { // what is there already is left as it is
		if a := records[i].Adapter; a != nil {
			match, err := to.FindArchived(t.Context(), []lora.ArchivedAdapter{*a})
			if err != nil || match[0].By != lora.MatchedID || match[0].Adapter.ID != a.ID || match[0].NameHolder != "" {
				t.Fatalf("%s: %s meets %+v, %v", what, a.Name, match, err)
			}
		}
	}
}

// printable drops control characters, as scans and edits do from names.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return -1
		}
		return r
	}, text)
}

func pickOr(list []string, i int) string {
	if i >= len(list) {
		return "nothing"
	}
	return list[i]
}

func TestPromise13_WhatIsExportedAndImportedIsExportedAgainTheSame(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, c database) {
		f := &furnished{Store: openURL(t, c.url, "")}
		if err := f.AddRoot(t.Context(), lora.Root{ID: storetest.RootID, Path: "/srv/loras", Name: odd}); err != nil {
			t.Fatal(err)
		}
		for _, fill := range []func(ctx context.Context) error{f.adapters, f.records, f.jobs, f.taste} {
			if err := fill(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		to := openURL(t, "", t.TempDir())
		if c.name == "sqlite" {
			to = openURL(t, migrated.Copy(t), "")
		}
		checkAgain(t, "all", f.Store, to)
	})
}

// TestPromise13_AnyLibraryIsTheSameAfterAnImport lets a library that goes on changing move
// from one database to the other again and again.
func TestPromise13_AnyLibraryIsTheSameAfterAnImport(t *testing.T) {
	t.Parallel()
	w := &world{Store: openURL(t, "", t.TempDir())}
	if err := w.AddRoot(t.Context(), lora.Root{ID: storetest.RootID, Path: "/srv/loras", Name: "loras"}); err != nil {
		t.Fatal(err)
	}
	for round := range 6 {
		done := rapid.SliceOfN(deeds, 25, 25).Example(100 + round)
		for i := range done {
			done[i].text = printable(done[i].text)
			if err := w.do(t.Context(), &done[i]); err != nil {
				t.Fatalf("round %d, %+v: %v", round, done[i], err)
			}
		}
		to := openURL(t, migrated.Copy(t), "")
		if round%2 == 1 {
			to = openURL(t, "", t.TempDir())
		}
		checkAgain(t, fmt.Sprintf("round %d after %+v", round, done), w.Store, to)
		w.Store = to
	}
}
