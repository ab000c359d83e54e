package safetensors

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"io"
	"testing"
)

// The benchmarks count header bytes, so that their MB/s can be compared. The
// three headers hold 10 KiB of metadata and 390 tensors (60 KiB in all, the usual
// size), 800 tensors, and 800 tensors listed out of order.

type benchmarkFile struct {
	name  string
	bytes []byte
}

func benchmarkFiles() []benchmarkFile {
	usual, usualData := realisticHeader(390, 10<<10)
	large, largeData := realisticHeader(800, 10<<10)
	return []benchmarkFile{
		{"usual", fileOf(usual, usualData)},
		{"large", fileOf(large, largeData)},
		{"shuffled", fileOf(shuffleTensors(large), largeData)},
	}
}

func BenchmarkRead(b *testing.B) {
	for _, file := range benchmarkFiles() {
		b.Run(file.name, func(b *testing.B) {
			r := bytes.NewReader(file.bytes)
			b.SetBytes(int64(binary.LittleEndian.Uint64(file.bytes)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Read(r, r.Size(), DefaultLimits()); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkEncodingJSON(b *testing.B) {
	for _, file := range benchmarkFiles() {
		b.Run(file.name, func(b *testing.B) {
			r := bytes.NewReader(file.bytes)
			b.SetBytes(int64(binary.LittleEndian.Uint64(file.bytes)))
			b.ReportAllocs()
			for b.Loop() {
				if err := readWithEncodingJSON(r); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// readWithEncodingJSON is the usual way to read a header, without any check.
func readWithEncodingJSON(r io.ReaderAt) error {
	var length [lengthBytes]byte
	if _, err := r.ReadAt(length[:], 0); err != nil {
		return err
	}
	header := make([]byte, binary.LittleEndian.Uint64(length[:]))
	if _, err := r.ReadAt(header, lengthBytes); err != nil {
		return err
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(header, &members); err != nil {
		return err
	}
	for name, raw := range members {
		if name == metadataKey {
			var metadata map[string]string
			if err := json.Unmarshal(raw, &metadata); err != nil {
				return err
			}
			continue
		}
		var tensor struct {
			DType   string   `json:"dtype"`
			Shape   []int64  `json:"shape"`
			Offsets [2]int64 `json:"data_offsets"`
		}
		if err := json.Unmarshal(raw, &tensor); err != nil {
			return err
		}
	}
	return nil
}
