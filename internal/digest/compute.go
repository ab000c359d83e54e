package digest

import (
	"context"
	"errors"
	"io"
	"sync"
	"sync/atomic"

	"loramanager/internal/lora"
)

const blockBytes = 1 << 20

// Options adjust Compute. The zero value is fine.
type Options struct {
	// Pace is called before each block of at most 1 MiB with its size in bytes; it may
	// wait, to be polite to the disk. Its error ends Compute.
	Pace func(ctx context.Context, bytes int) error
	// Progress is called after each block with the number of bytes read so far.
	Progress func(done int64)
}

// block is a piece of the file on its way through the lanes.
type block struct {
	data   []byte
	offset int64
	users  atomic.Int32 // lanes that still need data
}

var buffers = sync.Pool{New: func() any { b := make([]byte, blockBytes); return &b }}

// Compute reads r, whose length is size bytes, to its end and returns its digests.
// The hashes run side by side on several cores; all goroutines have ended when it
// returns. Errors: those of r, Pace and ctx, and a *lora.Error with code Conflict when
// r holds more or less than size bytes.
func Compute(ctx context.Context, r io.Reader, size int64, o Options) (Set, error) {
	first, err := readBlock(ctx, r, 0, o)
	if err != nil {
		return Set{}, err
	}
	h := newHashes(size, first.data)
	lanes := h.lanes()
	queues := make([]chan *block, len(lanes))
	var workers sync.WaitGroup
	for i, lane := range lanes {
		queues[i] = make(chan *block, 4)
		workers.Go(func() {
			for b := range queues[i] {
				lane(b)
				b.release()
			}
		})
	}
	done, err := feed(ctx, r, first, queues, o)
	for _, queue := range queues {
		close(queue)
	}
	workers.Wait()
	if err != nil {
		return Set{}, err
	}
	if done != size {
		return Set{}, lora.Errorf(lora.Conflict, "The file changed while it was being read; it will be hashed again.")
	}
	return h.sum(), nil
}

// feed sends b and all following blocks to every queue and returns how many bytes
// they held.
func feed(ctx context.Context, r io.Reader, b *block, queues []chan *block, o Options) (int64, error) {
	done := int64(0)
	for {
		done += int64(len(b.data))
		last := len(b.data) < blockBytes
		b.users.Store(int32(len(queues))) //nolint:gosec // there are three
		for _, queue := range queues {
			queue <- b
		}
		if o.Progress != nil {
			o.Progress(done)
		}
		if last {
			return done, nil
		}
		var err error
		if b, err = readBlock(ctx, r, done, o); err != nil {
			return done, err
		}
	}
}

// readBlock reads the next block; only the last of a file is shorter than blockBytes.
func readBlock(ctx context.Context, r io.Reader, offset int64, o Options) (*block, error) {
	if o.Pace != nil {
		if err := o.Pace(ctx, blockBytes); err != nil {
			return nil, err
		}
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	buffer, _ := buffers.Get().(*[]byte)
	n, err := io.ReadFull(r, *buffer)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		buffers.Put(buffer)
		return nil, err
	}
	return &block{data: (*buffer)[:n], offset: offset}, nil
}

func (b *block) release() {
	if b.users.Add(-1) == 0 {
		buffer := b.data[:blockBytes]
		buffers.Put(&buffer)
	}
}
