package archive

import (
	"context"
	"slices"
	"sync"
	"time"

	"loramanager/internal/lora"
)

const (
	// exportFolder is where plans keep what waits to be sent; it is emptied at the start.
	exportFolder = "exports"
	exportLife   = 24 * time.Hour
	maxExports   = 20
	// maxPlanned is how many members all plans may have together, for the memory they take.
	maxPlanned = 500_000
)

// exports holds the plans that can be downloaded.
type exports struct {
	archive *Archive
	speed   *speed

	mu     sync.Mutex
	closed bool
	plans  []*exportPlan // oldest first
}

// openExports removes what plans of an earlier process left.
func openExports(a *Archive) (*exports, error) {
	if err := a.options.Data.RemoveAll(exportFolder); err != nil {
		return nil, err
	}
	return &exports{archive: a, speed: openSpeed(a.options.Data)}, nil
}

// enter makes room for a plan by dropping the oldest that nobody is downloading.
func (e *exports) enter(p *exportPlan) error {
	e.mu.Lock()
	if e.closed {
		e.mu.Unlock()
		return lora.Errorf(lora.Unavailable, "The server is stopping. Try again when it is back.")
	}
	var dropped *exportPlan
	if len(e.plans) >= maxExports {
		i := slices.IndexFunc(e.plans, func(p *exportPlan) bool { return p.idle() })
		if i < 0 {
			e.mu.Unlock()
			return lora.Errorf(lora.Conflict, "%d exports are being made or downloaded. Wait until one is done.", maxExports)
		}
		dropped = e.plans[i]
		e.plans = slices.Delete(e.plans, i, i+1)
	}
	e.plans = append(e.plans, p)
	e.mu.Unlock()
	if dropped != nil {
		dropped.drop(errExportDropped)
	}
	return nil
}

// fit drops the oldest plans that nobody is downloading while all together are too large
// to stay in memory beside a new one.
func (e *exports) fit(newest *exportPlan) {
	e.mu.Lock()
	members := 0
	for _, p := range e.plans {
		members += p.weight()
	}
	var dropped []*exportPlan
	e.plans = slices.DeleteFunc(e.plans, func(p *exportPlan) bool {
		if members <= maxPlanned || p == newest || !p.idle() {
			return false
		}
		members -= p.weight()
		dropped = append(dropped, p)
		return true
	})
	e.mu.Unlock()
	for _, p := range dropped {
		p.drop(errExportDropped)
	}
}

func (e *exports) find(id string) (*exportPlan, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, p := range e.plans {
		if p.id() == id {
			return p, nil
		}
	}
	return nil, lora.Errorf(lora.NotFound, "There is no such export, or it has expired. Start a new one.")
}

// remove forgets a plan and removes what waited for it.
func (e *exports) remove(p *exportPlan, cause error) {
	e.mu.Lock()
	e.plans = slices.DeleteFunc(e.plans, func(other *exportPlan) bool { return other == p })
	e.mu.Unlock()
	p.drop(cause)
}

func (e *exports) close() {
	e.mu.Lock()
	e.closed = true
	plans := e.plans
	e.plans = nil
	e.mu.Unlock()
	for _, p := range plans {
		p.drop(errStopping)
	}
}

// Export describes a planned export. NotFound when there is none, or none any more.
func (a *Archive) Export(_ context.Context, id string) (Export, error) {
	p, err := a.exports.find(id)
	if err != nil {
		return Export{}, err
	}
	return p.describe(), nil
}

// DropExport forgets an export; downloads of it end.
func (a *Archive) DropExport(_ context.Context, id string) error {
	p, err := a.exports.find(id)
	if err != nil {
		return err
	}
	a.exports.remove(p, errExportDropped)
	return nil
}
