package archive

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// BenchmarkImportOfFiles brings in 1,000 adapters, each with a file, a sidecar and a preview:
// what many small files cost beside their bytes.
func BenchmarkImportOfFiles(b *testing.B) {
	const n = 1000
	from := filepath.Join(b.TempDir(), "from")
	if err := os.MkdirAll(from, 0o755); err != nil {
		b.Fatal(err)
	}
	for i := range n {
		stem := filepath.Join(from, fmt.Sprintf("ink %d", i))
		for name, data := range map[string][]byte{".safetensors": weights(fmt.Sprint(i)), ".json": []byte(`{"description":"ink"}`), ".png": pictureBytes(uint8(i))} {
			if err := os.WriteFile(stem+name, data, 0o600); err != nil {
				b.Fatal(err)
			}
		}
	}
	for b.Loop() {
		b.StopTimer()
		p := newPlace(b)
		b.StartTimer()
		id, _ := p.planned(ImportRequest{Paths: []string{from}})
		planned := b.Elapsed()
		p.apply(id)
		b.ReportMetric(float64(planned.Milliseconds()), "plan-ms")
		b.StopTimer()
		p.clean()
		b.StartTimer()
	}
}
