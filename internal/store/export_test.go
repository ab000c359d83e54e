package store_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"loramanager/internal/lora"
	"loramanager/internal/store"
	"loramanager/internal/store/storetest"
)

// everything is the scope of an export that leaves nothing out.
var everything = lora.ExportScope{Adapters: true, Compositions: true, Jobs: true, Settings: true, Taste: true, Analytics: true}

// exported collects what an export hands out.
func exported(tb testing.TB, s *store.Store, scope lora.ExportScope) (records []lora.ArchiveRecord) {
	tb.Helper()
	err := s.Export(tb.Context(), scope, func(r lora.ArchiveRecord) error {
		records = append(records, r)
		return nil
	})
	if err != nil {
		tb.Fatal(err)
	}
	return records
}

// kindOf names what a record is.
func kindOf(r *lora.ArchiveRecord) string {
	switch {
	case r.Root != nil:
		return "root"
	case r.Setting != nil:
		return "setting"
	case r.Engine != nil:
		return "engine"
	case r.Search != nil:
		return "search"
	case r.Preset != nil:
		return "preset"
	case r.Workflow != nil:
		return "workflow"
	case r.Preference != nil:
		return "preference"
	case r.Adapter != nil:
		return "adapter"
	case r.Composition != nil:
		return "composition"
	case r.Job != nil:
		return "job"
	case r.Session != nil:
		return "session"
	case r.Figure != nil:
		return "figure"
	}
	return "nothing"
}

// outline writes down how many records of each kind come one after the other.
func outline(records []lora.ArchiveRecord) string {
	parts, last, n := []string{}, "", 0
	for i := range records {
		kind := kindOf(&records[i])
		if kind != last && n > 0 {
			parts, n = append(parts, fmt.Sprint(last, " ", n)), 0
		}
		last, n = kind, n+1
	}
	if n > 0 {
		parts = append(parts, fmt.Sprint(last, " ", n))
	}
	return strings.Join(parts, ", ")
}

func asText(tb testing.TB, v any) string {
	tb.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		tb.Fatal(err)
	}
	return string(text)
}

func TestAnExportHandsOutEverythingOnceAndInOrder(t *testing.T) {
	t.Parallel()
	pair(t, furnishQuickly, func(t *testing.T, from *furnished, to *store.Store, _ database) {
		records := exported(t, from.Store, everything)
		want := "root 1, setting 2, engine 2, search 1, preset 1, workflow 1, preference 1, adapter 29, composition 2, job 16, session 1, figure"
		if got := outline(records); !strings.HasPrefix(got, want) {
			t.Errorf("it hands out %s,\nwant %s", got, want)
		}
		if strings.Contains(asText(t, records), enginePass) {
			t.Error("it hands out a password")
		}
		for i := range records {
			if c := records[i].Composition; c != nil && (len(c) != 2 || c[0].Version != 1 || c[1].Suffix != "changed") {
				t.Errorf("versions %+v", c)
			}
			if s := records[i].Session; s != nil && (s.ID != "s1" || len(s.Feedback) != 1 || s.Feedback[0].AdapterID != from.ids[6] || *s.Feedback[0].Reason != odd) {
				t.Errorf("session %+v", s)
			}
			if f := records[i].Figure; f != nil && !strings.HasPrefix(string(f), `{"day":"2025-01-0`) {
				t.Errorf("a figure %s", f)
			}
		}
		checkJobs(t, from, records)
		checkAdapters(t, from, records)
		dumpOf(t, from.Store).loadInto(t, to)
		if a, b := asText(t, records), asText(t, exported(t, to, everything)); a != b {
			t.Errorf("the other database hands out other records:\n%.3000s\n%.3000s", a, b)
		}
	})
}

func checkJobs(t *testing.T, from *furnished, records []lora.ArchiveRecord) {
	t.Helper()
	for i := range records {
		job := records[i].Job
		if job == nil {
			continue
		}
		kept, err := from.Job(t.Context(), job.ID)
		if err != nil || asText(t, kept) != asText(t, job) {
			t.Errorf("a job %+v, is %+v: %v", job, kept, err)
		}
		inputs := records[i].Inputs
		if started := strings.HasPrefix(job.ID, "extra-"); started != (len(inputs) == 1) || started && inputs[0] != storetest.Picture(900) {
			t.Errorf("%s started from %+v", job.ID, inputs)
		}
	}
}

func checkAdapters(t *testing.T, from *furnished, records []lora.ArchiveRecord) {
	t.Helper()
	files, found := storetest.Batch(0, 30), 0
	for i := range records {
		a := records[i].Adapter
		if a == nil {
			continue
		}
		found++
		kept, err := from.Adapter(t.Context(), a.ID)
		kept.DuplicateCount = 0 // follows from the others
		if err != nil || asText(t, kept) != asText(t, a.Adapter) {
			t.Errorf("an adapter\n%s, is\n%s: %v", asText(t, a.Adapter), asText(t, kept), err)
		}
		n := slices.Index(from.ids, a.ID)
		if n == 3 {
			files[n].RelPath = "raw \xff\xfe/\u00e9.safetensors"
		}
		if a.RelPath != files[n].RelPath || a.RootPath != "/srv/loras" || a.Stamp != files[n].Stamp || a.PreviewRel != files[n].PreviewRel || a.QuickDigest != files[n].QuickDigest {
			t.Errorf("the file of adapter %d: %+v, want %+v", n, a, files[n])
		}
		if (len(a.Claimed) == 1) != (n%2 == 0) || (len(a.Digests) == 2) != (n >= 5 && n < 10) || (a.Alias == "trained as "+odd) != (n == 5) ||
			(a.Origin == "archive" && a.OriginDetail == "x.zip") != (n == 4) || (a.FileState == lora.FileMissing) != (n == 1) {
			t.Errorf("adapter %d: %+v", n, a)
		}
	}
	if found != 29 {
		t.Errorf("%d adapters", found)
	}
}

func TestAnExportHandsOutWhatItsScopeNames(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, c database) {
		f := furnishQuickly(t, c)
		for name, x := range map[string]struct {
			scope lora.ExportScope
			want  string
		}{
			"nothing":           {lora.ExportScope{}, ""},
			"adapters":          {lora.ExportScope{Adapters: true}, "root 1, adapter 29"},
			"some adapters":     {lora.ExportScope{Adapters: true, AdapterIDs: []string{f.ids[9], f.ids[2], "none", f.ids[0], f.ids[9], f.ids[1]}}, "root 1, adapter 3"},
			"none of them":      {lora.ExportScope{Adapters: true, AdapterIDs: []string{}}, "root 1"},
			"compositions":      {lora.ExportScope{Compositions: true}, "search 1, preset 1, workflow 1, composition 2"},
			"settings":          {lora.ExportScope{Settings: true}, "setting 2, engine 2"},
			"taste":             {lora.ExportScope{Taste: true}, "preference 1, session 1"},
			"jobs":              {lora.ExportScope{Jobs: true}, "job 16"},
			"jobs from a time":  {lora.ExportScope{Jobs: true, From: storetest.ResultTime(8)}, "job 9"},
			"jobs until a time": {lora.ExportScope{Jobs: true, Until: storetest.ResultTime(10)}, "job 9"},
			"jobs of a moment":  {lora.ExportScope{Jobs: true, From: storetest.ResultTime(5), Until: storetest.ResultTime(6)}, "job 1"},
		} {
			records := exported(t, f.Store, x.scope)
			if got := outline(records); got != x.want {
				t.Errorf("%s: %s, want %s", name, got, x.want)
			}
			checkSize(t, name, f.Store, x.scope, records)
		}
	})
}

// checkSize compares what an export hands out with what was said about it.
func checkSize(t *testing.T, name string, s *store.Store, scope lora.ExportScope, records []lora.ArchiveRecord) {
	t.Helper()
	got, err := s.ExportSize(t.Context(), scope)
	want, metadata, jobs, pictures := lora.ExportSize{}, int64(0), int64(0), make(map[string]bool)
	for i := range records {
		if a := records[i].Adapter; a != nil {
			want.Adapters++
			metadata += int64(len(asText(t, a)))
			if a.FileState != lora.FileMissing {
				want.Files, want.FileBytes = want.Files+1, want.FileBytes+int64(a.FileSize)
			}
		}
		if records[i].Composition != nil {
			want.Compositions++
		}
		if job := records[i].Job; job != nil {
			want.Jobs++
			jobs += int64(len(asText(t, job)))
			for _, image := range job.Images {
				if !pictures[image.SHA256] {
					pictures[image.SHA256] = true
					want.Images, want.ImageBytes = want.Images+1, want.ImageBytes+int64(image.SizeBytes)
				}
			}
		}
	}
	if !near(got.MetadataBytes, metadata) || !near(got.JobBytes, jobs) {
		t.Errorf("%s: metadata %d, is %d; jobs %d, are %d", name, got.MetadataBytes, metadata, got.JobBytes, jobs)
	}
	got.MetadataBytes, got.JobBytes = 0, 0
	if err != nil || got != want {
		t.Errorf("%s: %+v, want %+v: %v", name, got, want, err)
	}
}

// near reports whether an estimate is of use.
func near(estimate, real int64) bool { return estimate*4 >= real*3 && estimate*3 <= real*4 }

func TestTheSizeOfAnExportFollowsTheCatalog(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, c database) {
		s := openURL(t, c.url, "")
		for n := range 3 {
			if _, err := s.SaveScanned(t.Context(), storetest.Batch(n, 1)); err != nil {
				t.Fatal(err)
			}
			for range 2 {
				if size, err := s.ExportSize(t.Context(), lora.ExportScope{Adapters: true}); err != nil || size.Adapters != n+1 {
					t.Errorf("%+v after %d adapters: %v", size, n+1, err)
				}
			}
		}
	})
}

func TestAnExportIsOfOneMoment(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, c database) {
		f := furnishQuickly(t, c)
		before, after := asText(t, exported(t, f.Store, everything)), []lora.ArchiveRecord{}
		err := f.Export(t.Context(), everything, func(r lora.ArchiveRecord) error {
			if after = append(after, r); len(after) > 1 {
				return nil
			}
			_, _, err := f.Patch(t.Context(), f.ids[20], map[string]json.RawMessage{"notes": []byte(`"meanwhile"`)})
			if err == nil {
				_, err = f.DeleteAdapters(t.Context(), f.ids[25:27])
			}
			if err == nil {
				_, err = f.TrashResults(t.Context(), []string{"job-5"})
			}
			if err == nil {
				_, err = f.CancelJob(t.Context(), "extra-2")
			}
			if err == nil {
				_, err = f.AddComposition(t.Context(), lora.Composition{Name: "meanwhile"})
			}
			return err
		})
		if text := asText(t, after); err != nil || text != before {
			t.Errorf("of several moments (%v):\n%.2000s\n%.2000s", err, text, before)
		}
	})
}

func TestAnExportEndsWithTheErrorOfWhoTakesIt(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, c database) {
		f := furnishQuickly(t, c)
		full := errors.New("no more room")
		for _, stop := range []int{1, 3, 45} {
			n := 0
			err := f.Export(t.Context(), everything, func(lora.ArchiveRecord) error {
				if n++; n == stop {
					return full
				}
				return nil
			})
			if err != full || n != stop { //nolint:errorlint // it is not wrapped
				t.Errorf("after %d of %d: %v", n, stop, err)
			}
		}
		ctx, cancel := context.WithCancel(t.Context())
		n := 0
		err := f.Export(ctx, everything, func(lora.ArchiveRecord) error { n++; cancel(); return nil })
		if !errors.Is(err, context.Canceled) || n != 1 {
			t.Errorf("cancelled after %d: %v", n, err)
		}
	})
}
