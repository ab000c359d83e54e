package recommend

import (
	"context"
	"errors"
	"sync"
	"time"

	"loramanager/internal/lora"
)

// How the lane treats an endpoint that does not answer.
const (
	firstPause   = 5 * time.Second
	longestPause = 5 * time.Minute
)

// probe is what an endpoint is asked when nothing else is to be asked of it.
const probe = "a"

// lane makes the text vectors of adapters with a model, in the background: those whose
// words have no vector yet, in batches, each kept in the database before the next begins.
// It holds no list of what is to do: the index tells, so that nothing is lost with it.
type lane struct {
	r        *Recommender
	embedder Embedder
	vectors  Vectors
	model    string        // under which vectors are kept
	wake     chan struct{} // the lane has something to do
	turn     chan struct{} // held by who makes vectors of adapters
	queries  *queryCache

	mu       sync.Mutex
	fit      fit
	loaded   bool // what the database has is in the index
	dropped  bool // vectors of other models are forgotten
	other    int  // length of vectors seen last time, when it was not fit.dims
	problem  error
	failures int
	again    time.Time // when the endpoint is asked again after a failure
	deaf     time.Time // until when questions do without the endpoint
}

// newLane returns nil without a model.
func newLane(r *Recommender) *lane {
	if r.Embedder == nil {
		return nil
	}
	return &lane{
		r: r, embedder: r.Embedder, vectors: r.Vectors, model: embedModel(r.Embedder.Model()),
		wake: make(chan struct{}, 1), turn: make(chan struct{}, 1), queries: newQueryCache(), fit: fit{room: modelRoom},
	}
}

// run works until ctx is done.
func (l *lane) run(ctx context.Context) {
	for {
		l.work(ctx)
		timer := time.NewTimer(l.rest())
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-l.wake:
		case <-timer.C:
		}
		timer.Stop()
	}
}

// rest is how long there is nothing to do.
func (l *lane) rest() time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.problem != nil {
		return min(max(l.again.Sub(l.r.Now()), time.Millisecond), l.r.Look)
	}
	return l.r.Look
}

// nudge wakes the lane, if there is one.
func (l *lane) nudge() {
	if l == nil {
		return
	}
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// work makes vectors until all adapters have theirs or something fails.
func (l *lane) work(ctx context.Context) {
	if built, _ := l.r.state(); !built || l.pausing() {
		return
	}
	for {
		more, err := l.next(ctx)
		if ctx.Err() != nil {
			return
		}
		l.note(err)
		if err != nil || !more {
			return
		}
	}
}

// next makes the vectors of one batch and reports whether there may be more to make.
func (l *lane) next(ctx context.Context) (more bool, err error) {
	select {
	case l.turn <- struct{}{}:
		defer func() { <-l.turn }()
	case <-ctx.Done():
		return false, ctx.Err()
	}
	if err := l.load(ctx); err != nil {
		return false, err
	}
	batch := l.r.wordsWithoutVector(l.embedder.Batch(), nil)
	if len(batch) == 0 {
		return false, l.idle(ctx)
	}
	_, err = l.embed(ctx, batch)
	return true, err
}

// idle is done when every adapter has its vector: see whether an endpoint that failed
// answers again, and forget what other models made.
func (l *lane) idle(ctx context.Context) error {
	l.mu.Lock()
	failed, dropped := l.problem != nil, l.dropped
	l.mu.Unlock()
	if failed {
		if _, err := l.embedder.Embed(ctx, []string{probe}); err != nil {
			return err
		}
	}
	if dropped {
		return nil
	}
	if _, err := l.vectors.DropEmbeddings(ctx, l.model); err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.dropped = true
	return nil
}

// embed makes, keeps and shows the vectors of a batch, and returns the ids of adapters
// whose words the model refuses. The caller has the lane's turn.
func (l *lane) embed(ctx context.Context, batch []worded) (refused []string, err error) {
	texts := make([]string, len(batch))
	for i := range batch {
		texts[i] = batch[i].text
	}
	made, err := l.embedder.Embed(ctx, texts)
	if err != nil {
		return nil, err
	}
	if len(made) != len(batch) {
		return nil, lora.Errorf(lora.Internal, "The model made %d vectors of %d texts.", len(made), len(batch))
	}
	if err := l.sameDims(made); err != nil {
		return nil, err
	}
	now := l.r.Now().UTC().Truncate(time.Microsecond)
	kept := make([]lora.Embedding, 0, len(batch))
	for i, w := range batch {
		if made[i] == nil {
			refused = append(refused, w.id)
			continue
		}
		kept = append(kept, lora.Embedding{AdapterKey: w.key, AdapterID: w.id, Model: l.model, TextDigest: w.hex, Vector: made[i], ComputedAt: now})
	}
	if err := l.vectors.PutEmbeddings(ctx, kept); err != nil {
		return nil, err
	}
	return refused, l.show(ctx, batch, made)
}

// sameDims notices when the endpoint has another model than before. Once may be a mistake;
// when it happens twice running, all vectors are made anew.
func (l *lane) sameDims(made [][]float32) error {
	dims := 0
	for _, v := range made {
		dims = max(dims, len(v))
	}
	if dims == 0 {
		return nil
	}
	l.mu.Lock()
	before, again := l.fit.dims, l.other == dims
	switch {
	case before == 0 || before == dims:
		l.fit.dims, l.other = dims, 0
	case again:
		l.fit, l.other = fit{dims: dims, generation: l.fit.generation + 1, room: l.fit.room}, 0
	default:
		l.other = dims
	}
	l.mu.Unlock()
	switch {
	case before == 0 || before == dims:
		return nil
	case again:
		l.r.Logger.Warn("the model of the embeddings endpoint has changed; all embeddings are made anew", "model", l.model, "dimensions", dims, "before", before)
		l.queries.clear()
		l.r.forgetVectors()
		return nil
	}
	return lora.Errorf(lora.Unavailable, "The embeddings endpoint gives vectors of %d dimensions now, of %d before. If its model was changed for good, all embeddings are made anew.", dims, before)
}

// pausing reports whether it is too early to ask the endpoint again.
func (l *lane) pausing() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.problem != nil && l.r.Now().Before(l.again)
}

// note remembers how the last request went.
func (l *lane) note(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err == nil {
		if l.problem != nil {
			l.r.Logger.Info("the embeddings endpoint answers again", "model", l.model)
		}
		l.problem, l.failures = nil, 0
		return
	}
	if l.problem == nil {
		l.r.Logger.Warn("text vectors cannot be made by the model; the built-in ones are used", "model", l.model, "error", err)
	}
	l.problem = err
	l.again = l.r.Now().Add(min(firstPause<<min(l.failures, 10), longestPause))
	l.failures++
}

// state says how the lane is doing; the caller holds the recommender's lock.
func (l *lane) state(x *index) EmbedderState {
	if l == nil {
		return EmbedderState{State: "off"}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	s := EmbedderState{State: "ready", Model: l.embedder.Model(), Dims: l.fit.dims}
	s.Computed, s.Pending = x.space.progress(x)
	switch {
	case l.problem != nil:
		s.State, s.Error = "failing", userSentence(l.problem)
	case s.Pending > 0 || !l.loaded:
		s.State = "computing"
	}
	if s.Error == "" && l.r.Now().Before(l.deaf) {
		s.Error = "The model takes longer than a second for a question: prompts and trigger words are compared by the built-in vectors."
	}
	return s
}

// userSentence is what a user is told of an error.
func userSentence(err error) string {
	var known *lora.Error
	if errors.As(err, &known) && known.Code != lora.Internal {
		return known.Message
	}
	return "Text vectors cannot be made now. The log says more."
}
