package guard

import (
	"context"
	"crypto/sha256"
	"errors"
	"hash"
	"hash/crc32"
	"io"
	"sync"

	"loramanager/internal/lora"
)

// Content is read ahead by a goroutine and hashed by another while it is written: the
// three cost as much time as the slowest of them.
const (
	zipBlock  = 1 * mib
	zipBlocks = 4
)

var zipRooms = sync.Pool{New: func() any { room := make([]byte, zipBlock); return &room }}

// stream writes the content of member i into the window, and learns its digests when it
// reads all of it.
func (p *ZipPlan) stream(ctx context.Context, w *zipWindow, i int) error {
	m := p.member(i)
	source, err := m.Source.Open(ctx)
	if err != nil {
		return changed(m.Name, err)
	}
	left := m.Packed
	if ahead := min(w.from-w.at, left); m.Known && ahead > 0 {
		// A seal that was broken before cannot be mended by reading: nothing to hash here.
		if seeker, ok := source.(io.Seeker); ok {
			if _, err := seeker.Seek(ahead, io.SeekStart); err != nil {
				return changed(m.Name, errors.Join(err, source.Close()))
			}
			w.skip(ahead)
			left -= ahead
		}
	}
	s := &zipStream{name: m.Name, left: left, source: source}
	if !m.Known {
		s.crc, s.sha = crc32.NewIEEE(), sha256.New()
	}
	err = s.run(ctx, w)
	closeErr := source.Close()
	if err != nil {
		return err
	}
	if closeErr != nil {
		return changed(m.Name, closeErr)
	}
	if s.sha != nil && !p.learn(i, s.crc.Sum32(), [32]byte(s.sha.Sum(nil))) {
		return changed(m.Name, errors.New("it was read with other content before"))
	}
	return s.full
}

// zipStream is the content of one member on its way.
type zipStream struct {
	name   string
	left   int64
	source io.Reader
	crc    hash.Hash32 // nil when the digests are known
	sha    hash.Hash
	full   error // errWindowFull when the last byte of the range was the last of the content
}

type zipRead struct {
	room *[]byte
	n    int
	err  error
}

func (s *zipStream) run(ctx context.Context, w *zipWindow) error {
	if s.left == 0 {
		return s.ended()
	}
	reads := make(chan zipRead, zipBlocks-2)
	stop := make(chan struct{})
	var reader sync.WaitGroup
	reader.Go(func() { s.readAhead(reads, stop) })
	err := s.pass(ctx, w, reads)
	close(stop)
	for read := range reads {
		zipRooms.Put(read.room)
	}
	reader.Wait()
	if err == nil {
		err = s.ended()
	}
	return err
}

// readAhead reads the content in blocks until it ends, fails or is not wanted any more.
func (s *zipStream) readAhead(reads chan<- zipRead, stop <-chan struct{}) {
	defer close(reads)
	for left := s.left; left > 0; {
		room := zipRooms.Get().(*[]byte)
		n, err := io.ReadFull(s.source, (*room)[:min(left, zipBlock)])
		left -= int64(n)
		select {
		case reads <- zipRead{room, n, err}:
		case <-stop:
			zipRooms.Put(room)
			return
		}
		if err != nil {
			return
		}
	}
}

// pass hashes and writes block by block.
func (s *zipStream) pass(ctx context.Context, w *zipWindow, reads <-chan zipRead) error {
	hashed := make(chan struct{}, 1)
	for read := range reads {
		block := (*read.room)[:read.n]
		s.left -= int64(read.n)
		if s.sha != nil {
			go func() {
				_, _ = s.crc.Write(block)
				_, _ = s.sha.Write(block)
				hashed <- struct{}{}
			}()
		}
		_, err := w.Write(block)
		if s.sha != nil {
			<-hashed
		}
		zipRooms.Put(read.room)
		switch {
		case read.err != nil:
			return changed(s.name, read.err)
		case errors.Is(err, errWindowFull) && s.left == 0:
			s.full = err
		case err != nil:
			return err
		case ctx.Err() != nil:
			return context.Cause(ctx)
		}
	}
	return nil
}

// ended makes sure that nothing follows.
func (s *zipStream) ended() error {
	var one [1]byte
	switch n, err := io.ReadFull(s.source, one[:]); {
	case n > 0:
		return changed(s.name, errors.New("it has grown"))
	case !errors.Is(err, io.EOF):
		return changed(s.name, err)
	}
	return nil
}

// changed is the error of a member that is not what was planned. An error in the house's
// words is kept as it is.
func changed(name string, err error) error {
	var known *lora.Error
	if errors.As(err, &known) {
		return err
	}
	return &lora.Error{Code: lora.Conflict, Field: name, Message: DisplayName(name) + " changed while it was being written into the archive. Start again.", Err: err}
}
