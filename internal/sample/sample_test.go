package sample_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"loramanager/internal/inspect"
	"loramanager/internal/lora"
	"loramanager/internal/safetensors"
	"loramanager/internal/sample"
	"loramanager/internal/sidecar"
)

// tree lists the files below dir with the digests of their contents.
func tree(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(p)
		sum := sha256.Sum256(data)
		files[strings.TrimPrefix(p, dir)] = hex.EncodeToString(sum[:])
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func write(t *testing.T, n int, o sample.Options) string {
	t.Helper()
	dir := t.TempDir()
	if err := sample.Write(t.Context(), dir, n, o); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestPromise1_TheSameSeedWritesTheSameLibrary(t *testing.T) {
	t.Parallel()
	o := sample.Options{Seed: 7, Broken: 30}
	first, second := tree(t, write(t, 60, o)), tree(t, write(t, 60, o))
	if len(first) < 120 || len(first) != len(second) {
		t.Fatalf("%d and %d files", len(first), len(second))
	}
	for name, sum := range first {
		if second[name] != sum {
			t.Errorf("%s differs", name)
		}
	}
	other := tree(t, write(t, 60, sample.Options{Seed: 8}))
	same := 0
	for name, sum := range first {
		if other[name] == sum {
			same++
		}
	}
	if same > 0 {
		t.Errorf("%d files are the same under another seed", same)
	}
}

func TestPromise2_EveryAdapterIsValidAndIsWhatItClaims(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]sample.Options{
		"small":                    {Seed: 1},
		"sparse with long headers": {Seed: 2, Sparse: true, MinHeader: 5 << 10, MaxHeader: 100 << 10, Shape: sample.Flat},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bases, kinds, formats := map[string]int{}, map[string]int{}, map[sidecar.Format]int{}
			unknown, total, headers := 0, 0, int64(0)
			dir := write(t, 300, o)
			for name := range tree(t, dir) {
				data, err := os.ReadFile(filepath.Join(dir, name))
				if err != nil {
					t.Fatal(err)
				}
				_, role, _ := sidecar.Split(filepath.Base(name))
				switch role {
				case sidecar.Description:
					s, err := sidecar.Parse(filepath.Base(name), data)
					if err != nil {
						t.Fatalf("%s: %v", name, err)
					}
					formats[s.Format]++
				case sidecar.Adapter:
					h, err := safetensors.Read(strings.NewReader(string(data)), int64(len(data)), safetensors.Limits{})
					if err != nil {
						t.Fatalf("%s: %v", name, err)
					}
					r := inspect.Inspect(h, inspect.Options{})
					if r.Worst() == lora.Defect {
						t.Errorf("%s: %+v", name, r.Findings)
					}
					bases[r.Base.ID]++
					kinds[r.Kind]++
					total++
					headers += h.HeaderBytes
					if r.Base.ID == lora.UnknownBase {
						unknown++
					}
				}
			}
			if total != 300 || unknown > total/20 || len(bases) < 8 || len(kinds) < 5 || len(formats) < 7 {
				t.Errorf("%d adapters, %d unknown, bases %v, kinds %v, sidecars %v", total, unknown, bases, kinds, formats)
			}
			if mean := headers / int64(total); o.MaxHeader > 0 && (mean < 15<<10 || mean > 50<<10) {
				t.Errorf("headers have %d bytes on average", mean)
			}
		})
	}
}

func TestPromise2_BrokenFilesAreAsBrokenAsTheySay(t *testing.T) {
	t.Parallel()
	dir := write(t, 1, sample.Options{Broken: sample.BrokenNames()})
	files, err := filepath.Glob(filepath.Join(dir, "broken", "*.safetensors"))
	if err != nil || len(files) < 15 {
		t.Fatalf("%d files: %v", len(files), err)
	}
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := safetensors.Read(strings.NewReader(string(data)), int64(len(data)), safetensors.Limits{}); err == nil {
			t.Errorf("%s is valid", filepath.Base(name))
		}
	}
}

func TestPromise3_NothingIsOverwritten(t *testing.T) {
	t.Parallel()
	dir := write(t, 3, sample.Options{})
	before := tree(t, dir)
	if err := sample.Write(t.Context(), dir, 3, sample.Options{}); lora.CodeOf(err) != lora.Conflict {
		t.Fatalf("got %v", err)
	}
	if after := tree(t, dir); len(after) != len(before) {
		t.Error("files were added")
	}
}

func TestNamesDoNotRepeatInALargeLibrary(t *testing.T) {
	t.Parallel()
	last := 0
	dir := write(t, 4000, sample.Options{Sparse: true, Shape: sample.Flat, Bare: 100, Progress: func(done, total int) {
		if done != last+1 || total != 4000 {
			t.Errorf("progress %d after %d", done, last)
		}
		last = done
	}})
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 4000 || last != 4000 {
		t.Errorf("%d files, %d told: %v", len(entries), last, err)
	}
}

func TestWriteStopsWhenItsContextEnds(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	err := sample.Write(ctx, t.TempDir(), 1000, sample.Options{Sparse: true, Progress: func(done, _ int) {
		if done == 5 {
			cancel()
		}
	}})
	if err == nil {
		t.Error("it went on")
	}
}
