package recommend

import (
	"context"
	"errors"
	"fmt"

	"loramanager/internal/lora"
	"loramanager/internal/vector"
)

// room is what the vectors of a model may take in memory as they are, and what becomes of
// longer or more ones: they are projected to fewer dimensions, learned from a sample.
type room struct {
	bytes  int
	dims   int
	least  int // fewest vectors to learn from
	sample int // most of them
}

// modelRoom keeps the index of 100,000 adapters below 300 MB: with 384 dimensions, as
// small models have, 98,000 vectors are kept as they are.
var modelRoom = room{bytes: 144 << 20, dims: 352, least: 1200, sample: 1500}

// fit is how vectors of a model are brought into memory.
type fit struct {
	dims       int                // of the model; 0 before the first vector
	projection *vector.Projection // nil where they fit as they are
	generation int                // of vectors that are comparable in memory
	room       room
}

// name tells vectors in memory apart that must not be compared.
func (f *fit) name(model string) string { return fmt.Sprintf("%s#%d", model, f.generation) }

// into is the vector as it is kept in memory.
func (f *fit) into(vec []float32) []float32 {
	if f.projection == nil || vec == nil {
		return vec
	}
	return f.projection.Apply(vec)
}

// kept is how many dimensions vectors have in memory.
func (f *fit) kept() int {
	if f.projection != nil {
		return f.room.dims
	}
	return f.dims
}

// tooLarge reports whether the vectors of so many adapters do not fit as they are.
func (f *fit) tooLarge(adapters int) bool {
	return f.projection == nil && f.dims > f.room.dims && adapters*f.dims*4 > f.room.bytes
}

// errEnough ends reading from the database before its end.
var errEnough = errors.New("enough")

// load brings what the database has of the model into the index, once. The caller has the
// lane's turn.
func (l *lane) load(ctx context.Context) error {
	if l.loaded {
		return nil
	}
	err := l.vectors.Embeddings(ctx, l.model, func(e lora.Embedding) error {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.fit.dims = len(e.Vector)
		return errEnough
	})
	if err != nil && !errors.Is(err, errEnough) {
		return err
	}
	if err := l.refit(ctx); err != nil {
		return err
	}
	if err := l.fill(ctx); err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.loaded = true
	return nil
}

// fill reads all vectors of the database into the index.
func (l *lane) fill(ctx context.Context) error {
	l.mu.Lock()
	f := l.fit
	l.mu.Unlock()
	part := make([]placed, 0, 1000)
	err := l.vectors.Embeddings(ctx, l.model, func(e lora.Embedding) error {
		if len(e.Vector) != f.dims {
			return nil // of the model that was there before; it is made anew
		}
		if part = append(part, placed{e.AdapterID, parseDigest(e.TextDigest), f.into(e.Vector)}); len(part) == cap(part) {
			l.r.placeVectors(f.name(l.model), f.kept(), part)
			part = part[:0]
		}
		return ctx.Err()
	})
	if err == nil && len(part) > 0 {
		l.r.placeVectors(f.name(l.model), f.kept(), part)
	}
	return err
}

// refit learns a projection when vectors have become too large or too many and there are
// enough of them to learn from.
func (l *lane) refit(ctx context.Context) error {
	l.mu.Lock()
	f := l.fit
	l.mu.Unlock()
	if !f.tooLarge(l.r.live()) {
		return nil
	}
	sample := make([][]float32, 0, f.room.sample)
	err := l.vectors.Embeddings(ctx, l.model, func(e lora.Embedding) error {
		if len(e.Vector) == f.dims {
			sample = append(sample, e.Vector)
		}
		if len(sample) == f.room.sample {
			return errEnough
		}
		return ctx.Err()
	})
	if err != nil && !errors.Is(err, errEnough) {
		return err
	}
	if len(sample) < f.room.least {
		return nil
	}
	f.projection = vector.Principal(sample, f.room.dims)
	f.generation++
	l.mu.Lock()
	defer l.mu.Unlock()
	l.fit = f
	return nil
}

// show puts the vectors of a batch, just made, into the index. Where they would not fit
// and there are too few yet to learn from, they wait in the database.
func (l *lane) show(ctx context.Context, batch []worded, made [][]float32) error {
	l.mu.Lock()
	before := l.fit.generation
	l.mu.Unlock()
	if err := l.refit(ctx); err != nil {
		return err
	}
	l.mu.Lock()
	f := l.fit
	l.mu.Unlock()
	if f.generation != before {
		return l.fill(ctx)
	}
	wait := f.tooLarge(l.r.live())
	part := make([]placed, len(batch))
	for i, w := range batch {
		part[i] = placed{w.id, w.digest, f.into(made[i])}
		if wait {
			part[i].vec = nil
		}
	}
	l.r.placeVectors(f.name(l.model), f.kept(), part)
	return nil
}
