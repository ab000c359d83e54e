package guard

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"

	"loramanager/internal/lora"
)

// errWindowFull ends the work on a range: all its bytes are written.
var errWindowFull = errors.New("the range is complete")

// zipWindow lets the bytes of a range through and drops the others.
type zipWindow struct {
	to        io.Writer
	at        int64 // offset of the next byte
	from, end int64
}

// Write writes what of p lies in the window.
func (w *zipWindow) Write(p []byte) (int, error) {
	lo := min(max(w.from-w.at, 0), int64(len(p)))
	hi := min(max(w.end-w.at, 0), int64(len(p)))
	w.at += int64(len(p))
	if lo < hi {
		if _, err := w.to.Write(p[lo:hi]); err != nil {
			return 0, err
		}
	}
	if w.at >= w.end {
		return len(p), errWindowFull
	}
	return len(p), nil
}

// touches reports whether any of the next n bytes lie in the window.
func (w *zipWindow) touches(n int64) bool { return n > 0 && w.at+n > w.from && w.at < w.end }

// skip passes over n bytes that do not lie in the window.
func (w *zipWindow) skip(n int64) { w.at += n }

// WriteRange writes the bytes [from, to) of the archive. Files are opened one after the
// other, when their turn comes. A member that is not any more what was planned is a
// Conflict that names it, and everything written so far is worthless.
func (p *ZipPlan) WriteRange(ctx context.Context, to io.Writer, from, end int64) error {
	p.layOut()
	if from < 0 || end > p.size || from > end {
		return lora.Errorf(lora.Invalid, "The archive has %d bytes.", p.size)
	}
	if from == end {
		return nil
	}
	first := p.firstEndingAfter(from)
	w := &zipWindow{to: to, from: from, end: end, at: p.end.offset}
	if first < len(p.members) {
		w.at = p.members[first].offset
	}
	err := p.writeFrom(ctx, w, first, false)
	if errors.Is(err, errWindowFull) {
		err = nil
	}
	return err
}

// writeFrom writes the members from the first on, and what follows them. For the seal the
// content that checksums cover is left out.
func (p *ZipPlan) writeFrom(ctx context.Context, w *zipWindow, first int, sealing bool) error {
	for i := first; i < len(p.members); i++ {
		if err := p.writeMember(ctx, w, i, sealing); err != nil {
			return err
		}
	}
	if err := p.settleBefore(ctx, len(p.members)); err != nil {
		return err
	}
	lines := make([]byte, 0, 64*kib)
	for i := range p.members {
		m := p.member(i)
		if lines = m.appendCentral(lines); len(lines) > 60*kib {
			if _, err := w.Write(lines); err != nil {
				return err
			}
			lines = lines[:0]
		}
	}
	return p.writeEnd(ctx, w, lines, sealing)
}

// writeEnd writes the last lines of the directory and what stands behind it.
func (p *ZipPlan) writeEnd(ctx context.Context, w *zipWindow, lines []byte, sealing bool) error {
	if _, err := w.Write(p.end.append(lines)); err != nil || sealing || !p.sealed {
		return err
	}
	seal, err := p.sealText(ctx)
	if err != nil {
		return err
	}
	_, err = io.WriteString(w, seal)
	return err
}

func (p *ZipPlan) writeMember(ctx context.Context, w *zipWindow, i int, sealing bool) error {
	m := &p.members[i] // only what never changes is read through it
	if err := ctx.Err(); err != nil {
		return context.Cause(ctx)
	}
	if n := m.localBytes(); w.touches(n) {
		known := p.member(i)
		if _, err := w.Write(known.appendLocal(nil)); err != nil {
			return err
		}
	} else {
		w.skip(n)
	}
	if w.touches(m.Packed) && (!sealing || m.Deflated || m.digests) {
		if m.digests {
			if err := p.settleBefore(ctx, i); err != nil {
				return err
			}
		}
		if err := p.stream(ctx, w, i); err != nil {
			return err
		}
	} else {
		w.skip(m.Packed)
	}
	n := m.descriptorBytes()
	if !w.touches(n) {
		w.skip(n)
		return nil
	}
	known, err := p.settled(ctx, i)
	if err != nil {
		return err
	}
	_, err = w.Write(known.appendDescriptor(nil))
	return err
}

// settled returns member i with its digests, reading it when they are not known.
func (p *ZipPlan) settled(ctx context.Context, i int) (ZipMember, error) {
	m := p.member(i)
	if m.Known {
		return m, nil
	}
	if m.digests {
		if err := p.settleBefore(ctx, i); err != nil {
			return m, err
		}
	}
	w := &zipWindow{to: io.Discard, end: m.Size + 1}
	if err := p.stream(ctx, w, i); err != nil {
		return m, err
	}
	return p.member(i), nil
}

// settleBefore makes the digests of all members before number n known.
func (p *ZipPlan) settleBefore(ctx context.Context, n int) error {
	for i := range n {
		if _, err := p.settled(ctx, i); err != nil {
			return err
		}
	}
	return nil
}

// sealText is the comment of the archive.
func (p *ZipPlan) sealText(ctx context.Context) (string, error) {
	p.mu.Lock()
	seal := p.seal
	p.mu.Unlock()
	if seal != "" {
		return seal, nil
	}
	sum := sha256.New()
	// The window spans the whole file, but what is skipped does not reach the sum.
	if err := p.writeFrom(ctx, &zipWindow{to: sum, end: p.size + 1}, 0, true); err != nil {
		return "", err
	}
	seal = zipSealPrefix + hex.EncodeToString(sum.Sum(nil))
	p.mu.Lock()
	defer p.mu.Unlock()
	p.seal = seal
	return seal, nil
}
