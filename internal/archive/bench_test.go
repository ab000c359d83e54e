package archive

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"loramanager/internal/lora"
)

// BenchmarkExport sends 2 GiB of adapter files to a file, and copies the same files to the
// same disk, block by block. Run it with -benchtime 1x.
func BenchmarkExport(b *testing.B) {
	const files, size = 4, 512 << 20
	s := &shelf{folder: b.TempDir(), pictures: map[string][]byte{}}
	for i := range files {
		a := s.addAdapter(b, fmt.Sprintf("22222222-0000-4000-8000-%012d", i), fmt.Sprintf("sparse-%d", i), "")
		if err := os.Truncate(filepath.Join(s.folder, filepath.FromSlash(a.RelPath)), size); err != nil {
			b.Fatal(err)
		}
	}
	target := filepath.Join(b.TempDir(), "target")
	b.Run("copy", func(b *testing.B) {
		b.SetBytes(files * size)
		for b.Loop() {
			into(b, target, func(to io.Writer) error {
				for _, r := range s.records {
					if err := copyPlain(to, filepath.Join(s.folder, filepath.FromSlash(r.Adapter.RelPath))); err != nil {
						return err
					}
				}
				return nil
			})
		}
	})
	b.Run("export", func(b *testing.B) {
		a, _ := newArchive(b, s)
		b.SetBytes(files * size)
		for b.Loop() {
			e, err := a.PlanExport(context.Background(), ExportOptions{Adapters: true, Files: true})
			if err != nil {
				b.Fatal(err)
			}
			d, err := a.OpenExport(context.Background(), e.ID, 1)
			if err != nil {
				b.Fatal(err)
			}
			into(b, target, func(to io.Writer) error { return d.WriteRange(context.Background(), to, 0, d.Size) })
			_ = d.Close()
		}
		reportMemory(b)
	})
}

// many is a catalog of as many adapters, made as they are asked for.
type many struct {
	shelf
	adapters int
}

func (m *many) Export(_ context.Context, _ lora.ExportScope, each func(lora.ArchiveRecord) error) error {
	for i := range m.adapters {
		a := exampleAdapter()
		a.ID, a.Name, a.RelPath = fmt.Sprintf("22222222-0000-4000-8000-%012d", i), fmt.Sprintf("adapter %d", i), fmt.Sprintf("folder/%d.safetensors", i)
		if err := each(lora.ArchiveRecord{Adapter: &a}); err != nil {
			return err
		}
	}
	return nil
}

func (m *many) ExportSize(context.Context, lora.ExportScope) (lora.ExportSize, error) {
	return lora.ExportSize{Adapters: m.adapters}, nil
}

// BenchmarkExportMetadata plans and sends what is known of 100,000 adapters, and tells what
// a plan keeps in memory for each of them.
func BenchmarkExportMetadata(b *testing.B) {
	m := &many{adapters: 100_000}
	a, _ := newArchive(b, &m.shelf)
	a.options.Export.Catalog = m
	for b.Loop() {
		before := heap()
		e, err := a.PlanExport(context.Background(), ExportOptions{Adapters: true})
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(heap()-before)/float64(m.adapters), "B/adapter")
		d, err := a.OpenExport(context.Background(), e.ID, 1)
		if err != nil {
			b.Fatal(err)
		}
		if err := d.WriteRange(context.Background(), io.Discard, 0, d.Size); err != nil {
			b.Fatal(err)
		}
		_ = d.Close()
		b.ReportMetric(float64(d.Size)/(1<<20), "MiB/archive")
	}
	reportMemory(b)
}

// heap is how many bytes are in use.
func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc) //nolint:gosec // a computer has less
}

func into(b *testing.B, name string, write func(to io.Writer) error) {
	b.Helper()
	file, err := os.Create(name)
	if err != nil {
		b.Fatal(err)
	}
	if err := write(file); err != nil {
		b.Fatal(err)
	}
	if err := file.Sync(); err != nil {
		b.Fatal(err)
	}
	if err := file.Close(); err != nil {
		b.Fatal(err)
	}
	if err := os.Remove(name); err != nil {
		b.Fatal(err)
	}
}

// copyPlain copies without the calls by which a system copies holes for nothing.
func copyPlain(to io.Writer, name string) error {
	file, err := os.Open(name)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	_, err = io.CopyBuffer(struct{ io.Writer }{to}, struct{ io.Reader }{file}, make([]byte, 1<<20))
	return err
}

// reportMemory tells what the process has asked the system for.
func reportMemory(b *testing.B) {
	b.Helper()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	b.ReportMetric(float64(m.Sys)/(1<<20), "MiB/process")
}
