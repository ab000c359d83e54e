package recommend

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"loramanager/internal/lora"
)

// computedAtOnce is how many vectors of a model are made while a caller waits; more are
// left to the background.
const computedAtOnce = 256

// EmbeddingStatus says what vectors there are of an adapter. An unknown id has none.
func (r *Recommender) EmbeddingStatus(ctx context.Context, id string) (EmbeddingStatus, error) {
	if err := r.follow(ctx); err != nil {
		return EmbeddingStatus{}, err
	}
	status, known := r.embeddingStatus(id)
	if r.lane == nil || !known {
		return status, nil
	}
	e, err := r.Vectors.Embedding(ctx, id, r.lane.model)
	switch {
	case lora.CodeOf(err) == lora.NotFound:
	case err != nil:
		return EmbeddingStatus{}, err
	default:
		status.ComputedAt = &e.ComputedAt
	}
	return status, nil
}

func (r *Recommender) embeddingStatus(id string) (status EmbeddingStatus, known bool) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	x := r.index
	slot, known := x.slots[id]
	if !known {
		return EmbeddingStatus{AdapterID: id, NeedsCompute: true}, false
	}
	a := &x.adapters[slot]
	status = EmbeddingStatus{
		AdapterID: id, Semantic: x.text.Has(int(slot)), Artistic: x.style.Has(int(slot)), Technical: x.shapes.list[a.shape].known(), Features: len(a.words) > 0,
	}
	if r.lane == nil { // the built-in vectors follow the catalog
		at := x.changedAt.UTC()
		status.ComputedAt = &at
		return status, true
	}
	digest, _ := digestOf(embedText(a, x.terms))
	current := int(slot) < len(x.space.digests) && x.space.digests[slot] == digest
	status.NeedsCompute = a.usable() && !current
	return status, true
}

// ComputeEmbeddings makes vectors of the adapters with the ids, of all active ones when
// there are no ids, or of all with everything set; ids that no adapter has are passed
// over. Those that are as they should be are skipped unless it is forced. The built-in
// vectors are always as they should be.
func (r *Recommender) ComputeEmbeddings(ctx context.Context, ids []string, everything, force bool) (ComputeReport, error) {
	began := time.Now()
	if err := r.follow(ctx); err != nil {
		return ComputeReport{}, err
	}
	chosen := r.choose(ids, everything)
	report := ComputeReport{Errors: []ComputeError{}}
	var err error
	switch {
	case r.lane == nil && force:
		report.Processed = len(chosen)
		err = r.vectorize(ctx, chosen)
	case r.lane == nil:
		report.Skipped = len(chosen)
	default:
		err = r.lane.compute(ctx, chosen, force, &report)
	}
	report.Took, report.At = time.Since(began), r.Now().UTC()
	return report, err
}

// choose finds adapters by ids, the active ones or all.
func (r *Recommender) choose(ids []string, everything bool) []string {
	r.mu.RLock()
	defer r.mu.RUnlock()
	x := r.index
	if everything {
		return slices.Collect(maps.Keys(x.slots))
	}
	chosen := make(map[string]bool)
	for _, id := range ids {
		if _, ok := x.slots[id]; ok {
			chosen[id] = true
		}
	}
	for id, slot := range x.slots {
		if a := &x.adapters[slot]; len(ids) == 0 && a.active && a.usable() {
			chosen[id] = true
		}
	}
	return slices.Collect(maps.Keys(chosen))
}

// vectorize makes the built-in vectors of adapters anew, in parts: questions wait for no
// more than one.
func (r *Recommender) vectorize(ctx context.Context, ids []string) error {
	for part := range slices.Chunk(ids, lookPart) {
		if err := r.vectorizePart(ctx, part); err != nil {
			return err
		}
	}
	return nil
}

// vectorizePart works beside questions, and holds them up only to put its vectors into the
// index, which has no others change it meanwhile.
func (r *Recommender) vectorizePart(ctx context.Context, ids []string) error {
	if err := r.lock(ctx); err != nil {
		return err
	}
	defer r.unlock()
	x := r.index // its adapters and words change only with the turn
	made := make(map[uint32][]float32, len(ids))
	for _, id := range ids {
		slot, ok := x.slots[id]
		if !ok {
			continue
		}
		x.phrases = x.adapters[slot].phrases(x.terms, x.phrases)
		made[slot] = make([]float32, textDims)
		x.vocabulary.Vector(x.reader, x.phrases, made[slot])
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for slot, vec := range made {
		x.text.Set(int(slot), vec)
	}
	return ctx.Err()
}

// compute makes the vectors of adapters that need one, the first of them at once.
func (l *lane) compute(ctx context.Context, ids []string, force bool, report *ComputeReport) error {
	select {
	case l.turn <- struct{}{}:
		defer func() { <-l.turn }()
	case <-ctx.Done():
		return ctx.Err()
	}
	if err := l.load(ctx); err != nil {
		return err
	}
	if force {
		l.r.unlearn(ids)
	}
	only := make(map[string]bool, len(ids))
	for _, id := range ids {
		only[id] = true
	}
	due := l.r.wordsWithoutVector(len(ids), only)
	report.Skipped = len(ids) - len(due)
	for from := 0; from < min(len(due), computedAtOnce); {
		to := min(from+l.embedder.Batch(), len(due), computedAtOnce)
		refused, err := l.embed(ctx, due[from:to])
		l.note(err)
		if errors.Is(err, context.Canceled) {
			return err
		}
		if err != nil { // the rest would fail as well
			for _, w := range due[from:min(len(due), computedAtOnce)] {
				report.Errors = append(report.Errors, ComputeError{w.id, userSentence(err)})
			}
			break
		}
		for _, id := range refused {
			report.Errors = append(report.Errors, ComputeError{id, "The model refuses the words of this adapter; they may be too long for it."})
		}
		report.Processed += to - from - len(refused)
		from = to
	}
	if report.Pending = max(len(due)-computedAtOnce, 0); report.Pending > 0 {
		l.nudge()
	}
	return nil
}
