package guard_test

import (
	"bytes"
	"flag"
	"math/rand/v2"
	"testing"

	"loramanager/internal/guard/ziptest"
)

// flips is how many random bits are changed; `make flips` changes 2,000.
var flips = flag.Int("flips", 200, "random bits to change in an archive")

func TestPromise12_AnyBitThatChangesIsFound(t *testing.T) {
	t.Parallel()
	sealed := ziptest.Sealed()
	seed := rand.Uint64()
	random := rand.New(rand.NewPCG(seed, 0)) //nolint:gosec // not a secret
	for range *flips {
		at, bit := random.IntN(len(sealed)), random.IntN(8)
		data := bytes.Clone(sealed)
		data[at] ^= 1 << bit
		if readAll(data, "") == nil {
			t.Errorf("seed %d: bit %d of byte %d of %d changed, and nobody noticed", seed, bit, at, len(sealed))
		}
	}
}

func TestPromise12_ABitOfEveryByteIsFound(t *testing.T) {
	t.Parallel()
	sealed := ziptest.Sealed()
	data := bytes.Clone(sealed)
	for at := range data {
		data[at] ^= 1 << (at % 8)
		if readAll(data, "") == nil {
			t.Errorf("bit %d of byte %d of %d changed, and nobody noticed", at%8, at, len(sealed))
		}
		data[at] = sealed[at]
	}
}

func TestPromise12_AnArchiveCutAnywhereIsRefused(t *testing.T) {
	t.Parallel()
	sealed := ziptest.Sealed()
	for n := range len(sealed) {
		if readAll(sealed[:n], "") == nil {
			t.Errorf("the first %d bytes of %d are taken for an archive", n, len(sealed))
		}
	}
}

func FuzzZip(f *testing.F) {
	f.Add(ziptest.Plain())
	f.Add(ziptest.Sealed())
	for _, a := range ziptest.Hostile() {
		if len(a.Data) < 1<<14 && a.Passphrase == "" {
			f.Add(a.Data)
		}
	}
	f.Fuzz(func(_ *testing.T, data []byte) {
		if len(data) > 1<<20 {
			return
		}
		_ = readAll(data, "") // neither panics nor takes forever
	})
}
