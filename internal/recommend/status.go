package recommend

import (
	"context"
	"sync"
	"time"

	"loramanager/internal/lora"
)

// RebuildReport says what rebuilding the index came to.
type RebuildReport struct {
	Status string // rebuilt, skipped or empty
	Items  int
	Bytes  int64 // held by the index
	Took   time.Duration
	At     time.Time
}

// Stats are the figures of recommending.
type Stats struct {
	Adapters    int // that can be recommended
	WithVectors int // of them, those with words to compare
	Active      int
	Sessions    int
	Feedback    int
	Preferences int
	// MeanTook is the mean of the last 1,000 answers; 0 before the first.
	MeanTook time.Duration
	// CacheHitRate is the share of questions whose text was not embedded anew, 0..1; 0
	// without a model.
	CacheHitRate float64
	IndexBytes   int64
	IndexedAt    time.Time // when the index last took over a change
}

// Health says how recommending is doing.
type Health struct {
	State       string // ready, building or failing
	Error       string
	Adapters    int // that can be recommended
	WithVectors int
	Bytes       int64
	MeanTook    time.Duration
	Change      int64
	BuiltAt     *time.Time
	Embedder    EmbedderState
}

// Rebuild makes the index anew; without force only when there is none.
func (r *Recommender) Rebuild(ctx context.Context, force bool) (RebuildReport, error) {
	began := time.Now()
	if err := r.lock(ctx); err != nil {
		return RebuildReport{}, err
	}
	report := RebuildReport{Status: "skipped"}
	if built, _ := r.state(); !built || force {
		report.Status = "rebuilt"
		if err := r.noted(r.build(ctx)); err != nil {
			r.unlock()
			return RebuildReport{}, err
		}
	}
	r.unlock()
	if err := r.changed(ctx); err != nil {
		return RebuildReport{}, err
	}
	r.mu.RLock()
	defer r.mu.RUnlock()
	report.Items, report.Bytes = r.index.live(), r.index.bytes()
	report.Took, report.At = time.Since(began), r.Now()
	if report.Items == 0 && report.Status == "rebuilt" {
		report.Status = "empty"
	}
	return report, nil
}

// Stats are the figures of now.
func (r *Recommender) Stats(ctx context.Context) (Stats, error) {
	if err := r.follow(ctx); err != nil {
		return Stats{}, err
	}
	sessions, feedback, preferences, err := r.Memory.RecommendCounts(ctx)
	if err != nil {
		return Stats{}, err
	}
	r.mu.RLock()
	defer r.mu.RUnlock()
	s := Stats{Sessions: sessions, Feedback: feedback, Preferences: preferences, MeanTook: r.times.mean(), IndexBytes: r.index.bytes(), IndexedAt: r.index.changedAt}
	s.Adapters, s.WithVectors, s.Active = r.index.coverage()
	if r.lane != nil {
		s.CacheHitRate = r.lane.queries.hitRate()
	}
	return s, nil
}

// coverage counts the adapters that can be recommended, those of them with a text vector,
// and the active ones.
func (x *index) coverage() (usable, vectors, active int) {
	for slot := range x.adapters {
		a := &x.adapters[slot]
		if !a.usable() || a.id == "" {
			continue
		}
		usable++
		if x.text.Has(slot) {
			vectors++
		}
		if a.active {
			active++
		}
	}
	return usable, vectors, active
}

// Health says how recommending is doing, without asking anybody outside.
func (r *Recommender) Health() Health {
	r.mu.RLock()
	defer r.mu.RUnlock()
	h := Health{State: "building", Change: r.index.change, Bytes: r.index.bytes(), MeanTook: r.times.mean(), Embedder: r.lane.state(r.index)}
	h.Adapters, h.WithVectors, _ = r.index.coverage()
	if r.built {
		at := r.builtAt
		h.State, h.BuiltAt = "ready", &at
	}
	if r.problem != nil {
		h.State, h.Error = "failing", "The catalog could not be read."
		if code := lora.CodeOf(r.problem); code != lora.Internal {
			h.Error = r.problem.Error()
		}
	}
	return h
}

// keptTimes is of how many answers the times are remembered.
const keptTimes = 1000

// times remember how long the latest answers took.
type times struct {
	mu   sync.Mutex
	took [keptTimes]time.Duration
	n    int
	sum  time.Duration
}

func (t *times) add(took time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	at := t.n % keptTimes
	t.sum += took - t.took[at]
	t.took[at] = took
	t.n++
}

// mean is 0 before the first answer.
func (t *times) mean() time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.n == 0 {
		return 0
	}
	return t.sum / time.Duration(min(t.n, keptTimes))
}
