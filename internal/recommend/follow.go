package recommend

import (
	"context"
	"errors"
	"sync"
	"time"

	"loramanager/internal/lora"
)

// followPart is how many changed adapters are taken over at a time, so that questions are
// held up for moments only while a scan goes on.
const followPart = 100

// Run builds the index and looks after it until ctx is done: it follows the catalog and
// the compositions also while nobody asks, makes text vectors anew when much has changed,
// and the whole index when many of its slots are empty.
func (r *Recommender) Run(ctx context.Context) {
	var background sync.WaitGroup
	defer background.Wait()
	if r.lane != nil {
		background.Go(func() { r.lane.run(ctx) })
	}
	for {
		if err := r.look(ctx); err != nil && ctx.Err() == nil {
			r.Logger.Warn("the index of recommendations could not be brought up to date; it is tried again", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(r.Look):
		}
	}
}

func (r *Recommender) look(ctx context.Context) error {
	if err := r.follow(ctx); err != nil {
		return err
	}
	if err := r.lock(ctx); err != nil {
		return err
	}
	defer r.unlock()
	return r.noted(r.tidy(ctx))
}

// patience is how long a question waits for the index to be brought up to date by another
// before it is answered from what is there: a scan may add thousands of adapters.
const patience = time.Second

// follow brings the index to the state of the catalog. It costs one number when nothing
// has changed.
func (r *Recommender) follow(ctx context.Context) error {
	change, err := r.Library.Change(ctx)
	if err != nil {
		return r.noted(err)
	}
	if built, at := r.state(); built && at >= change {
		return r.noted(r.listen(ctx, r.Now().Add(-weightsAge)))
	} else if built {
		brief, cancel := context.WithTimeout(ctx, patience)
		defer cancel()
		if r.lock(brief) != nil {
			return ctx.Err()
		}
	} else if err := r.lock(ctx); err != nil {
		return err
	}
	defer r.unlock()
	built, at := r.state()
	switch {
	case !built:
		err = r.build(ctx)
	case at < change:
		err = r.pull(ctx)
	}
	if !built || at < change {
		r.lane.nudge()
	}
	if err == nil {
		err = r.listen(ctx, r.Now().Add(-weightsAge))
	}
	return r.noted(err)
}

// state tells whether there is an index and which change it stands at.
func (r *Recommender) state() (built bool, change int64) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.built, r.index.change
}

// lock waits for the turn to change adapters, words and vectors in the index.
func (r *Recommender) lock(ctx context.Context) error {
	select {
	case r.turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (r *Recommender) unlock() { <-r.turn }

// build makes the index from nothing and puts it in the place of the one before. The
// caller has the turn.
func (r *Recommender) build(ctx context.Context) error {
	x := newIndex()
	x.priors.recencyAt = r.Now().Unix()
	change, _, err := r.Library.AdapterFacts(ctx, 0, func(f lora.AdapterFacts) error {
		x.put(&f, false)
		return ctx.Err()
	})
	if err != nil {
		return err
	}
	paired, err := r.Library.AdapterPairs(ctx, 0, x.pair)
	if err != nil {
		return err
	}
	x.text = makeVectors(x.adapters, x.terms, x.vocabulary)
	x.stale = 0
	compositions, err := r.Library.Compositions(ctx, "")
	if err != nil {
		return err
	}
	x.compose(compositions)
	x.change, x.changedAt = min(change, paired), r.Now()
	r.mu.Lock()
	defer r.mu.Unlock()
	x.space.keepVectors(r.index, x)
	x.retaste(newTastes(r.judgements.feedbacks, r.judgements.preferences))
	r.index, r.built, r.builtAt = x, true, r.Now()
	return nil
}

// pull takes over what has changed since the last time. The caller has the turn. Adapters
// are read before pairs, and the lower of both numbers is kept: what lies between is read
// again next time.
func (r *Recommender) pull(ctx context.Context) error {
	x, since := r.index, r.index.change
	part := make([]lora.AdapterFacts, 0, 16)
	take := func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		for i := range part {
			x.put(&part[i], true)
		}
		part = part[:0]
	}
	change, gone, err := r.Library.AdapterFacts(ctx, since, func(f lora.AdapterFacts) error {
		if part = append(part, f); len(part) == followPart {
			take()
		}
		return ctx.Err()
	})
	if err != nil {
		return err
	}
	take()
	var pairs []lora.AdapterPair
	paired, err := r.Library.AdapterPairs(ctx, since, func(p lora.AdapterPair) { pairs = append(pairs, p) })
	if err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, id := range gone {
		x.remove(id)
	}
	for _, p := range pairs {
		x.pair(p)
	}
	x.change, x.changedAt = min(change, paired), r.Now()
	return nil
}

// tidy does what takes long and can wait. The caller has the turn.
func (r *Recommender) tidy(ctx context.Context) error {
	x := r.index // changes only with the turn
	if x.gone > mayBeEmpty && x.gone > x.live()/4 {
		return r.build(ctx)
	}
	if float64(x.stale) > staleShare*float64(x.live()) {
		made := makeVectors(x.adapters, x.terms, x.vocabulary) // which change only with the turn
		r.mu.Lock()
		x.text, x.stale = made, 0
		r.mu.Unlock()
	}
	compositions, err := r.Library.Compositions(ctx, "") // they are no part of the catalog's changes
	if err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	x.compose(compositions)
	return nil
}

// mayBeEmpty is how many empty slots an index may always have.
const mayBeEmpty = 1000

// noted remembers for Health how following went.
func (r *Recommender) noted(err error) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.problem = err
	return err
}
