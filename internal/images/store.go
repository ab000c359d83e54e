package images

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"sync"

	"golang.org/x/sync/semaphore"

	"loramanager/internal/guard"
	"loramanager/internal/lora"
)

// Options adjust a Store. Dir and Decoder are required.
type Options struct {
	Dir      *guard.Root    // folder of the program, for thumbnails only
	Decoder  *guard.Decoder // shared by the whole server
	MaxBytes int64          // how much the folder may hold; 2 GiB
	Workers  int            // thumbnails made at the same time; 2
}

// Source opens the picture a thumbnail is made from. It is called only when there is
// no thumbnail yet.
type Source func() (io.ReadSeekCloser, error)

// Thumbnail is a picture ready to be sent.
type Thumbnail struct {
	Data        []byte // must not be changed
	ContentType string
	ETag        string // quoted, strong
}

const (
	contentType   = "image/jpeg"
	maxThumbBytes = 16 << 20
	// recipe is part of every name: a change of how thumbnails are made makes new names.
	recipe = "1"
)

// Store makes and keeps thumbnails. It is safe for use by many goroutines.
type Store struct {
	dir     *guard.Root
	decoder *guard.Decoder
	workers *semaphore.Weighted
	cache   *cache
	flights flights
	bad     refusals
	loading sync.WaitGroup
	stop    context.CancelFunc
}

// Open returns a Store. What an earlier one left in the folder is found again in the
// background; until then nothing is evicted.
func Open(o Options) *Store {
	if o.MaxBytes <= 0 {
		o.MaxBytes = 2 << 30
	}
	if o.Workers <= 0 {
		o.Workers = 2
	}
	ctx, stop := context.WithCancel(context.Background())
	s := &Store{
		dir:     o.Dir,
		decoder: o.Decoder,
		workers: semaphore.NewWeighted(int64(o.Workers)),
		cache:   newCache(o.Dir, o.MaxBytes),
		stop:    stop,
	}
	s.flights.parent = ctx
	s.loading.Go(func() { s.cache.load(ctx) })
	return s
}

// Close drops the work in progress and waits for it to end, or until ctx ends, whose
// error it returns: a picture on a drive that hangs cannot be dropped.
func (s *Store) Close(ctx context.Context) error {
	s.stop()
	done := make(chan struct{})
	go func() {
		s.flights.wait()
		s.loading.Wait()
		close(done)
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Thumbnail returns the picture src reduced to at most width pixels across, snapped to
// one of the widths of SnapWidth. key identifies the content: another key must be given
// when the content changes. Errors are those of src, of guard's decoder (Invalid,
// TooLarge) and of ctx.
func (s *Store) Thumbnail(ctx context.Context, src Source, key string, width int) (Thumbnail, error) {
	width = SnapWidth(width)
	name := nameOf(key, width)
	thumb := Thumbnail{ContentType: contentType, ETag: quote(name)}
	if err := s.bad.find(key); err != nil {
		return Thumbnail{}, err
	}
	if data, ok := s.cache.read(name); ok {
		thumb.Data = data
		return thumb, nil
	}
	data, err := s.flights.do(ctx, name, func(ctx context.Context) ([]byte, error) {
		return s.make(ctx, src, name, width)
	})
	if err != nil {
		s.bad.note(key, err)
		return Thumbnail{}, err
	}
	thumb.Data = data
	return thumb, nil
}

// make decodes, reduces, encodes and keeps one thumbnail.
func (s *Store) make(ctx context.Context, src Source, name string, width int) ([]byte, error) {
	if err := s.workers.Acquire(ctx, 1); err != nil {
		return nil, err
	}
	defer s.workers.Release(1)
	if data, ok := s.cache.read(name); ok { // made while this one waited
		return data, nil
	}
	file, err := src()
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	var out bytes.Buffer
	err = s.decoder.Decode(ctx, file, func(p guard.Picture) error {
		return encode(&out, reduce(p, width))
	})
	if err != nil {
		return nil, err
	}
	s.cache.write(name, out.Bytes())
	return out.Bytes(), nil
}

// ETag returns the tag that Thumbnail gives for key and width, without making
// anything: a request that names it can be answered "not modified" at once.
func ETag(key string, width int) string { return quote(nameOf(key, SnapWidth(width))) }

// widths are those thumbnails come in, in pixels.
var widths = []int{160, 320, 480, 640, 960}

// SnapWidth returns the least of 160, 320, 480, 640 and 960 that is not below width,
// 960 for all above.
func SnapWidth(width int) int {
	for _, w := range widths {
		if width <= w {
			return w
		}
	}
	return widths[len(widths)-1]
}

func nameOf(key string, width int) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\x00%d\x00%s", recipe, width, key))
	return hex.EncodeToString(sum[:16])
}

func quote(name string) string { return `"` + name + `"` }

// refusals remembers which contents cannot be shown: a key's content never changes,
// so neither does the answer.
type refusals struct {
	mu    sync.Mutex
	byKey map[string]error
}

const maxRefusals = 4096

func (r *refusals) find(key string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.byKey[key]
}

func (r *refusals) note(key string, err error) {
	if code := lora.CodeOf(err); code != lora.Invalid && code != lora.TooLarge {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.byKey == nil || len(r.byKey) >= maxRefusals {
		r.byKey = map[string]error{}
	}
	r.byKey[key] = err
}
