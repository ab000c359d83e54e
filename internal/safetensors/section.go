package safetensors

import (
	"io"

	"loramanager/internal/lora"
)

// TensorReader reads the bytes of one tensor of a checked header, little-endian
// and in row-major order. It never leaves the data section of the file that h
// describes, whatever t says.
func TensorReader(r io.ReaderAt, h *lora.Header, t lora.Tensor) io.Reader {
	start := lengthBytes + h.HeaderBytes
	room := max(h.FileBytes-start, 0)
	begin := min(max(t.Begin, 0), room)
	end := min(max(t.End, begin), room)
	return io.NewSectionReader(r, start+begin, end-begin)
}
