package guard

import (
	"archive/zip"
	"fmt"
	"io"
	"time"
)

// Zipped is a file for an archive that is written while it is sent.
type Zipped struct {
	Name     string // with / between folders
	Size     int64
	Modified time.Time // not zero
	Open     func() (io.ReadCloser, error)
}

// ZipSize returns how many bytes WriteZip writes for the files.
func ZipSize(files []Zipped) (int64, error) {
	counted := &byteCounter{}
	w := zip.NewWriter(counted)
	blank := make([]byte, 1<<20)
	for i := range files {
		// Sizes are known and nobody looks at the content: zeros stand for it.
		header := files[i].header()
		header.Flags |= zipDescriptor
		header.Extra = make([]byte, zipTimeExtra)
		header.UncompressedSize64, header.CompressedSize64 = uint64(files[i].Size), uint64(files[i].Size) //nolint:gosec // not negative
		to, err := w.CreateRaw(header)
		for left := files[i].Size; err == nil && left > 0; left -= int64(len(blank)) {
			_, err = to.Write(blank[:min(left, int64(len(blank)))])
		}
		if err != nil {
			return 0, err
		}
	}
	err := w.Close()
	return counted.n, err
}

// WriteZip writes an archive of the files. They are stored as they are: pictures do not
// get smaller. A file that has another size than was said fails.
func WriteZip(to io.Writer, files []Zipped) error {
	w := zip.NewWriter(to)
	for i := range files {
		if err := files[i].writeInto(w); err != nil {
			return fmt.Errorf("%s: %w", files[i].Name, err)
		}
	}
	return w.Close()
}

const (
	zipDescriptor = 0x8 // the flag that sizes follow a file's content
	zipTimeExtra  = 9   // bytes in which the writer keeps the time to the second
)

func (z *Zipped) header() *zip.FileHeader {
	return &zip.FileHeader{Name: z.Name, Method: zip.Store, Modified: z.Modified}
}

func (z *Zipped) writeInto(w *zip.Writer) error {
	from, err := z.Open()
	if err != nil {
		return err
	}
	defer func() { _ = from.Close() }() // only read
	to, err := w.CreateHeader(z.header())
	if err != nil {
		return err
	}
	n, err := io.Copy(to, io.LimitReader(from, z.Size+1))
	if err == nil && n != z.Size {
		err = fmt.Errorf("has %d bytes or more instead of %d", n, z.Size)
	}
	return err
}

type byteCounter struct{ n int64 }

// Write counts.
func (c *byteCounter) Write(p []byte) (int, error) {
	c.n += int64(len(p))
	return len(p), nil
}
