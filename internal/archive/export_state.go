package archive

import (
	"context"
	"errors"
	"time"

	"loramanager/internal/lora"
)

var errExportDropped = errors.New("the export was dropped")

// ready lets the export be downloaded, until it expires.
func (p *exportPlan) ready() {
	p.mu.Lock()
	if p.state != ExportPreparing { // dropped meanwhile
		p.mu.Unlock()
		return
	}
	p.state = ExportReady
	close(p.settled)
	p.timer = time.AfterFunc(p.expires.Sub(p.archive.now()), func() { p.archive.exports.remove(p, errExportDropped) })
	total := int64(0)
	for i := range p.parts {
		total += p.size(i)
	}
	name := p.partName(0)
	p.mu.Unlock()
	p.run.phase("writing", len(p.parts), total)
	p.run.about(name)
}

// fail ends the export: downloads of it stop, and what waits on the disk goes with the
// last of them. Only the first reason counts.
func (p *exportPlan) fail(err error) {
	p.mu.Lock()
	if p.state != ExportFailed {
		if p.state == ExportPreparing {
			close(p.settled)
		}
		p.state, p.err = ExportFailed, err
	}
	if p.timer != nil {
		p.timer.Stop()
	}
	p.mu.Unlock()
	p.cancel(err)
	p.sweep()
}

// drop is fail for an export that nobody wants any more.
func (p *exportPlan) drop(cause error) {
	p.fail(cause)
	if errors.Is(cause, errExportDropped) {
		cause = errCancelled
	}
	p.run.stop(cause)
}

// hold keeps what waits on the disk for a download of a part.
func (p *exportPlan) hold(number int) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch p.state {
	case ExportFailed:
		return lora.Errorf(lora.Conflict, "The export failed and must be started again: %s", failureSentence(p.err))
	case ExportPreparing:
		return lora.Errorf(lora.Conflict, "The export is still being encrypted. Wait until it is ready.")
	case ExportReady:
	}
	if number < 1 || number > len(p.parts) {
		return lora.Errorf(lora.NotFound, "The export has %d parts.", len(p.parts))
	}
	p.holders++
	p.downloads++
	return nil
}

// release is the end of the transfer, or of as many downloads.
func (p *exportPlan) release(downloads int) {
	p.mu.Lock()
	p.holders--
	p.downloads -= downloads
	p.mu.Unlock()
	p.sweep()
}

// idle reports whether nobody makes or downloads the export.
func (p *exportPlan) idle() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.state != ExportPreparing && p.downloads == 0
}

// weight is how many members the plan keeps in memory.
func (p *exportPlan) weight() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.members
}

// sweep removes what waits on the disk once the export is over and nobody needs it.
func (p *exportPlan) sweep() {
	p.mu.Lock()
	if p.state != ExportFailed || p.holders > 0 {
		p.mu.Unlock()
		return
	}
	c, encrypted := p.composer, p.encrypted
	p.composer, p.encrypted, p.parts, p.members = nil, nil, nil, 0
	p.mu.Unlock()
	for _, file := range encrypted {
		_ = file.Close() // goes away with its folder
	}
	if c != nil {
		c.close()
	}
	if err := p.archive.options.Data.RemoveAll(p.folder); err != nil {
		p.archive.log.Warn("what an export left could not be removed; the next start tries again", "folder", p.folder, "error", err)
	}
}

// size is the size of part i as it is downloaded; the caller holds mu.
func (p *exportPlan) size(i int) int64 {
	if i < len(p.encrypted) {
		return p.encrypted[i].Size()
	}
	return p.parts[i].plan.Size()
}

func (p *exportPlan) describe() Export {
	p.mu.Lock()
	defer p.mu.Unlock()
	e := Export{ID: p.id(), State: p.state, Notes: append([]string{}, p.notes...), ExpiresAt: p.expires, Parts: []ExportPart{}}
	if p.err != nil {
		e.Error = failureSentence(p.err)
	}
	if p.state != ExportReady {
		return e // sizes of encrypted parts are not known before, and of others not needed after
	}
	for i := range p.parts {
		e.Parts = append(e.Parts, ExportPart{Number: i + 1, Name: p.partName(i), Size: p.size(i)})
	}
	return e
}

// WaitExport waits until an export can be downloaded, or has failed, or ctx ends.
func (a *Archive) WaitExport(ctx context.Context, id string) (Export, error) {
	p, err := a.exports.find(id)
	if err != nil {
		return Export{}, err
	}
	select {
	case <-p.settled:
		return p.describe(), nil
	case <-ctx.Done():
		return Export{}, context.Cause(ctx)
	}
}
