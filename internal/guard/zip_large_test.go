package guard

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"io"
	"testing"
)

// planned reads a plan as the file that it would become.
type planned struct{ plan *ZipPlan }

func (r planned) ReadAt(p []byte, off int64) (int, error) {
	end := min(off+int64(len(p)), r.plan.Size())
	if off >= end {
		return 0, io.EOF
	}
	out := bytes.NewBuffer(p[:0])
	if err := r.plan.WriteRange(context.Background(), out, off, end); err != nil {
		return 0, err
	}
	if out.Len() < len(p) {
		return out.Len(), io.EOF
	}
	return out.Len(), nil
}

// blank is content of as many zeros, of which only what is asked for is made.
type blank int64

func (b blank) Open(context.Context) (io.ReadCloser, error) {
	return struct {
		io.ReadSeeker
		io.Closer
	}{io.NewSectionReader(b, 0, int64(b)), io.NopCloser(nil)}, nil
}

func (b blank) ReadAt(p []byte, _ int64) (int, error) {
	clear(p)
	return len(p), nil
}

func TestPromise11_MembersAndArchivesBeyondFourGiBAreRead(t *testing.T) {
	t.Parallel()
	for _, known := range []bool{false, true} {
		p := NewZipPlan()
		sizes := []int64{5, 1<<32 - 2, 1<<32 - 1, 1 << 32, 7 << 30, 3}
		for i, size := range sizes {
			m := ZipMember{Name: fmt.Sprintf("weights/%d.safetensors", i), Size: size, Packed: size, Modified: 1_700_000_000, Known: known, CRC32: 7, Source: blank(size)}
			if _, err := p.Add(m); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := p.AddChecksums(0); err != nil {
			t.Fatal(err)
		}
		for i := range sizes {
			p.learn(i, 7, [32]byte{byte(i)}) // as if they had been sent
		}
		z, err := OpenZip(planned{p}, p.Size(), Default())
		if err != nil {
			t.Fatal(err)
		}
		if err := z.CheckSeal(t.Context()); err != nil {
			t.Error(err)
		}
		r, err := zip.NewReader(planned{p}, p.Size())
		if err != nil {
			t.Fatal(err)
		}
		for i, size := range sizes {
			name := fmt.Sprintf("weights/%d.safetensors", i)
			if f, err := z.Stat(name); err != nil || f.Size != size || f.Packed != size {
				t.Errorf("%d: %+v %v", size, f, err)
			}
			if f := r.File[i]; f.Name != name || f.UncompressedSize64 != uint64(size) || f.CRC32 != 7 { //nolint:gosec // positive
				t.Errorf("%d: Go reads %s with %d bytes", size, f.Name, f.UncompressedSize64)
			}
			if begin, err := r.File[i].DataOffset(); err != nil || begin != p.members[i].offset+p.members[i].localBytes() {
				t.Errorf("%d: content at %d, %v", size, begin, err)
			}
		}
	}
}

func TestPromise11_MoreMembersThanSixteenBitsCountAreRead(t *testing.T) {
	t.Parallel()
	p := NewZipPlan()
	const members = 70_000
	for i := range members {
		if _, err := p.Add(storedMember(fmt.Sprintf("m/%d", i), "")); err != nil {
			t.Fatal(err)
		}
	}
	data := written(t, p)
	r, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil || len(r.File) != members {
		t.Fatalf("%v", err)
	}
	z, err := OpenZip(bytes.NewReader(data), int64(len(data)), Default())
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	z.Names(func(ZipFile) bool { n++; return true })
	if n != members {
		t.Errorf("%d members", n)
	}
	few := Default()
	few.ArchiveEntries = members - 1
	if _, err := OpenZip(bytes.NewReader(data), int64(len(data)), few); err == nil {
		t.Error("more members than allowed are taken")
	}
	few = Default()
	few.ArchiveDirectory = 1000
	if _, err := OpenZip(bytes.NewReader(data), int64(len(data)), few); err == nil {
		t.Error("a larger directory than allowed is taken")
	}
}
