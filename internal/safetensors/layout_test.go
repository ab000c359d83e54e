package safetensors

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// TestPromise4_TensorsFillTheDataExactly cuts a data section at random, lists the
// pieces in random order, and then breaks the cut in one of five ways.
func TestPromise4_TensorsFillTheDataExactly(t *testing.T) {
	t.Parallel()
	const rounds = 4000
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 0))
	for range rounds {
		pieces, end := cut(rng)
		dataBytes, wants := int(end), []string{""}
		i := rng.IntN(len(pieces))
		switch rng.IntN(6) {
		case 1: // one piece moves down over its neighbour
			if pieces[i][0] > 0 && pieces[i][1] > pieces[i][0] {
				pieces[i][0]--
				wants = []string{CodeOffsetsOverlap}
			}
		case 2: // one piece loses its first byte
			if pieces[i][1] > pieces[i][0] {
				pieces[i][0]++
				wants = []string{CodeOffsetsHole, CodeOffsetsOverlap}
			}
		case 3: // one piece is listed again
			if pieces[i][1] > pieces[i][0] {
				pieces = append(pieces, pieces[i])
				wants = []string{CodeOffsetsOverlap}
			}
		case 4:
			if dataBytes > 0 {
				dataBytes -= 1 + rng.IntN(dataBytes)
				wants = []string{CodeTruncated}
			}
		case 5:
			dataBytes += 1 + rng.IntN(9)
			wants = []string{CodeTrailingData}
		}
		rng.Shuffle(len(pieces), func(i, j int) { pieces[i], pieces[j] = pieces[j], pieces[i] })
		header := numberedTensors(pieces)
		h, err := readBytes(fileOf(header, dataBytes))
		if code := codeOf(t, err); !slices.Contains(wants, code) {
			t.Fatalf("seed %d: got %q, want one of %q for %d bytes behind %s", seed, code, wants, dataBytes, header)
		}
		if err != nil {
			continue
		}
		at := int64(0)
		for _, tensor := range h.Tensors {
			if tensor.Begin != at {
				t.Fatalf("seed %d: tensors are not in order of their bytes: %+v", seed, h.Tensors)
			}
			at = tensor.End
		}
	}
}

// cut makes up to 12 adjoining pieces, some of them empty.
func cut(rng *rand.Rand) (pieces [][2]int64, end int64) {
	for range 1 + rng.IntN(12) {
		size := int64(max(0, rng.IntN(12)-3))
		pieces = append(pieces, [2]int64{end, end + size})
		end += size
	}
	return pieces, end
}

func numberedTensors(pieces [][2]int64) string {
	var list []string
	for i, p := range pieces {
		list = append(list, fmt.Sprintf(`"t%d":{"dtype":"U8","shape":[%d],"data_offsets":[%d,%d]}`, i, p[1]-p[0], p[0], p[1]))
	}
	return "{" + strings.Join(list, ",") + "}"
}

func TestBitsOfEveryDType(t *testing.T) {
	t.Parallel()
	want := map[string]int{
		"BOOL": 8, "F4": 4, "F6_E2M3": 6, "F6_E3M2": 6, "U8": 8, "I8": 8, "F8_E5M2": 8, "F8_E4M3": 8,
		"F8_E8M0": 8, "F8_E4M3FNUZ": 8, "F8_E5M2FNUZ": 8, "I16": 16, "U16": 16, "F16": 16, "BF16": 16,
		"I32": 32, "U32": 32, "F32": 32, "C64": 64, "F64": 64, "I64": 64, "U64": 64,
	}
	if len(dtypes) != len(want) {
		t.Errorf("%d dtypes, want %d", len(dtypes), len(want))
	}
	for name, bits := range want {
		if got, ok := Bits(name); !ok || got != bits {
			t.Errorf("Bits(%s) = %d, %t; want %d", name, got, ok, bits)
		}
		header := fmt.Sprintf(`{"a":{"dtype":%q,"shape":[2,4],"data_offsets":[0,%d]}}`, name, bits)
		if _, err := readBytes(fileOf(header, bits)); err != nil {
			t.Errorf("eight %s: %v", name, err)
		}
	}
	for _, name := range []string{"", "f16", "F16 ", "F128", "__metadata__"} {
		if bits, ok := Bits(name); ok || bits != 0 {
			t.Errorf("Bits(%q) = %d, %t; want unknown", name, bits, ok)
		}
	}
}
