package vault

import (
	"context"
	"io"
	"strings"
	"time"

	"loramanager/internal/guard"
	"loramanager/internal/lora"
)

// File is a kept file opened for reading, at any place and by several goroutines.
type File = interface {
	io.ReaderAt
	io.Closer
	Size() int64
}

// Vault keeps files under names without folders. Errors are *lora.Error: NotFound,
// Conflict, StorageFull, Invalid for a name, or Unavailable for what may pass.
type Vault interface {
	// Put keeps what write writes under a name that must be free, or nothing when write
	// returns an error, which Put then returns. size is how many bytes that will be, -1
	// when that is not known; another number is an error.
	Put(ctx context.Context, name string, size int64, write func(io.Writer) error) error
	// Replace keeps a small file under a name, whatever was there.
	Replace(ctx context.Context, name string, data []byte) error
	// Open opens a file; reading goes on until it is closed or ctx ends.
	Open(ctx context.Context, name string) (File, error)
	// Delete removes a file; one that is not there is no error.
	Delete(ctx context.Context, name string) error
	// List hands over all files, in any order, until visit returns an error, which it
	// then returns.
	List(ctx context.Context, visit func(name string, size int64, modified time.Time) error) error
	// Free returns how many bytes may still be kept; false where nobody says.
	Free() (bytes int64, known bool)
	// Sweep removes what was left by writes that were interrupted long ago.
	Sweep(ctx context.Context, now time.Time) error
}

// checkName holds names to one part that every file system takes.
func checkName(name string) error {
	if strings.Contains(name, "/") || strings.HasSuffix(name, partSuffix) {
		return lora.FieldErrorf(lora.Invalid, "name", "%s is no name of a backup file.", guard.DisplayName(name))
	}
	return guard.CheckRel(name)
}

func wrongSize(name string, got, want int64) error {
	return lora.Errorf(lora.Internal, "%s has %d bytes, not the %d that were planned.", guard.DisplayName(name), got, want)
}

func taken(name string) error {
	return lora.Errorf(lora.Conflict, "%s exists already.", guard.DisplayName(name))
}

// counter counts what is written, and refuses to write once ctx ended.
type counter struct {
	ctx context.Context //nolint:containedctx // lives as long as one Put
	to  io.Writer
	n   int64
}

func (c *counter) Write(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := c.to.Write(p)
	c.n += int64(n)
	return n, err
}
