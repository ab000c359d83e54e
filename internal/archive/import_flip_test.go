package archive

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"loramanager/internal/lora"
)

func TestPromise2_AFlippedBitOfAnImportIsFoundBeforeAnythingIsWritten(t *testing.T) {
	t.Parallel()
	const flips = 200
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 2))
	from, to := newPlace(t), newPlace(t)
	from.fill(r)
	whole, err := os.ReadFile(from.export(exportAll())[0])
	if err != nil {
		t.Fatal(err)
	}
	damaged := filepath.Join(t.TempDir(), "export.zip")
	for range flips {
		data := append([]byte(nil), whole...)
		bit := r.IntN(len(data) * 8)
		data[bit/8] ^= 1 << (bit % 8)
		to.write(damaged, data)
		got := to.plan(ImportRequest{Paths: []string{damaged}})
		if got.State == lora.TransferPlanned {
			got = to.tryApply(got.ID)
		}
		if got.State != lora.TransferFailed || !strings.Contains(got.Error, "export.zip") {
			t.Fatalf("bit %d of byte %d of %d: %s in %s: %q", bit%8, bit/8, len(data), got.State, got.Phase, got.Error)
		}
		if files := to.tree(); len(files) > 0 {
			t.Fatalf("bit %d of byte %d: it left %q", bit%8, bit/8, files)
		}
	}
	if len(to.adapters()) > 0 {
		t.Error("something came in")
	}
	to.clean()
}
