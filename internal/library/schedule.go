package library

import (
	"context"
	"time"

	"loramanager/internal/lora"
)

// tick is how often the schedule looks whether something is due.
const tick = 30 * time.Second

// runSchedule scans folders that are due until ctx ends: those that are
// watched rarely, to be sure, the others often, and those that were away as soon as
// they are back.
func (l *Library) runSchedule(ctx context.Context, started time.Time) {
	tried := map[string]time.Time{}
	ticker := time.NewTicker(min(tick, max(time.Second, l.o.UnwatchedRescan/2)))
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		roots, err := l.o.Registry.Roots(ctx)
		if err != nil {
			continue // the database says what is wrong wherever it is asked
		}
		var due []string
		for _, root := range roots {
			last := tried[root.ID]
			if last.IsZero() {
				last = started
			}
			if root.LastScanAt != nil && root.LastScanAt.After(last) {
				last = *root.LastScanAt
			}
			if l.isDue(ctx, root, last) {
				due = append(due, root.ID)
			}
		}
		if len(due) == 0 {
			continue
		}
		if _, err := l.StartScan(ctx, due, TriggerSchedule); err == nil {
			for _, id := range due {
				tried[id] = l.o.Now()
			}
		}
	}
}

func (l *Library) isDue(ctx context.Context, root lora.Root, last time.Time) bool {
	now := l.probe(ctx, root)
	switch {
	case now.state != stateOnline:
		return false // there is nothing to scan
	case now.away:
		return true
	}
	every := l.o.UnwatchedRescan
	if l.watcher.Load().covers(root.ID) {
		every = l.o.WatchedRescan
	}
	return l.o.Now().Sub(last) >= every
}
