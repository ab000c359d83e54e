package guard

import (
	"errors"
	"io"
)

// maxScans is how many scans a progressive JPEG may have. Encoders write about ten. Each
// one walks over all pixels again, however few bytes it has, so a file of thousands would
// cost minutes.
const maxScans = 100

var errScans = errors.New("a JPEG has more than 100 scans")

// scanCounter passes a JPEG on and fails when too many scans begin in it. Inside
// compressed data no marker but a restart can stand, so pairs of bytes are enough.
type scanCounter struct {
	r     io.Reader
	last  byte
	scans int
}

// Read implements io.Reader.
func (c *scanCounter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	for _, b := range p[:n] {
		if c.last == 0xff && b == jpegSOS {
			if c.scans++; c.scans > maxScans {
				return 0, errScans
			}
		}
		c.last = b
	}
	return n, err
}
