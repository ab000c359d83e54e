package store

import (
	"bytes"
	"io"
	"testing"

	"loramanager/internal/lora"
)

func TestPromise6_AFullDiskTakesALoadBackAsAWhole(t *testing.T) {
	t.Parallel()
	from, _ := openFault(t)
	to, _ := openFault(t)
	for i := range 200 {
		if _, err := from.SaveScanned(t.Context(), []lora.ScannedFile{fileNamed("x", i)}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := to.SaveScanned(t.Context(), []lora.ScannedFile{fileNamed("old", 1)}); err != nil {
		t.Fatal(err)
	}
	tables, before := dumpInto(t, from)
	_, old := dumpInto(t, to)
	limitPages(t, to, 60)
	_, err := to.Load(t.Context(), from.Schema(), func(table string) (io.Reader, error) { return bytes.NewReader(tables[table].Bytes()), nil }, func(string) error { return nil })
	if lora.CodeOf(err) != lora.StorageFull {
		t.Errorf("on a full disk: %v", err)
	}
	if _, now := dumpInto(t, to); now != old {
		t.Error("it left something behind")
	}
	limitPages(t, to, 1<<30)
	_, err = to.Load(t.Context(), from.Schema(), func(table string) (io.Reader, error) { return bytes.NewReader(tables[table].Bytes()), nil }, func(string) error { return nil })
	if _, now := dumpInto(t, to); err != nil || now != before {
		t.Errorf("with room again: %v", err)
	}
}

func dumpInto(t *testing.T, s *Store) (map[string]*bytes.Buffer, string) {
	t.Helper()
	tables := make(map[string]*bytes.Buffer)
	_, checksum, err := s.Dump(t.Context(), func(table string) (io.Writer, error) {
		tables[table] = new(bytes.Buffer)
		return tables[table], nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return tables, checksum
}
