package safetensors

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"

	"loramanager/internal/lora"
)

// allocated runs f and returns the bytes it allocated. It measures the whole
// process, so its tests do not run in parallel.
func allocated(f func()) int64 {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return int64(after.TotalAlloc - before.TotalAlloc) //nolint:gosec // a difference of counters
}

// shortFile ends after its bytes although it is said to be larger.
func shortFile(header string, declared uint64) io.ReaderAt {
	return bytes.NewReader(append(binary.LittleEndian.AppendUint64(nil, declared), header...))
}

//nolint:paralleltest // see allocated
func TestPromise2_MemoryFollowsTheFileNotItsClaims(t *testing.T) {
	for _, c := range []struct {
		name  string
		r     io.ReaderAt
		size  int64
		limit int64
	}{
		{"a header of 16 MiB in a file of 200 KiB that says it has 1 TiB", shortFile("{"+strings.Repeat(" ", 200<<10), 16<<20), 1 << 40, 1 << 20},
		{"a header of 2^63 bytes", shortFile("{", 1<<63), 9, 1 << 19},
		{"a header of 16 MiB that is no object", shortFile("x"+strings.Repeat(" ", 300<<10), 16<<20), 1 << 40, 1 << 19},
		{"a tensor of 2^60 bytes in a file of 100", bytes.NewReader(fileOf(tensorsOf([2]int64{0, 1 << 60}), 8)), 100, 1 << 19},
		{"a shape that never ends", bytes.NewReader(fileOf(`{"a":{"shape":[`+strings.Repeat("0,", 100_000), 0)), 200_023, 2 << 20},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := allocated(func() { _, _ = Read(c.r, c.size, DefaultLimits()) }); got > c.limit {
				t.Errorf("allocated %d bytes, want at most %d", got, c.limit)
			}
		})
	}
}

// worstHeaders are 16 MiB of whatever costs most, most of them within the limits.
func worstHeaders() map[string]string {
	const full = 16 << 20
	pad := func(s string) string { return s + strings.Repeat(" ", max(0, full-len(s))) }
	var reversed, dims strings.Builder
	for i := range 100_000 {
		n := 100_000 - i
		fmt.Fprintf(&reversed, `%c"%064d":{"dtype":"U8","shape":[1],"data_offsets":[%d,%d]}`, "{,"[min(i, 1)], i, n-1, n)
		fmt.Fprintf(&dims, `%c"%d":{"dtype":"U8","shape":[%s0],"data_offsets":[0,0]}`, "{,"[min(i, 1)], i, strings.Repeat("0,", 7))
	}
	return map[string]string{
		"100,000 tensors in reverse order":     pad(reversed.String() + "}"),
		"100,000 tensors of 8 dimensions":      pad(dims.String() + "}"),
		"100,000 metadata entries":             pad(`{"__metadata__":` + manyPairs(100_000) + `}`),
		"nothing but escapes":                  `{"__metadata__":{"k":"` + strings.Repeat(`\n`, 2<<20) + `","l":"` + strings.Repeat(`\u00e9`, 1<<20) + `"}}`,
		"a string of surrogate pairs":          `{"__metadata__":{"k":"` + strings.Repeat(`\ud83d\ude00`, full/12-10) + `"}}`,
		"a string without an end":              `{"` + strings.Repeat(`\"`, full/2-2),
		"white space":                          pad("{"),
		"lists in lists":                       `{"a":` + strings.Repeat("[", full-10),
		"a value that nests and closes":        `{"a":[` + strings.Repeat("[],", full/3-10),
		"one tensor 150,000 times":             `{` + strings.TrimSuffix(strings.Repeat(`"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},`, 150_000), ",") + `}`,
		"two-byte characters to the very end":  `{"` + strings.Repeat("é", full/2-2),
		"bad UTF-8 in the very last character": `{"` + strings.Repeat("é", full/2-2) + "\xFF",
	}
}

//nolint:paralleltest // see allocated
func TestPromise3_TheWorstHeadersCostLittle(t *testing.T) {
	for name, header := range worstHeaders() {
		file := fileOf(header, 0)
		if strings.Contains(name, "reverse") {
			file = fileOf(header, 100_000)
		}
		t.Run(name, func(t *testing.T) {
			var h *lora.Header
			var err error
			bytes := allocated(func() { h, err = readBytes(file) })
			t.Logf("%d bytes of header: %.1f MiB allocated, header %t, error %v", len(header), float64(bytes)/(1<<20), h != nil, err)
			// In total; what is held at a time is about a third of it.
			if bytes > 192<<20 {
				t.Errorf("allocated %d bytes, want at most 192 MiB", bytes)
			}
		})
	}
}

//nolint:paralleltest // allocations are counted
func TestAnOrdinaryFileTakesFewAllocations(t *testing.T) {
	header, dataBytes := realisticHeader(800, 10<<10)
	r := bytes.NewReader(fileOf(header, dataBytes))
	allocations := testing.AllocsPerRun(50, func() {
		if _, err := Read(r, r.Size(), DefaultLimits()); err != nil {
			t.Fatal(err)
		}
	})
	if allocations > 64 { // 9 as a rule; the race detector empties pools at random
		t.Errorf("%v allocations, want at most 64", allocations)
	}
}
