package guard

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"strings"

	"loramanager/internal/lora"
)

// Sealed reports whether the archive carries a seal or checksums, as this program's do.
// Others are taken too; only their CRCs say whether they are whole.
func (z *ZipReader) Sealed() bool {
	_, err := z.find(ZipChecksums)
	return err == nil || strings.HasPrefix(z.comment, zipSealPrefix)
}

// CheckSeal reads all of the archive but the content of stored members and compares it
// with the seal. It fails with Invalid when that is wrong, or missing beside checksums.
func (z *ZipReader) CheckSeal(ctx context.Context) error {
	if _, err := z.find(ZipChecksums); err != nil {
		return &lora.Error{Code: lora.Invalid, Message: "The archive is damaged: it has a seal but no " + ZipChecksums + "."}
	}
	sum := sha256.New()
	if err := z.hashOutside(ctx, sum); err != nil {
		return err
	}
	if z.comment != zipSealPrefix+hex.EncodeToString(sum.Sum(nil)) {
		return &lora.Error{Code: lora.Invalid, Message: "The archive is damaged: the seal over its directory is wrong or missing."}
	}
	return nil
}

// LoadChecksums reads the list of checksums: from then on Open compares with it. Each
// member but the list and the manifest must be in it, and nothing else.
func (z *ZipReader) LoadChecksums() error {
	list, err := z.Open(ZipChecksums)
	if err != nil {
		return err
	}
	defer func() { _ = list.Close() }() // only read
	lines := bufio.NewScanner(list)
	lines.Buffer(make([]byte, 0, 4*kib), 4*kib)
	listed := 0
	for lines.Scan() {
		sum, name, ok := strings.Cut(lines.Text(), "  ")
		raw, err := hex.DecodeString(sum)
		if !ok || err != nil || len(raw) != sha256.Size {
			return zipRefuse(ZipChecksums, "has a line that is none of sha256sum")
		}
		e, err := z.find(name)
		if err != nil || e.hasSum || name == ZipManifest || name == ZipChecksums {
			return zipRefuse(ZipChecksums, "names "+DisplayName(name)+", which is not there or was named before")
		}
		e.hasSum, e.sum = true, [32]byte(raw)
		listed++
	}
	if err := lines.Err(); err != nil {
		return err
	}
	for i := range z.entries {
		if e := &z.entries[i]; !e.hasSum && !e.folder && e.name != ZipManifest && e.name != ZipChecksums {
			return zipRefuse(e.name, "is not in the list of checksums")
		}
	}
	z.summed = true
	return nil
}

// Checksum returns the SHA-256 of a member as the list of checksums has it.
func (z *ZipReader) Checksum(name string) (sum [32]byte, ok bool) {
	e, err := z.find(name)
	if err != nil {
		return sum, false
	}
	return e.sum, e.hasSum
}

// Verify reads everything: seal and checksums where the archive has them, and all content.
// The first thing that is wrong is named. progress is told the bytes read since the last
// call.
func (z *ZipReader) Verify(ctx context.Context, progress func(bytes int64)) error {
	if z.Sealed() {
		if err := z.CheckSeal(ctx); err != nil {
			return err
		}
		if !z.summed {
			if err := z.LoadChecksums(); err != nil {
				return err
			}
		}
	}
	room := make([]byte, 256*kib)
	for _, i := range z.order {
		if e := &z.entries[i]; !e.folder {
			if err := z.verify(ctx, e.name, room, progress); err != nil {
				return err
			}
		}
	}
	return nil
}

func (z *ZipReader) verify(ctx context.Context, name string, room []byte, progress func(bytes int64)) error {
	from, err := z.Open(name)
	if err != nil {
		return err
	}
	defer func() { _ = from.Close() }() // only read
	for {
		n, err := from.Read(room)
		progress(int64(n))
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		case ctx.Err() != nil:
			return context.Cause(ctx)
		}
	}
}
