package origin

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
	"io"
	"math"
	"path/filepath"
	"time"

	"loramanager/internal/guard"
	"loramanager/internal/lora"
)

// How a file is fetched.
const (
	blockBytes    = 256 << 10
	spareBytes    = 1 << 30 // stay free on the disk
	maxFruitless  = 6       // attempts in a row that bring nothing
	slowestBytes  = 64 << 10
	slowestWindow = time.Minute
)

// carry makes one attempt at a download and decides what becomes of it.
func (g *Origin) carry(ctx context.Context, c *carried) {
	before := c.Bytes
	err := g.attempt(ctx, c)
	g.settle(c, err, before)
}

// settle decides what becomes of a download after an attempt.
func (g *Origin) settle(c *carried, err error, before int64) {
	d := &g.downward
	d.mu.Lock()
	c.end()
	c.end, c.PerSecond = nil, 0
	var failure *lora.HubError
	switch {
	case err == nil:
		d.mu.Unlock()
		d.ring()
		return
	case c.becomes == lora.DownloadCancelled:
		g.over(c, lora.DownloadCancelled, "")
	case c.becomes == lora.DownloadPaused, c.becomes == lora.DownloadQueued:
		c.State = c.becomes
	case g.ctx.Err() != nil: // a restart takes it up
		if c.State == lora.DownloadRunning {
			c.State = lora.DownloadQueued
		}
	case errors.As(err, &failure) && failure.Passing() && g.again(c, failure, before):
		c.State, c.Error = lora.DownloadQueued, failure.Err.Message
	default:
		g.over(c, lora.DownloadFailed, told(err))
	}
	c.becomes = ""
	state := c.State
	kept := c.Download
	if err := g.o.Downloads.PutDownload(context.WithoutCancel(g.ctx), c.Download); err != nil {
		g.o.Logger.Warn("the state of a download could not be kept", "download_id", c.ID, "error", err)
	}
	g.tell(c)
	d.mu.Unlock()
	if state == lora.DownloadCancelled {
		g.dropPart(context.WithoutCancel(g.ctx), &kept)
	}
	d.ring()
}

// again decides whether another attempt is worth while and when.
func (g *Origin) again(c *carried, failure *lora.HubError, before int64) bool {
	if errors.Is(failure, errLeftAlone) {
		c.notBefore = time.Now().Add(failure.RetryAfter)
		return true
	}
	if c.fruitless++; c.Bytes > before {
		c.fruitless = 1
	}
	if c.fruitless >= maxFruitless {
		return false
	}
	c.notBefore = time.Now().Add(max(firstWait<<(c.fruitless-1), failure.RetryAfter))
	return true
}

// attempt fetches what is missing of a file, checks it and puts it into the library.
func (g *Origin) attempt(ctx context.Context, c *carried) error {
	root, err := g.openRoot(ctx, c.RootID)
	if err != nil {
		return err
	}
	defer closing(root)
	if g.wasPlaced(ctx, root, c) {
		return g.arrive(ctx, c)
	}
	if c.State == lora.DownloadVerifying {
		if _, err := g.change(ctx, c.ID, func(c *carried) error { c.State = lora.DownloadRunning; return nil }); err != nil {
			return err
		}
	}
	if err := root.MkdirAll(partFolder); err != nil {
		return err
	}
	part, err := root.OpenPart(partOf(&c.Download))
	if err != nil {
		return err
	}
	digest, err := g.fetch(ctx, root, part, c)
	if err == nil {
		err = g.check(part, c, digest)
	}
	if closed := part.Close(); err == nil {
		err = closed
	}
	if errors.Is(err, errWrong) {
		_ = root.Remove(partOf(&c.Download)) // it would never become right
	}
	if err != nil {
		return err
	}
	if err := g.place(ctx, root, c); err != nil {
		return err
	}
	return g.arrive(ctx, c)
}

// errWrong says that the bytes that came are not the file.
var errWrong = errors.New("the file is not what it should be")

func wrong(format string, args ...any) error {
	e := lora.Errorf(lora.Invalid, format, args...)
	e.Err = errWrong
	return e
}

// fetch brings the part to its full length and returns its digest.
func (g *Origin) fetch(ctx context.Context, root *guard.Root, part *guard.Part, c *carried) (string, error) {
	h, err := g.hub(c.Hub)
	if err != nil {
		return "", err
	}
	if c.SHA256 == "" && c.ETag == "" || c.BytesTotal > 0 && part.Size() > c.BytesTotal {
		err = part.Empty() // nothing tells whether the rest belongs to it
	}
	if err != nil {
		return "", err
	}
	sum := sha256.New()
	if _, err := io.Copy(sum, readWith(ctx, io.NewSectionReader(part, 0, part.Size()))); err != nil {
		return "", err
	}
	if part.Size() > 0 && part.Size() == c.BytesTotal && hex.EncodeToString(sum.Sum(nil)) == c.SHA256 {
		return c.SHA256, nil // all was there
	}
	if err := h.turn(ctx, background); err != nil {
		return "", err
	}
	body, head, err := h.Fetch(ctx, c.URL, part.Size(), -1, c.ETag)
	if odd := (*lora.HubError)(nil); errors.As(err, &odd) && odd.Class == lora.HubOdd && part.Size() > 0 {
		if err := part.Empty(); err != nil { // it has another length than before
			return "", err
		}
		sum.Reset()
		body, head, err = h.Fetch(ctx, c.URL, 0, -1, "")
	}
	h.note(hubError(err), 1)
	if err != nil {
		return "", err
	}
	defer closing(body)
	if head.From == 0 && part.Size() > 0 { // the whole file came
		if err := part.Empty(); err != nil {
			return "", err
		}
		sum.Reset()
	}
	if err := g.begin(ctx, root, part, c, &head); err != nil {
		return "", err
	}
	if err := g.pour(ctx, body, part, sum, c, head.Size); err != nil {
		return "", err
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

func hubError(err error) *lora.HubError {
	var failure *lora.HubError
	errors.As(err, &failure)
	return failure
}

// begin notes what the head of the answer says and looks whether there is room.
func (g *Origin) begin(ctx context.Context, root *guard.Root, part *guard.Part, c *carried, head *lora.HubPart) error {
	size := head.Size
	if size < 0 {
		size = c.BytesTotal
	}
	if size > g.o.Limits.UploadBytes {
		return lora.Errorf(lora.TooLarge, "The file has %d bytes, more than the %d this server takes.", size, g.o.Limits.UploadBytes)
	}
	if free, ok := guard.FreeBytes(filepath.Join(root.Path(), filepath.FromSlash(partFolder))); ok && free < uint64(max(size-part.Size(), 0))+spareBytes { //nolint:gosec // not negative
		return lora.Errorf(lora.StorageFull, "There is not enough space for the file: it needs %d MB, and 1 GiB has to stay free.", (size-part.Size())/1e6)
	}
	_, err := g.change(ctx, c.ID, func(c *carried) error {
		c.ETag, c.Bytes = head.ETag, part.Size()
		if head.Size >= 0 {
			c.BytesTotal = head.Size
		}
		return nil
	})
	return err
}

// pour reads the body into the part.
func (g *Origin) pour(ctx context.Context, body io.Reader, part *guard.Part, sum hash.Hash, c *carried, size int64) error {
	limit := g.o.Limits.UploadBytes
	if size >= 0 {
		limit = size
	}
	buffer := make([]byte, blockBytes)
	m := meter{began: time.Now(), at: part.Size(), from: part.Size()}
	for {
		n, err := body.Read(buffer)
		if part.Size()+int64(n) > limit {
			return wrong("The hub sent more bytes than it said the file has. It was refused.")
		}
		if _, err := part.Write(buffer[:n]); err != nil {
			return err
		}
		sum.Write(buffer[:n])
		g.progress(c, part.Size(), &m)
		switch {
		case errors.Is(err, io.EOF):
			if size >= 0 && part.Size() < size {
				return &lora.HubError{Class: lora.HubUnreachable, Err: lora.Errorf(lora.Unavailable, "The connection ended before the file was whole.")}
			}
			return nil
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			return err
		case m.tooSlow(part.Size()):
			return &lora.HubError{Class: lora.HubUnreachable, Err: lora.Errorf(lora.Unavailable, "The hub sends too slowly: less than 64 KiB in a minute.")}
		}
	}
}

// meter measures how fast bytes come.
type meter struct {
	began time.Time // of the window
	from  int64     // bytes then
	at    int64     // bytes at the latest telling
	told  time.Time
}

func (m *meter) tooSlow(bytes int64) bool {
	if time.Since(m.began) < slowestWindow {
		return false
	}
	slow := bytes-m.from < slowestBytes
	m.began, m.from = time.Now(), bytes
	return slow
}

// progress tells how far a download is, four times a second at most.
func (g *Origin) progress(c *carried, bytes int64, m *meter) {
	g.downward.mu.Lock()
	defer g.downward.mu.Unlock()
	c.Bytes = bytes
	now := time.Now()
	passed := now.Sub(m.told)
	if passed < tellEvery {
		return
	}
	if !m.told.IsZero() {
		rate := float64(bytes-m.at) / passed.Seconds()
		if c.PerSecond > 0 { // smoothed, so that it can be read
			rate = 0.7*float64(c.PerSecond) + 0.3*rate
		}
		c.PerSecond = int64(math.Round(rate))
	}
	m.told, m.at = now, bytes
	g.tell(c)
}

// readWith is a reader that ends with ctx.
func readWith(ctx context.Context, r io.Reader) io.Reader { return &contextReader{ctx, r} }

type contextReader struct {
	ctx context.Context //nolint:containedctx // lives as long as one copy
	io.Reader
}

// Read implements io.Reader.
func (r *contextReader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.Reader.Read(p)
}
