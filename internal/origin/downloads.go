package origin

import (
	"context"
	"path"
	"slices"
	"sync"
	"time"

	"loramanager/internal/guard"
	"loramanager/internal/lora"
)

// Bounds of the queue.
const (
	maxDownloads = 1000
	tellEvery    = 250 * time.Millisecond
)

// downward is the queue of downloads. The list is the truth while the program runs; every
// change of a state is written to the log before anybody is told.
type downward struct {
	mu   sync.Mutex
	list []*carried
	wake chan struct{} // something may begin
}

// carried is a download with what only its run needs.
type carried struct {
	lora.Download
	end       context.CancelFunc // nil while it does not run
	becomes   lora.DownloadState // what the user wants it to be once it has ended; empty for nothing
	notBefore time.Time          // it waits until then before the next attempt
	fruitless int                // attempts in a row that brought nothing
	told      time.Time
}

func (d *downward) init() { d.wake = make(chan struct{}, 1) }

func (d *downward) ring() {
	select {
	case d.wake <- struct{}{}:
	default:
	}
}

// recover reads the queue after a restart: what ran waits for its turn again.
func (g *Origin) recover(ctx context.Context) error {
	kept, err := g.o.Downloads.Downloads(ctx)
	if err != nil {
		return err
	}
	d := &g.downward
	d.mu.Lock()
	defer d.mu.Unlock()
	for i := range kept {
		c := &carried{Download: kept[i]}
		if c.State == lora.DownloadRunning {
			c.State = lora.DownloadQueued
		}
		d.list = append(d.list, c)
	}
	return nil
}

// serveDownloads begins downloads as their turn comes, until the Origin is closed.
func (g *Origin) serveDownloads() {
	var running sync.WaitGroup
	defer running.Wait()
	for {
		c, ctx, wait := g.nextDownload()
		if c != nil {
			running.Go(func() { g.carry(ctx, c) })
			continue
		}
		timer := time.NewTimer(wait)
		select {
		case <-g.ctx.Done():
			timer.Stop()
			return
		case <-g.downward.wake:
		case <-timer.C:
		}
		timer.Stop()
	}
}

// nextDownload takes the first that may begin. Without one it says how long to sleep.
func (g *Origin) nextDownload() (*carried, context.Context, time.Duration) {
	d := &g.downward
	d.mu.Lock()
	defer d.mu.Unlock()
	running, due, now := 0, time.Hour, time.Now()
	var first *carried
	for _, c := range d.list {
		switch {
		case c.end != nil:
			running++
		case c.State != lora.DownloadQueued && c.State != lora.DownloadVerifying || first != nil:
		case c.notBefore.After(now):
			due = min(due, c.notBefore.Sub(now))
		default:
			first = c
		}
	}
	if first == nil || running >= g.o.AtOnce || g.ctx.Err() != nil {
		return nil, nil, due
	}
	ctx, cancel := context.WithCancel(g.ctx)
	first.end, first.becomes = cancel, ""
	if first.State == lora.DownloadQueued {
		first.State, first.Error = lora.DownloadRunning, ""
	}
	first.Attempts++
	return first, ctx, 0
}

// Downloads lists all downloads in the order they are made.
func (g *Origin) Downloads(context.Context) ([]lora.Download, error) {
	d := &g.downward
	d.mu.Lock()
	defer d.mu.Unlock()
	list := make([]lora.Download, len(d.list))
	for i, c := range d.list {
		list[i] = c.Download
	}
	return list, nil
}

// change changes a download under the lock, keeps it and tells everybody.
func (g *Origin) change(ctx context.Context, id string, f func(c *carried) error) (lora.Download, error) {
	d := &g.downward
	d.mu.Lock()
	defer d.mu.Unlock()
	i := slices.IndexFunc(d.list, func(c *carried) bool { return c.ID == id })
	if i < 0 {
		return lora.Download{}, noDownload()
	}
	c := d.list[i]
	before := c.Download
	if err := f(c); err != nil {
		return before, err
	}
	if c.Download != before {
		if err := g.o.Downloads.PutDownload(context.WithoutCancel(ctx), c.Download); err != nil {
			c.Download = before
			return before, err
		}
		g.tell(c)
	}
	d.ring()
	return c.Download, nil
}

func noDownload() error {
	return lora.Errorf(lora.NotFound, "There is no such download.")
}

// tell announces a download; the caller holds the lock.
func (g *Origin) tell(c *carried) {
	c.told = time.Now()
	g.o.Announcer.Announce(eventDownload, map[string]lora.Download{"download": c.Download})
}

// Pause stops a download; what has come stays.
func (g *Origin) Pause(ctx context.Context, id string) (lora.Download, error) {
	return g.change(ctx, id, func(c *carried) error {
		switch {
		case c.State == lora.DownloadPaused:
		case c.State == lora.DownloadQueued:
			c.State, c.PerSecond = lora.DownloadPaused, 0
		case c.State == lora.DownloadRunning && c.end != nil:
			c.becomes = lora.DownloadPaused
			c.end()
		default:
			return lora.Errorf(lora.Conflict, "Only a download that waits or runs can be paused; this one is %s.", c.State)
		}
		return nil
	})
}

// Resume lets a paused download go on.
func (g *Origin) Resume(ctx context.Context, id string) (lora.Download, error) {
	return g.change(ctx, id, func(c *carried) error {
		switch {
		case c.becomes == lora.DownloadPaused:
			c.becomes = lora.DownloadQueued
		case c.State == lora.DownloadPaused:
			c.State, c.notBefore, c.fruitless, c.Error = lora.DownloadQueued, time.Time{}, 0, ""
		case c.State == lora.DownloadQueued || c.State == lora.DownloadRunning:
			c.notBefore = time.Time{}
		default:
			return lora.Errorf(lora.Conflict, "Only a paused download can be resumed; this one is %s.", c.State)
		}
		return nil
	})
}

// Retry takes up a download that has failed or was cancelled.
func (g *Origin) Retry(ctx context.Context, id string) (lora.Download, error) {
	return g.change(ctx, id, func(c *carried) error {
		if c.end != nil || c.State != lora.DownloadFailed && c.State != lora.DownloadCancelled {
			return lora.Errorf(lora.Conflict, "Only a download that has failed or was cancelled can be retried; this one is %s.", c.State)
		}
		c.State, c.notBefore, c.fruitless, c.Error, c.FinishedAt = lora.DownloadQueued, time.Time{}, 0, "", nil
		return nil
	})
}

// Cancel ends a download and drops what has come.
func (g *Origin) Cancel(ctx context.Context, id string) (lora.Download, error) {
	d, err := g.change(ctx, id, func(c *carried) error {
		switch {
		case final(c.State):
			return lora.Errorf(lora.Conflict, "The download is over: it is %s.", c.State)
		case c.end != nil:
			c.becomes = lora.DownloadCancelled
			c.end()
			return nil
		}
		g.over(c, lora.DownloadCancelled, "")
		return nil
	})
	if err == nil && d.State == lora.DownloadCancelled {
		g.dropPart(ctx, &d)
	}
	return d, err
}

// over ends a download; the caller holds the lock.
func (g *Origin) over(c *carried, state lora.DownloadState, why string) {
	now := g.now()
	c.State, c.Error, c.PerSecond, c.FinishedAt = state, why, 0, &now
	if state == lora.DownloadCancelled {
		c.Bytes, c.ETag = 0, ""
	}
}

func final(s lora.DownloadState) bool {
	return s == lora.DownloadDone || s == lora.DownloadFailed || s == lora.DownloadCancelled
}

// Reorder puts the given downloads, in their order, before all others.
func (g *Origin) Reorder(ctx context.Context, ids []string) error {
	d := &g.downward
	d.mu.Lock()
	defer d.mu.Unlock()
	place := map[string]int{}
	for i, id := range ids {
		if !slices.ContainsFunc(d.list, func(c *carried) bool { return c.ID == id }) {
			return noDownload()
		}
		if _, twice := place[id]; twice {
			return lora.FieldErrorf(lora.Invalid, "ids", "A download is named twice.")
		}
		place[id] = i
	}
	if err := g.o.Downloads.OrderDownloads(ctx, ids); err != nil {
		return err
	}
	slices.SortStableFunc(d.list, func(a, b *carried) int { return rank(place, a.ID) - rank(place, b.ID) })
	g.o.Announcer.Announce(eventDownload, map[string]any{"download": nil})
	return nil
}

func rank(place map[string]int, id string) int {
	if i, ok := place[id]; ok {
		return i
	}
	return len(place)
}

// Remove forgets a download that is over; the adapter it became stays.
func (g *Origin) Remove(ctx context.Context, id string) error {
	d := &g.downward
	d.mu.Lock()
	i := slices.IndexFunc(d.list, func(c *carried) bool { return c.ID == id })
	if i < 0 {
		d.mu.Unlock()
		return noDownload()
	}
	c := d.list[i]
	if c.end != nil || !final(c.State) {
		d.mu.Unlock()
		return lora.Errorf(lora.Conflict, "The download is not over. Cancel it first.")
	}
	err := g.o.Downloads.DeleteDownload(ctx, id)
	if err == nil {
		d.list = slices.Delete(d.list, i, i+1)
	}
	d.mu.Unlock()
	if err != nil {
		return err
	}
	if c.State == lora.DownloadFailed {
		g.dropPart(ctx, &c.Download)
	}
	g.o.Announcer.Announce(eventDownload, map[string]any{"download": nil})
	return nil
}

// Where parts of files lie in a library folder until they are whole. Scans leave folders
// with a dot out.
const (
	staging    = ".loramanager-staging"
	partFolder = staging + "/downloads"
)

func partOf(d *lora.Download) string { return path.Join(partFolder, d.ID+".part") }

// openRoot opens the library folder a download goes to.
func (g *Origin) openRoot(ctx context.Context, id string) (*guard.Root, error) {
	root, err := g.rootByID(ctx, id)
	if err != nil {
		return nil, err
	}
	return guard.OpenRoot(root.Path)
}

func (g *Origin) rootByID(ctx context.Context, id string) (lora.Root, error) {
	roots, err := g.o.Library.Roots(ctx)
	if err != nil {
		return lora.Root{}, err
	}
	i := slices.IndexFunc(roots, func(r lora.Root) bool { return r.ID == id })
	if i < 0 {
		return lora.Root{}, lora.FieldErrorf(lora.NotFound, "root_id", "There is no such library folder.")
	}
	return roots[i], nil
}

// dropPart removes what has come of a file. What cannot be removed is swept at the next
// start.
func (g *Origin) dropPart(ctx context.Context, d *lora.Download) {
	root, err := g.openRoot(ctx, d.RootID)
	if err != nil {
		return
	}
	defer closing(root)
	_ = root.Remove(partOf(d))
}

// sweep removes parts no download of the list goes on with.
func (g *Origin) sweep(ctx context.Context) {
	wanted := map[string]bool{}
	g.downward.mu.Lock()
	for _, c := range g.downward.list {
		if c.State != lora.DownloadDone && c.State != lora.DownloadCancelled {
			wanted[path.Base(partOf(&c.Download))] = true
		}
	}
	g.downward.mu.Unlock()
	roots, err := g.o.Library.Roots(ctx)
	if err != nil {
		return // swept another time
	}
	for _, r := range roots {
		root, err := guard.OpenRoot(r.Path)
		if err != nil {
			continue // the folder is away
		}
		entries, _ := root.ReadDir(partFolder) // mostly there is none
		for _, e := range entries {
			if !wanted[e.Name()] && path.Ext(e.Name()) == ".part" {
				_ = root.Remove(path.Join(partFolder, e.Name()))
			}
		}
		closing(root)
	}
}
