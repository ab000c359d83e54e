package recommend

import (
	"container/list"
	"context"
	"errors"
	"strings"
	"sync"
	"time"

	"loramanager/internal/lora"
)

// Bounds of questions to the model.
const (
	queryTime     = time.Second
	queryPause    = 10 * time.Second // without the model after it did not answer a question
	maxQueryText  = 2000             // bytes
	keptQueries   = 500
	maxQueryBytes = 16 << 20 // of their vectors
)

var errDeaf = lora.Errorf(lora.Unavailable, "The model did not answer a moment ago.")

// queryVector implements queryVectors.
func (l *lane) queryVector(ctx context.Context, text string) (vec []float32, model string, err error) {
	text = cut(strings.Join(strings.Fields(text), " "), maxQueryText)
	vec, ok := l.queries.get(text)
	if !ok {
		if vec, err = l.askQuery(ctx, text); err != nil {
			return nil, "", err
		}
		l.queries.put(text, vec)
	}
	l.mu.Lock()
	f := l.fit
	l.mu.Unlock()
	if len(vec) != f.dims || vec == nil {
		return nil, "", errDeaf
	}
	return f.into(vec), f.name(l.model), nil
}

func (l *lane) askQuery(ctx context.Context, text string) ([]float32, error) {
	l.mu.Lock()
	deaf := l.problem != nil || l.r.Now().Before(l.deaf) || l.fit.dims == 0
	l.mu.Unlock()
	if deaf {
		return nil, errDeaf
	}
	brief, cancel := context.WithTimeout(ctx, queryTime)
	defer cancel()
	made, err := l.embedder.Embed(brief, []string{text})
	if err == nil && len(made) == 1 {
		return made[0], nil
	}
	if ctx.Err() != nil { // who asked has left
		return nil, ctx.Err()
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.deaf = l.r.Now().Add(queryPause)
	if l.problem == nil && !errors.Is(err, context.DeadlineExceeded) { // slow is not gone
		l.r.Logger.Warn("the model did not answer a question; the built-in text vectors are used", "model", l.model, "error", err)
		l.problem, l.again = err, l.r.Now()
		l.nudge() // it finds out whether the endpoint is gone
	}
	return nil, err
}

// queryCache remembers the vectors of the latest questions, as the model made them.
type queryCache struct {
	mu           sync.Mutex
	order        *list.List // of cachedQuery, latest first
	byText       map[string]*list.Element
	hits, misses int
	bytes        int
}

type cachedQuery struct {
	text string
	vec  []float32 // nil when the model refuses the text
}

func newQueryCache() *queryCache {
	return &queryCache{order: list.New(), byText: map[string]*list.Element{}}
}

func (c *queryCache) get(text string) ([]float32, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.byText[text]
	if !ok {
		c.misses++
		return nil, false
	}
	c.hits++
	c.order.MoveToFront(e)
	return e.Value.(cachedQuery).vec, true //nolint:errcheck,forcetypeassert // nothing else is in it
}

func (c *queryCache) put(text string, vec []float32) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.byText[text] != nil {
		return
	}
	c.byText[text] = c.order.PushFront(cachedQuery{text, vec})
	c.bytes += 4 * len(vec)
	for c.order.Len() > keptQueries || c.bytes > maxQueryBytes && c.order.Len() > 1 {
		last := c.order.Remove(c.order.Back()).(cachedQuery) //nolint:errcheck,forcetypeassert // nothing else is in it
		delete(c.byText, last.text)
		c.bytes -= 4 * len(last.vec)
	}
}

// clear forgets the vectors; the rate goes on.
func (c *queryCache) clear() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.order.Init()
	clear(c.byText)
	c.bytes = 0
}

// hitRate is the share of questions that were answered from the cache, 0 before the first.
func (c *queryCache) hitRate() float64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.hits+c.misses == 0 {
		return 0
	}
	return float64(c.hits) / float64(c.hits+c.misses)
}
