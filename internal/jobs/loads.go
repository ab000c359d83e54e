package jobs

import (
	"context"
	"maps"
	"sync"
	"time"
)

// loadAge is how old the counted load may be when an engine is chosen. Jobs accepted
// meanwhile are added by hand.
const loadAge = time.Second

// loads remembers how many jobs wait or run by engine, so that accepting a job does not
// count rows.
type loads struct {
	mu       sync.Mutex
	byEngine map[string]int
	counted  time.Time
}

// read returns a copy. A database that does not answer costs the choice its best reason,
// not the job: the old counts are used.
func (l *loads) read(ctx context.Context, j *Jobs) map[string]int {
	l.mu.Lock()
	defer l.mu.Unlock()
	if now := time.Now(); now.Sub(l.counted) >= loadAge {
		counted, err := j.Leases.JobLoad(ctx)
		if err != nil {
			j.Logger.Warn("the load of the engines could not be counted", "error", err)
		} else {
			l.byEngine, l.counted = maps.Clone(counted), now
		}
	}
	return maps.Clone(l.byEngine)
}

func (l *loads) add(engine string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.byEngine == nil {
		l.byEngine = map[string]int{}
	}
	l.byEngine[engine]++
}
