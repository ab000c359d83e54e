package guard

import (
	"archive/zip"
	"bytes"
	"io"
	"strings"
	"testing"
	"time"
)

func zipped(name, content string) Zipped {
	return Zipped{Name: name, Size: int64(len(content)), Modified: time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC), Open: func() (io.ReadCloser, error) {
		return io.NopCloser(strings.NewReader(content)), nil
	}}
}

func TestAnArchiveHasTheSizeThatWasSaid(t *testing.T) {
	t.Parallel()
	files := []Zipped{zipped("a/metadata.json", "{}"), zipped("a/ü 猫.png", strings.Repeat("x", 3<<20)), zipped("empty", "")}
	for n := range len(files) + 1 {
		var out bytes.Buffer
		if err := WriteZip(&out, files[:n]); err != nil {
			t.Fatal(err)
		}
		size, err := ZipSize(files[:n])
		if err != nil || size != int64(out.Len()) {
			t.Errorf("%d files: said %d, wrote %d, %v", n, size, out.Len(), err)
		}
		r, err := zip.NewReader(bytes.NewReader(out.Bytes()), int64(out.Len()))
		if err != nil || len(r.File) != n {
			t.Fatalf("%d files cannot be read back: %v", n, err)
		}
		for i, f := range r.File {
			from, err := f.Open()
			if err != nil {
				t.Fatal(err)
			}
			content, err := io.ReadAll(from)
			if err != nil || int64(len(content)) != files[i].Size || f.Name != files[i].Name {
				t.Errorf("%s: %d bytes, %v", f.Name, len(content), err)
			}
		}
	}
}

func TestAFileOfAnotherSizeIsNoArchive(t *testing.T) {
	t.Parallel()
	for _, size := range []int64{3, 5} {
		file := zipped("a", "1234")
		file.Size = size
		if err := WriteZip(io.Discard, []Zipped{file}); err == nil {
			t.Errorf("said %d instead of 4, and nobody noticed", size)
		}
	}
}
