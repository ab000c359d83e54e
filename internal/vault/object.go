package vault

import (
	"context"
	"io"
	"slices"
	"sync"

	"github.com/minio/minio-go/v7"

	"loramanager/internal/lora"
)

const (
	// blockSize is how much one request reads; a few blocks are kept, since archives are
	// read at their end first and then in pieces of a few KB, in order.
	blockSize = 4 * mib
	blocks    = 3
)

// object is a file of a bucket, read in blocks.
type object struct {
	ctx  context.Context //nolint:containedctx // io.ReaderAt takes none
	s3   *S3
	key  string
	etag string
	size int64

	mu   sync.Mutex
	kept []block // latest used last
}

type block struct {
	from int64
	data []byte
}

// Size returns the bytes of the file.
func (o *object) Size() int64 { return o.size }

// Close forgets what was read.
func (o *object) Close() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.kept = nil
	return nil
}

// ReadAt implements io.ReaderAt.
func (o *object) ReadAt(p []byte, off int64) (n int, err error) {
	if off < 0 {
		return 0, lora.Errorf(lora.Internal, "A backup file was read before its beginning.")
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	for n < len(p) && off < o.size {
		data, err := o.block(off - off%blockSize)
		if err != nil {
			return n, err
		}
		copied := copy(p[n:], data[off%blockSize:])
		n += copied
		off += int64(copied)
	}
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// block returns the block that begins at a place, from memory when it was read lately.
func (o *object) block(from int64) ([]byte, error) {
	if i := slices.IndexFunc(o.kept, func(b block) bool { return b.from == from }); i >= 0 {
		b := o.kept[i]
		o.kept = append(slices.Delete(o.kept, i, i+1), b)
		return b.data, nil
	}
	var buffer []byte
	if len(o.kept) == blocks {
		buffer = o.kept[0].data[:0]
		o.kept = slices.Delete(o.kept, 0, 1)
	}
	data, err := o.fetch(buffer, from, min(blockSize, o.size-from))
	if err != nil {
		return nil, err
	}
	o.kept = append(o.kept, block{from, data})
	return data, nil
}

// fetch reads a range, again when a connection breaks in the middle of it.
func (o *object) fetch(buffer []byte, from, length int64) ([]byte, error) {
	if int64(cap(buffer)) < length {
		buffer = make([]byte, length)
	}
	buffer = buffer[:length]
	err := o.s3.try(o.ctx, func() error { return o.read(buffer, from) })
	return buffer, err
}

func (o *object) read(buffer []byte, from int64) error {
	var options minio.GetObjectOptions
	if err := options.SetRange(from, from+int64(len(buffer))-1); err != nil {
		return err
	}
	if err := options.SetMatchETag(o.etag); err != nil {
		return err
	}
	body, _, _, err := minio.Core{Client: o.s3.client}.GetObject(o.ctx, o.s3.bucket, o.key, options)
	if err != nil {
		return err
	}
	_, err = io.ReadFull(body, buffer)
	if closeErr := body.Close(); err == nil {
		err = closeErr
	}
	return err
}
