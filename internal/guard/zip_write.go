package guard

import (
	"context"
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

// zippedSource is a Zipped as a plan opens it.
type zippedSource func() (io.ReadCloser, error)

// Open implements ZipSource.
func (open zippedSource) Open(context.Context) (io.ReadCloser, error) { return open() }

// ZipSize returns how many bytes WriteZip writes for the files.
func ZipSize(files []Zipped) (int64, error) {
	p, err := planZip(files)
	if err != nil {
		return 0, err
	}
	return p.Size(), nil
}

// WriteZip writes an archive of the files. They are stored as they are: pictures do not
// get smaller. A file that has another size than was said fails.
func WriteZip(to io.Writer, files []Zipped) error {
	p, err := planZip(files)
	if err != nil {
		return err
	}
	return p.WriteRange(context.Background(), to, 0, p.Size())
}

// planZip lays out an archive without a seal: for other programs, not to be taken back.
func planZip(files []Zipped) (*ZipPlan, error) {
	p := NewZipPlan()
	p.sealed = false
	for _, f := range files {
		if _, err := p.Add(ZipMember{Name: f.Name, Size: f.Size, Packed: f.Size, Modified: f.Modified.Unix(), Source: zippedSource(f.Open)}); err != nil {
			return nil, err
		}
	}
	return p, nil
}
