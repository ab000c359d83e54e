package storetest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"loramanager/internal/catalog"
	"loramanager/internal/lora"
	"loramanager/internal/store"
)

// Open opens a store on an empty database that is closed when the test ends.
type Open func(t testing.TB) *store.Store

// Run runs the whole suite.
func Run(t *testing.T, open Open) {
	t.Helper()
	for _, group := range [][]test{scanTests, editTests, createTests, placeTests, rootTests, digestTests, queryTests, logTests, orphanTests, jobTests, queueTests, machineTests, resultTests, questionTests, pictureTests, figureTests, sampleTests, keptTests, findTests, recommendTests, transferTests, importTests, hubTests, accountTests, loginTests, leaseTests, auditTests, markTests, resultMarkTests, shareTests} {
		for _, c := range group {
			t.Run(c.name, func(t *testing.T) {
				t.Parallel()
				s := open(t)
				if err := s.AddRoot(t.Context(), lora.Root{ID: RootID, Path: "/srv/loras", Name: "loras", Writable: true}); err != nil {
					t.Fatal(err)
				}
				c.run(&suite{TB: t, Store: s, ctx: t.Context()})
			})
		}
	}
}

type test struct {
	name string
	run  func(s *suite)
}

// suite is one test with its store; its helpers end the test on errors.
type suite struct {
	testing.TB
	*store.Store
	ctx context.Context //nolint:containedctx // lives as long as the test
}

func (s *suite) ok(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

// fails checks the code of an error.
func (s *suite) fails(err error, code lora.Code) {
	s.Helper()
	if lora.CodeOf(err) != code {
		s.Fatalf("error %v has the code %q, want %q", err, lora.CodeOf(err), code)
	}
}

// save saves one file and returns what became of it.
func (s *suite) save(f lora.ScannedFile) lora.SaveResult {
	s.Helper()
	results, err := s.SaveScanned(s.ctx, []lora.ScannedFile{f})
	s.ok(err)
	return results[0]
}

// fill saves the first n files of the fixed sequence and returns their ids.
func (s *suite) fill(n int) []string {
	s.Helper()
	results, err := s.SaveScanned(s.ctx, Batch(0, n))
	s.ok(err)
	ids := make([]string, n)
	for i, r := range results {
		ids[i] = r.AdapterID
	}
	return ids
}

func (s *suite) adapter(id string) lora.Adapter {
	s.Helper()
	a, err := s.Adapter(s.ctx, id)
	s.ok(err)
	return a
}

// patch edits an adapter with a JSON object and returns the undo id.
func (s *suite) patch(id, body string) string {
	s.Helper()
	undo, err := s.tryPatch(id, body)
	s.ok(err)
	return undo
}

func (s *suite) tryPatch(id, body string) (string, error) {
	s.Helper()
	var patch map[string]json.RawMessage
	s.ok(json.Unmarshal([]byte(body), &patch))
	_, undo, err := s.Patch(s.ctx, id, patch)
	return undo, err
}

// find returns the ids a query matches, sorted.
// setTrashed is SetTrashed for one adapter.
func (s *suite) setTrashed(id, trashRel string) error {
	refused, err := s.SetTrashed(s.ctx, []lora.Place{{AdapterID: id, TrashRel: trashRel}})
	return errors.Join(append(refused, err)...)
}

// relocate is Relocate for one adapter.
func (s *suite) relocate(id, rootID, relPath, previewRel string) error {
	refused, err := s.Relocate(s.ctx, []lora.Relocation{{AdapterID: id, RootID: rootID, RelPath: relPath, PreviewRel: previewRel}})
	return errors.Join(append(refused, err)...)
}

func (s *suite) find(q string) []string {
	s.Helper()
	ids, err := s.MatchingIDs(s.ctx, catalog.Query{Text: q})
	s.ok(err)
	slices.Sort(ids)
	return ids
}

func (s *suite) finds(q string, want ...string) {
	s.Helper()
	want = slices.Sorted(slices.Values(want))
	if got := s.find(q); !slices.Equal(got, want) {
		s.Errorf("%q finds %v, want %v", q, got, want)
	}
}

// same compares two values by their JSON.
func (s *suite) same(what string, got, want any) {
	s.Helper()
	g, err := json.MarshalIndent(got, "", " ")
	s.ok(err)
	w, err := json.MarshalIndent(want, "", " ")
	s.ok(err)
	if string(g) != string(w) {
		s.Errorf("%s differs:\n%s", what, differences(string(g), string(w)))
	}
}

// differences lists the lines that differ.
func differences(got, want string) string {
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	var b strings.Builder
	for i := range max(len(g), len(w)) {
		var left, right string
		if i < len(g) {
			left = g[i]
		}
		if i < len(w) {
			right = w[i]
		}
		if left != right && b.Len() < 1000 {
			fmt.Fprintf(&b, "got  %s\nwant %s\n", left, right)
		}
	}
	return b.String()
}

// plain is a file with nothing but a name, at a place of its own.
func plain(name, rel string) lora.ScannedFile {
	f := lora.ScannedFile{
		RootID: RootID, RelPath: rel,
		Stamp:       lora.FileStamp{Size: 1000, MtimeNS: time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC).UnixNano(), Dev: 1, Inode: 2},
		QuickDigest: "00",
	}
	f.Proposed = lora.Adapter{
		Name: name, FileName: rel, FilePath: "/srv/loras/" + rel, FileState: lora.FileOK, Weight: 1,
		BaseModel: "sdxl", Kind: "lora", Sources: map[string]lora.Source{"name": lora.FromGuess},
	}
	return f
}

func ptr[T any](v T) *T { return &v }
