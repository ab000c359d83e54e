package guard

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"context"
	"crypto/sha256"
	"errors"
	"hash/crc32"
	"io"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"loramanager/internal/lora"
)

// held is a source in memory that counts how often it was opened.
type held struct {
	data   string
	opened int
}

func (h *held) Open(context.Context) (io.ReadCloser, error) {
	h.opened++
	return io.NopCloser(strings.NewReader(h.data)), nil
}

func storedMember(name, content string) ZipMember {
	n := int64(len(content))
	return ZipMember{Name: name, Size: n, Packed: n, Modified: 1_700_000_000, Source: &held{data: content}}
}

func deflatedMember(name, content string) ZipMember {
	var packed bytes.Buffer
	w, _ := flate.NewWriter(&packed, flate.BestSpeed)
	_, _ = io.WriteString(w, content)
	_ = w.Close()
	return ZipMember{
		Name: name, Size: int64(len(content)), Packed: int64(packed.Len()), Deflated: true, Known: true, Modified: 1_700_000_000,
		CRC32: crc32.ChecksumIEEE([]byte(content)), SHA256: sha256.Sum256([]byte(content)), Source: &held{data: packed.String()},
	}
}

const exampleManifest = `{"format":"loramanager-archive"}`

func plan(t interface{ Fatal(...any) }, members ...ZipMember) *ZipPlan {
	p := NewZipPlan()
	for _, m := range members {
		if _, err := p.Add(m); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := p.AddChecksums(1_700_000_000); err != nil {
		t.Fatal(err)
	}
	if _, err := p.AddLate(ZipManifest, int64(len(exampleManifest)), 1_700_000_000, &held{data: exampleManifest}); err != nil {
		t.Fatal(err)
	}
	return p
}

func exampleMembers() []ZipMember {
	return []ZipMember{
		deflatedMember("adapters/1/metadata.json", strings.Repeat(`{"name":"ink"}`, 300)),
		deflatedMember("data/empty.jsonl", ""),
		storedMember("adapters/1/files/0_ink.safetensors", strings.Repeat("weights!", 300_000)),
		storedMember("adapters/1/files/1_墨 ü.json", "{}"),
		storedMember("images/none.png", ""),
	}
}

func written(t interface{ Fatal(...any) }, p *ZipPlan) []byte {
	var out bytes.Buffer
	if err := p.WriteRange(context.Background(), &out, 0, p.Size()); err != nil {
		t.Fatal(err)
	}
	if int64(out.Len()) != p.Size() {
		t.Fatal("said", p.Size(), "wrote", out.Len())
	}
	return out.Bytes()
}

func TestPromise11_ASealedArchiveIsReadByGoAndByUs(t *testing.T) {
	t.Parallel()
	members := exampleMembers()
	data := written(t, plan(t, members...))
	r, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	if len(r.File) != len(members)+2 || r.File[len(members)+1].Name != ZipManifest {
		t.Fatalf("%d members", len(r.File))
	}
	for _, f := range r.File {
		from, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, from); err != nil {
			t.Errorf("%s: %v", f.Name, err)
		}
		if !f.Mode().IsRegular() || f.Modified.Unix() != 1_700_000_000 {
			t.Errorf("%s: %v %v", f.Name, f.Mode(), f.Modified)
		}
	}
	z, err := OpenZip(bytes.NewReader(data), int64(len(data)), Default())
	if err != nil {
		t.Fatal(err)
	}
	if !z.Sealed() {
		t.Error("not sealed")
	}
	var read int64
	if err := z.Verify(context.Background(), func(n int64) { read += n }); err != nil {
		t.Error(err)
	}
	if read < 2_400_000 {
		t.Errorf("%d bytes verified", read)
	}
	for _, m := range members {
		if sum, ok := z.Checksum(m.Name); !ok || m.Known && sum != m.SHA256 {
			t.Errorf("%s: %x %t", m.Name, sum, ok)
		}
	}
}

func TestPromise11_RangesJoinToTheWholeArchive(t *testing.T) {
	t.Parallel()
	whole := written(t, plan(t, exampleMembers()...))
	rapid.Check(t, func(t *rapid.T) {
		p := plan(t, exampleMembers()...)
		cuts := rapid.SliceOfN(rapid.Int64Range(0, p.Size()), 0, 6).Draw(t, "cuts")
		var out bytes.Buffer
		at := int64(0)
		for _, cut := range append(cuts, p.Size()) {
			if cut < at {
				// asked for again, as after a broken connection
				if err := p.WriteRange(context.Background(), io.Discard, cut, at); err != nil {
					t.Fatal(err)
				}
				continue
			}
			if err := p.WriteRange(context.Background(), &out, at, cut); err != nil {
				t.Fatal(err)
			}
			at = cut
		}
		if !bytes.Equal(out.Bytes(), whole) {
			t.Fatal("the pieces are not the whole")
		}
	})
}

func TestPromise11_WhatWasReadIsNotReadAgain(t *testing.T) {
	t.Parallel()
	members := exampleMembers()
	p := plan(t, members...)
	written(t, p)
	weights := members[2].Source.(*held)
	if weights.opened != 1 {
		t.Fatalf("opened %d times", weights.opened)
	}
	from := p.members[3].offset
	if err := p.WriteRange(context.Background(), io.Discard, from, p.Size()); err != nil {
		t.Fatal(err)
	}
	if weights.opened != 1 {
		t.Errorf("a download that goes on behind it opened it again")
	}
}

func TestPromise11_AFileThatChangedCutsTheArchive(t *testing.T) {
	t.Parallel()
	for name, content := range map[string]string{"shorter": "weight", "longer": "weights!!"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := storedMember("a/ink.safetensors", "weights!")
			m.Source = &held{data: content}
			p := plan(t, m)
			err := p.WriteRange(context.Background(), io.Discard, 0, p.Size())
			var e *lora.Error
			if !errors.As(err, &e) || e.Code != lora.Conflict || e.Field != m.Name {
				t.Errorf("%v", err)
			}
		})
	}
	t.Run("other content than it was read with before", func(t *testing.T) {
		t.Parallel()
		source := &held{data: "weights!"}
		m := storedMember("a/ink.safetensors", "weights!")
		m.Source = source
		p := plan(t, m)
		written(t, p)
		source.data = "WEIGHTS!"
		var out bytes.Buffer
		if err := p.WriteRange(context.Background(), &out, 0, p.Size()); err != nil {
			t.Fatal(err)
		}
		z, err := OpenZip(bytes.NewReader(out.Bytes()), int64(out.Len()), Default())
		if err != nil {
			t.Fatal(err)
		}
		if err := z.Verify(context.Background(), func(int64) {}); err == nil {
			t.Error("nobody finds out")
		}
	})
}
