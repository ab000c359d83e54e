package images

import (
	"context"
	"io"
)

// Blobs keeps bytes under names of the form ab/cd/name.ext: a folder or a bucket. Errors
// are *lora.Error: NotFound, StorageFull, or Unavailable for what may pass.
type Blobs interface {
	// Put keeps data as a whole or not at all, durably when it returns without an error.
	// A blob of that name and size that is there already is left as it is.
	Put(ctx context.Context, name, contentType string, data []byte) error
	// Open returns a blob.
	Open(ctx context.Context, name string) (io.ReadSeekCloser, error)
	// Size returns the bytes of a blob.
	Size(ctx context.Context, name string) (int64, error)
	// Delete removes a blob; one that is not there is no error.
	Delete(ctx context.Context, name string) error
	// Walk hands over all blobs, in any order, until visit returns an error, which it
	// then returns.
	Walk(ctx context.Context, visit func(name string, size int64) error) error
}
