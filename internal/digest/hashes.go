package digest

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash"
	"hash/crc32"

	"github.com/zeebo/blake3"
)

const (
	autoV1Offset = 0x100000
	autoV1Bytes  = 0x10000
	autoV1Least  = 2 << 20 // Civitai computes none for smaller files
)

// hashes is the state of all digests of one file.
type hashes struct {
	size         int64
	tensorsBegin int64 // 0 when the file is not safetensors
	file         hash.Hash
	tensors      hash.Hash
	window       hash.Hash
	blake        *blake3.Hasher
	crc          uint32
}

// newHashes prepares for a file of size bytes that begins with head.
func newHashes(size int64, head []byte) *hashes {
	return &hashes{
		size:         size,
		tensorsBegin: tensorsBegin(size, head),
		file:         sha256.New(),
		tensors:      sha256.New(),
		window:       sha256.New(),
		blake:        blake3.New(),
	}
}

// tensorsBegin returns where the data of a safetensors file begins, 0 when the first
// bytes are not those of one.
func tensorsBegin(size int64, head []byte) int64 {
	if len(head) < 9 || head[8] != '{' {
		return 0
	}
	n := binary.LittleEndian.Uint64(head)
	if n < 2 || n > uint64(size)-8 { //nolint:gosec // size is at least 9 here, or the file has changed and the result is dropped
		return 0
	}
	return 8 + int64(n) //nolint:gosec // n <= size
}

// lanes returns what can run side by side. BLAKE3 and CRC32 together take less time
// than one SHA256.
func (h *hashes) lanes() []func(*block) {
	lanes := []func(*block){
		func(b *block) { h.file.Write(b.data) },
		func(b *block) {
			_, _ = h.blake.Write(b.data) // a hash never fails
			h.crc = crc32.Update(h.crc, crc32.IEEETable, b.data)
			h.window.Write(overlap(b, autoV1Offset, autoV1Offset+autoV1Bytes))
		},
	}
	if h.tensorsBegin > 0 {
		lanes = append(lanes, func(b *block) { h.tensors.Write(overlap(b, h.tensorsBegin, h.size)) })
	}
	return lanes
}

// overlap returns the bytes of b that lie between two offsets of the file.
func overlap(b *block, begin, end int64) []byte {
	begin = max(begin-b.offset, 0)
	end = min(end-b.offset, int64(len(b.data)))
	if begin >= end {
		return nil
	}
	return b.data[begin:end]
}

func (h *hashes) sum() Set {
	s := Set{
		SHA256: hex.EncodeToString(h.file.Sum(nil)),
		BLAKE3: hex.EncodeToString(h.blake.Sum(nil)),
		CRC32:  fmt.Sprintf("%08x", h.crc),
	}
	s.AutoV2 = s.SHA256[:10]
	if h.size >= autoV1Least {
		s.AutoV1 = hex.EncodeToString(h.window.Sum(nil))[:8]
	}
	if h.tensorsBegin > 0 {
		s.AutoV3 = hex.EncodeToString(h.tensors.Sum(nil))
	}
	return s
}
