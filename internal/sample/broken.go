package sample

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"strings"
)

// brokenFolder is where Options.Broken files go.
const brokenFolder = "broken"

// flaw is one way a file can be broken, hostile or odd.
type flaw struct {
	name string // of the file, with %d for a number
	data func() []byte
}

// flaws are written in turn. Each is a case that real libraries hold or that somebody
// could plant.
var flaws = []flaw{
	{"empty-%d.safetensors", func() []byte { return nil }},
	{"truncated-%d.safetensors", func() []byte { return good()[:len(good())-100] }},
	{"trailing-%d.safetensors", func() []byte { return append(good(), "and more"...) }},
	{"lfs-pointer-%d.safetensors", func() []byte {
		return []byte("version https://git-lfs.github.com/spec/v1\noid sha256:" + strings.Repeat("ab", 32) + "\nsize 151108832\n")
	}},
	{"login-page-%d.safetensors", func() []byte {
		return []byte("<!DOCTYPE html><html><head><title>Sign in</title></head><body></body></html>")
	}},
	{"error-answer-%d.safetensors", func() []byte {
		return []byte(`{"error": "Unauthorized", "message": "An API key is needed for this download."}`)
	}},
	{"pickle-in-disguise-%d.safetensors", func() []byte { return pickle() }},
	{"old-pickle-%d.pt", func() []byte { return pickle() }},
	{"checkpoint-%d.ckpt", func() []byte { return append([]byte("PK\x03\x04"), make([]byte, 400)...) }},
	{"weights-%d.bin", func() []byte { return pickle() }},
	{"llama-%d.gguf", func() []byte { return append([]byte("GGUF\x03\x00\x00\x00"), make([]byte, 400)...) }},
	{"not-gguf-%d.gguf", func() []byte { return []byte("nothing of the kind, but long enough to be looked at") }},
	{"huge-header-%d.safetensors", func() []byte { return binary.LittleEndian.AppendUint64(nil, 1<<60) }},
	{"header-beyond-file-%d.safetensors", func() []byte { return withHeader(`{"a":`, 1<<20) }},
	{"reserved-never-filled-%d.safetensors", func() []byte { return make([]byte, 4096) }},
	{"duplicate-key-%d.safetensors", func() []byte {
		return withHeader(`{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}`, 0, 1, 2)
	}},
	{"overlap-%d.safetensors", func() []byte {
		return withHeader(`{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}}`, 0, 1, 2, 3)
	}},
	{"hole-%d.safetensors", func() []byte {
		return withHeader(`{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"b":{"dtype":"U8","shape":[1],"data_offsets":[2,3]}}`, 0, 1, 2, 3)
	}},
	{"overflow-%d.safetensors", func() []byte {
		return withHeader(`{"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,4]}}`, 0, 1, 2, 3, 4)
	}},
	{"deep-%d.safetensors", func() []byte { return withHeader(strings.Repeat(`{"a":`, 2000)+"1"+strings.Repeat("}", 2000), 0) }},
	{"metadata-not-text-%d.safetensors", func() []byte { return withHeader(`{"__metadata__":{"a":1}}`, 0) }},
	{"bad-utf8-%d.safetensors", func() []byte {
		return withHeader("{\"\xff\xfe\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}}", 0)
	}},
	{"unknown-dtype-%d.safetensors", func() []byte {
		return withHeader(`{"a":{"dtype":"F3","shape":[1],"data_offsets":[0,1]}}`, 0, 1)
	}},
	{"noise-%d.safetensors", func() []byte { return bytes.Repeat([]byte{0xa5, 0x17, 0x99, 0x3c}, 256) }},
}

// BrokenNames says how many different flaws Options.Broken can bring.
func BrokenNames() int { return len(flaws) }

func (w *writer) writeBroken(ctx context.Context) error {
	if w.o.Broken == 0 {
		return nil
	}
	if err := w.makeFolder(brokenFolder); err != nil {
		return err
	}
	for i := range w.o.Broken {
		if err := ctx.Err(); err != nil {
			return err
		}
		f := flaws[i%len(flaws)]
		if err := w.writeFile(brokenFolder+"/"+fmt.Sprintf(f.name, i), f.data()); err != nil {
			return err
		}
	}
	return nil
}

// good is a small valid file.
func good() []byte {
	const size = 512
	return withHeader(fmt.Sprintf(`{"lora_unet_x.lora_down.weight":{"dtype":"U8","shape":[%d],"data_offsets":[0,%d]}}`, size, size), 0, make([]byte, size)...)
}

// withHeader puts a length before a header and data behind it. A length of 0 is the
// true one.
func withHeader(header string, length uint64, data ...byte) []byte {
	if length == 0 {
		length = uint64(len(header))
	}
	file := binary.LittleEndian.AppendUint64(nil, length)
	return append(append(file, header...), data...)
}

// pickle begins like a file that runs a program when it is loaded. It names no program.
func pickle() []byte { return append([]byte("\x80\x02}q\x00."), make([]byte, 400)...) }
