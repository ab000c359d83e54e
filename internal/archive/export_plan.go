package archive

import (
	"context"
	"fmt"
	"path"
	"sync"
	"time"

	"loramanager/internal/guard"
	"loramanager/internal/lora"
)

// ExportState says whether an export can be downloaded.
type ExportState string

// The states. An encrypted export is preparing until all of it has been written.
const (
	ExportPreparing ExportState = "preparing"
	ExportReady     ExportState = "ready"
	ExportFailed    ExportState = "failed"
)

// Export is an archive that can be downloaded, in one part or several. ID names also the
// transfer that shows its progress.
type Export struct {
	ID        string
	State     ExportState
	Error     string // why it failed
	Parts     []ExportPart
	Notes     []string
	ExpiresAt time.Time
}

// ExportPart is one file of an export.
type ExportPart struct {
	Number int // from 1
	Name   string
	Size   int64
}

// exportPlan is an export from its plan until it expires. Its transfer lasts until all of
// it was downloaded once, or it is dropped.
type exportPlan struct {
	archive *Archive
	run     *run
	folder  string
	options ExportOptions
	expires time.Time
	name    string // of its parts, without what tells them apart

	ctx     context.Context //nolint:containedctx // ends when it cannot be downloaded any more
	cancel  context.CancelCauseFunc
	settled chan struct{} // closed when it is ready or has failed
	sentAll chan struct{} // closed when all was downloaded once

	mu        sync.Mutex
	state     ExportState
	err       error
	composer  *composer
	parts     []*part
	members   int             // of all parts
	encrypted []*guard.Writer // the parts as they are downloaded, when they are encrypted
	sent      []coverage      // by part
	notes     []string
	holders   int // who needs what waits on the disk: its transfer, and downloads
	downloads int
	timer     *time.Timer
}

// PlanExport settles what an archive holds and how large it is. Its parts can then be
// downloaded, each as often as wanted and by any ranges, for 24 hours; an encrypted one
// once its state is ready. It takes as long as the catalog takes to read; ctx ends it.
// Older exports that nobody is downloading make room for it where there are too many.
func (a *Archive) PlanExport(ctx context.Context, o ExportOptions) (Export, error) {
	if err := o.check(); err != nil {
		return Export{}, err
	}
	scope, err := a.scope(ctx, &o)
	if err != nil {
		return Export{}, err
	}
	r, err := a.runs.begin(ctx, lora.TransferExport, lora.TransferPlanning)
	if err != nil {
		return Export{}, err
	}
	p := &exportPlan{
		archive: a, run: r, folder: path.Join(exportFolder, r.id()), options: o, state: ExportPreparing, holders: 1,
		expires: a.now().Add(exportLife).UTC().Truncate(time.Second), name: "lora_export_" + a.now().Format("20060102_150405"),
		settled: make(chan struct{}), sentAll: make(chan struct{}),
	}
	p.ctx, p.cancel = context.WithCancelCause(context.Background())
	if err := a.exports.enter(p); err != nil {
		r.finish(err)
		return Export{}, err
	}
	planned := make(chan error, 1)
	if err := r.work(func(ctx context.Context) error { return p.live(ctx, scope, planned) }); err != nil {
		p.release(0)
		a.exports.remove(p, err)
		return Export{}, err
	}
	select {
	case err = <-planned:
	case <-ctx.Done():
		a.exports.remove(p, errExportDropped)
		return Export{}, context.Cause(ctx)
	}
	if err != nil {
		a.exports.remove(p, err)
		return Export{}, err
	}
	a.exports.fit(p)
	return p.describe(), nil
}

func (p *exportPlan) id() string { return p.run.id() }

// live is the export's transfer.
func (p *exportPlan) live(ctx context.Context, scope lora.ExportScope, planned chan<- error) error {
	defer p.release(0)
	err := p.plan(ctx, scope)
	if err == nil && !p.options.Keys.Empty() {
		planned <- nil
		err = p.encrypt(ctx)
	}
	if err == nil {
		p.ready()
	}
	select {
	case planned <- err:
	default: // said before
	}
	if err == nil {
		select {
		case <-p.sentAll:
			return nil
		case <-p.ctx.Done():
			err = context.Cause(p.ctx)
		case <-ctx.Done():
			err = context.Cause(ctx)
		}
	}
	if ctx.Err() != nil {
		p.archive.exports.remove(p, context.Cause(ctx))
	} else {
		p.fail(err)
	}
	return err
}

// plan reads the catalog and lays out the parts.
func (p *exportPlan) plan(ctx context.Context, scope lora.ExportScope) error {
	a, o := p.archive, &p.options
	size, err := a.options.Export.Catalog.ExportSize(ctx, scope)
	if err != nil {
		return err
	}
	p.run.phase("reading", size.Adapters+size.Compositions+size.Jobs, 0)
	c, err := a.compose(composeOptions{
		Kind: kindExport, Folder: p.folder, Compression: compression(o.Compression), Weights: o.Files, Beside: o.Files,
		Pictures: o.Images, Options: o.manifestOptions(),
	})
	if err != nil {
		return err
	}
	p.mu.Lock()
	p.composer = c
	p.mu.Unlock()
	err = a.options.Export.Catalog.Export(ctx, scope, func(r lora.ArchiveRecord) error {
		if r.Adapter != nil || r.Composition != nil || r.Job != nil {
			p.run.add(1, 0)
		}
		return c.record(ctx, r)
	})
	if err == nil && o.Compositions {
		err = c.wildcards()
	}
	if err != nil {
		return err
	}
	parts, err := c.finish(o.PartBytes)
	if err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.parts, p.notes, p.sent = parts, c.sentences(), make([]coverage, len(parts))
	for _, part := range parts {
		p.members += part.plan.Members()
	}
	for _, note := range p.notes {
		p.run.note("%s", note)
	}
	return nil
}

// partName is what a part is called on the user's disk.
func (p *exportPlan) partName(i int) string {
	name := p.name
	if len(p.parts) > 1 {
		name += fmt.Sprintf(".part%02dof%02d", i+1, len(p.parts))
	}
	name += ".zip"
	if !p.options.Keys.Empty() {
		name += ".age"
	}
	return name
}
