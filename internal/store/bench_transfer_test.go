//go:build unix

package store_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"loramanager/internal/lora"
	"loramanager/internal/store"
	"loramanager/internal/store/pgtest"
)

// BenchmarkExport100k hands out 100,000 adapters.
func BenchmarkExport100k(b *testing.B) {
	s := open100k(b)
	cpu(b)
	for b.Loop() {
		n := 0
		must(b, s.Export(b.Context(), lora.ExportScope{Adapters: true}, func(r lora.ArchiveRecord) error {
			if r.Adapter != nil {
				n++
			}
			return nil
		}))
		if n != benchSize {
			b.Fatalf("%d adapters", n)
		}
	}
}

// BenchmarkExportSize100k measures 100,000 adapters after a change.
func BenchmarkExportSize100k(b *testing.B) {
	s := open100k(b)
	cpu(b)
	for b.Loop() {
		size, err := s.ExportSize(b.Context(), lora.ExportScope{Adapters: true})
		must(b, err)
		if size.Adapters != benchSize {
			b.Fatalf("%+v", size)
		}
		b.StopTimer()
		_, err = s.MarkPresent(b.Context(), []string{"none"}) // a change of the catalog
		must(b, err)
		b.StartTimer()
	}
}

// BenchmarkDump100k dumps 100,000 adapters.
func BenchmarkDump100k(b *testing.B) {
	s := open100k(b)
	cpu(b)
	written := int64(0)
	for b.Loop() {
		to := &countingWriter{}
		_, _, err := s.Dump(b.Context(), func(string) (io.Writer, error) { return to, nil })
		must(b, err)
		written = to.n
	}
	b.ReportMetric(float64(written)/(1<<20), "MiB")
}

type countingWriter struct{ n int64 }

func (w *countingWriter) Write(p []byte) (int, error) {
	w.n += int64(len(p))
	return len(p), nil
}

// BenchmarkLoad100k loads 100,000 adapters into an empty database, and then over
// themselves.
func BenchmarkLoad100k(b *testing.B) {
	for name, open := range map[string]func(b *testing.B) *store.Store{
		"sqlite":   func(b *testing.B) *store.Store { b.Helper(); return openURL(b, "", b.TempDir()) },
		"postgres": func(b *testing.B) *store.Store { b.Helper(); return openURL(b, pgtest.Database(b), "") },
	} {
		b.Run(name, func(b *testing.B) {
			from, dir := open100k(b), b.TempDir()
			_, checksum, err := from.Dump(b.Context(), func(table string) (io.Writer, error) {
				file, err := os.Create(filepath.Join(dir, table)) //nolint:gosec // a folder of this benchmark
				b.Cleanup(func() { must(b, file.Close()) })
				return file, err
			})
			must(b, err)
			to := open(b)
			var ts times
			for b.Loop() {
				ts.measure(func() {
					_, err := to.Load(b.Context(), from.Schema(), func(table string) (io.Reader, error) {
						content, err := os.ReadFile(filepath.Join(dir, table)) //nolint:gosec // a folder of this benchmark
						return bytes.NewReader(content), err
					}, func(sum string) error {
						if sum != checksum {
							return errors.New("another checksum")
						}
						return nil
					})
					must(b, err)
				})
			}
			b.ReportMetric(ts[0].Seconds(), "first-s")
		})
	}
}
