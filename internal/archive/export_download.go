package archive

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"

	"loramanager/internal/lora"
)

// ExportDownload is a part of an export while it is downloaded. It must be closed.
type ExportDownload struct {
	Name string // of the file
	Type string // its content type
	ETag string
	Size int64

	plan  *exportPlan
	index int
	close sync.Once
}

// OpenExport opens a part, counted from 1. Conflict while the export is being prepared and
// after it has failed, NotFound when there is none of that number.
func (a *Archive) OpenExport(_ context.Context, id string, number int) (*ExportDownload, error) {
	p, err := a.exports.find(id)
	if err != nil {
		return nil, err
	}
	if err := p.hold(number); err != nil {
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	d := &ExportDownload{
		Name: p.partName(number - 1), Type: "application/zip", ETag: fmt.Sprintf("%q", fmt.Sprintf("%s-%d", p.id(), number)),
		Size: p.size(number - 1), plan: p, index: number - 1,
	}
	if !p.options.Keys.Empty() {
		d.Type = "application/octet-stream"
	}
	return d, nil
}

// Close ends the download.
func (d *ExportDownload) Close() error {
	d.close.Do(func() { d.plan.release(1) })
	return nil
}

// WriteRange writes the bytes [from, end) of the part. When a file is not any more what
// was planned it fails with Conflict, and so does the export as a whole: what was sent of
// it is worthless.
func (d *ExportDownload) WriteRange(ctx context.Context, to io.Writer, from, end int64) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	defer context.AfterFunc(d.plan.ctx, func() { cancel(context.Cause(d.plan.ctx)) })()
	counted := &countingWriter{ctx: ctx, to: to, sent: func(n int64) { d.plan.progress(d.index, from, n) }}
	began := d.plan.archive.now()
	var err error
	if d.plan.options.Keys.Empty() {
		err = d.plan.parts[d.index].plan.WriteRange(ctx, counted, from, end)
	} else {
		_, err = io.CopyBuffer(counted, io.NewSectionReader(d.plan.encrypted[d.index], from, end-from), make([]byte, 256<<10))
	}
	counted.tell()
	var known *lora.Error
	if counted.err == nil && errors.As(err, &known) && (known.Code == lora.Conflict || known.Code == lora.NotFound) {
		d.plan.archive.log.Error("an export was cut", "export", d.plan.id(), "file", known.Field, "error", err)
		d.plan.fail(err)
	}
	if err == nil {
		d.plan.archive.exports.speed.measured(end-from, d.plan.archive.now().Sub(began))
	}
	return err
}

// countingWriter tells how much was written, now and then.
type countingWriter struct {
	ctx  context.Context //nolint:containedctx // of one download
	to   io.Writer
	sent func(n int64) // since the beginning
	n    int64
	told int64
	err  error
}

// Write implements io.Writer.
func (w *countingWriter) Write(p []byte) (int, error) {
	if w.ctx.Err() != nil {
		return 0, context.Cause(w.ctx)
	}
	n, err := w.to.Write(p)
	if w.n += int64(n); w.n-w.told >= 1<<20 {
		w.tell()
	}
	w.err = err
	return n, err
}

func (w *countingWriter) tell() {
	w.told = w.n
	w.sent(w.n)
}

// progress notes that n bytes of a part were sent from an offset on, and ends the transfer
// when nothing is missing any more.
func (p *exportPlan) progress(index int, from, n int64) {
	p.mu.Lock()
	p.sent[index].add(from, from+n)
	total, whole, parts := int64(0), true, 0
	for i := range p.sent {
		sent := p.sent[i].total()
		total += sent
		if sent == p.size(i) {
			parts++
		} else {
			whole = false
		}
	}
	if whole && p.state == ExportReady {
		select {
		case <-p.sentAll:
		default:
			close(p.sentAll)
		}
	}
	p.mu.Unlock()
	p.run.change(func(t *lora.Transfer) { t.Items, t.Bytes = parts, total })
}

// coverage is which bytes of a part were sent, as spans in order that do not touch.
type coverage []span

type span struct{ from, end int64 }

// maxSpans bounds how many are remembered; further ones count only when they touch one.
const maxSpans = 1000

func (c *coverage) add(from, end int64) {
	if from == end {
		return
	}
	list := *c
	i, _ := slices.BinarySearchFunc(list, from, func(s span, from int64) int { return int(min(max(s.end-from, -1), 1)) })
	j := i
	for j < len(list) && list[j].from <= end {
		from, end = min(from, list[j].from), max(end, list[j].end)
		j++
	}
	if i == j && len(list) >= maxSpans {
		return
	}
	*c = slices.Replace(list, i, j, span{from, end})
}

func (c coverage) total() (n int64) {
	for _, s := range c {
		n += s.end - s.from
	}
	return n
}
