package images

import (
	"context"
	"io"
)

// Shelf keeps files under names of the form ab/cd/name.ext: a folder or a bucket. Errors
// are *lora.Error: NotFound, StorageFull, or Unavailable for what may pass.
type Shelf interface {
	// Put keeps data as a whole or not at all, durably when it returns without an error.
	// A file of that name and size that is there already is left as it is.
	Put(ctx context.Context, name, contentType string, data []byte) error
	// Open returns a file.
	Open(ctx context.Context, name string) (io.ReadSeekCloser, error)
	// Size returns the bytes of a file.
	Size(ctx context.Context, name string) (int64, error)
	// Delete removes a file; one that is not there is no error.
	Delete(ctx context.Context, name string) error
	// Walk hands over all files, in any order, until visit returns an error, which it
	// then returns.
	Walk(ctx context.Context, visit func(name string, size int64) error) error
}
