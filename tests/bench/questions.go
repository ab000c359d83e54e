package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"loramanager/internal/sample"
)

// The targets of single requests at 100,000 adapters.
const (
	searchLimit = 15 * time.Millisecond
	listLimit   = 5 * time.Millisecond
	facetsLimit = 60 * time.Millisecond
	saveLimit   = 10 * time.Millisecond
	readyLimit  = 300 * time.Millisecond
)

const requestsOfAKind = 400

// asker asks one server questions that are drawn at random, the same in every run.
type asker struct {
	*server
	rng   *rand.Rand
	total int
	ids   []string
	words []string // of names, as people type them
	bases []string
	tags  []string
}

// measureQuestions asks the largest library, whose database is kept in the cache
// folder like the library itself.
func measureQuestions(ctx context.Context, o *options) (figures []figure, err error) {
	return onLargest(ctx, o, func(data string) ([]figure, error) { return measureQuestionsOf(ctx, o, data) })
}

// onLargest scans the largest library into a data folder that goes afterwards.
func onLargest(ctx context.Context, o *options, measure func(data string) ([]figure, error)) (figures []figure, err error) {
	l, err := openLibrary(ctx, o.cache, o.largest(), sample.Tree)
	if err != nil {
		return nil, err
	}
	data, err := os.MkdirTemp("", "lm-bench-data-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(data)) }()
	if err := fill(ctx, o, l, data); err != nil {
		return nil, err
	}
	return measure(data)
}

func measureQuestionsOf(ctx context.Context, o *options, data string) (figures []figure, err error) {
	figures, err = measureStart(ctx, o, data)
	if err != nil {
		return nil, err
	}
	s, err := startServer(ctx, o, data, "--no-digests")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.stop()) }()
	a := &asker{server: s, rng: rand.New(rand.NewPCG(seed, 1))} //nolint:gosec // must be repeatable
	if err := a.learn(ctx); err != nil {
		return nil, err
	}
	for _, measure := range []func(context.Context) (figure, error){a.lists, a.searches, a.facets, a.notes, a.favorites, a.listsAfterSaving} {
		f, err := measure(ctx)
		if err != nil {
			return nil, err
		}
		figures = append(figures, f)
	}
	m, err := s.memory()
	return append(figures, figure{name: "memory after all questions", measured: fmt.Sprintf("%d MB (peak %d MB)", m.now>>20, m.peak>>20)}), err
}

// fill scans the library into the data folder.
func fill(ctx context.Context, o *options, l library, data string) (err error) {
	s, err := startServer(ctx, o, data, "--no-digests")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.stop()) }()
	return s.addAndScan(ctx, l, &scanned{})
}

// measureStart restarts the server on the full database.
func measureStart(ctx context.Context, o *options, data string) ([]figure, error) {
	var ready, answered times
	for range 3 * o.runs {
		s, err := startServer(ctx, o, data, "--no-digests")
		if err != nil {
			return nil, err
		}
		ready = append(ready, s.ready)
		err = s.get(ctx, "/api/v1/adapters?per_page=50", nil)
		answered = append(answered, time.Since(s.begun))
		if err := errors.Join(err, s.stop()); err != nil {
			return nil, err
		}
	}
	return []figure{
		atMost("server ready, from the start of the process", readyLimit, ready.median(), ready.runs()),
		{name: "first list answered, from the start of the process", measured: answered.runs()},
	}, nil
}

// item is what the questions need of an adapter.
type item struct {
	ID        string   `json:"id"`
	Name      string   `json:"name"`
	BaseModel string   `json:"base_model"`
	Tags      []string `json:"tags"`
}

type page struct {
	Items []item `json:"items"`
	Total int    `json:"total"`
}

// learn reads pages all over the library, so that the questions speak of what is in it.
func (a *asker) learn(ctx context.Context) error {
	const perPage, pages = 200, 20
	for range pages {
		var p page
		at := 1
		if a.total > perPage {
			at += a.rng.IntN(a.total / perPage)
		}
		if err := a.get(ctx, fmt.Sprintf("/api/v1/adapters?per_page=%d&page=%d", perPage, at), &p); err != nil {
			return err
		}
		a.total = p.Total
		for _, it := range p.Items {
			a.ids = append(a.ids, it.ID)
			a.words = append(a.words, strings.Fields(it.Name)...)
			a.tags = append(a.tags, it.Tags...)
			a.bases = append(a.bases, it.BaseModel)
		}
	}
	if len(a.ids) == 0 || len(a.words) == 0 || len(a.tags) == 0 {
		return errors.New("the library is empty")
	}
	return nil
}

// timed does something many times and keeps the time of each.
func (a *asker) timed(n int, do func(i int) error) (times, error) {
	all := make(times, 0, n)
	for i := range n {
		begun := time.Now()
		if err := do(i); err != nil {
			return nil, err
		}
		all = append(all, time.Since(begun))
	}
	return all, nil
}

func (a *asker) lists(ctx context.Context) (figure, error) {
	sorts := []string{"name", "created_at", "updated_at", "file_size", "rating", "base_model", "rank", "use_count"}
	const perPage = 50
	paths := make([]string, requestsOfAKind)
	for i := range paths {
		paths[i] = fmt.Sprintf("/api/v1/adapters?per_page=%d&page=%d&sort=%s", perPage, 1+a.rng.IntN(max(1, a.total/perPage)), a.pick(sorts))
	}
	t, err := a.timed(len(paths), func(i int) error { return a.get(ctx, paths[i], nil) })
	return atMost("list, a page of 50 anywhere, eight orders", listLimit, t.p95(), t.String()), err
}

func (a *asker) searches(ctx context.Context) (figure, error) {
	paths := make([]string, requestsOfAKind)
	for i := range paths {
		paths[i] = "/api/v1/adapters?per_page=50&sort=relevance&q=" + url.QueryEscape(a.query(i))
	}
	t, err := a.timed(len(paths), func(i int) error { return a.get(ctx, paths[i], nil) })
	return atMost("search, as typed, words, fields, negation", searchLimit, t.p95(), t.String()), err
}

func (a *asker) facets(ctx context.Context) (figure, error) {
	paths := make([]string, requestsOfAKind)
	for i := range paths {
		q := ""
		if i%4 != 0 {
			q = a.query(i)
		}
		paths[i] = "/api/v1/adapters/facets?q=" + url.QueryEscape(q)
	}
	t, err := a.timed(len(paths), func(i int) error { return a.get(ctx, paths[i], nil) })
	return atMost("facets, all of them, a quarter without a query", facetsLimit, t.p95(), t.String()), err
}

// query draws one of the shapes that people type.
func (a *asker) query(i int) string {
	word := strings.ToLower(a.pick(a.words))
	switch i % 8 {
	case 0, 1, 2: // on the way to a word, letter by letter
		letters := []rune(word)
		return string(letters[:min(len(letters), 2+a.rng.IntN(7))])
	case 3:
		return word + " " + strings.ToLower(a.pick(a.words))
	case 4:
		return fmt.Sprintf("base:%s %s", a.pick(a.bases), word)
	case 5:
		return fmt.Sprintf("tag:%q size:>1mb", a.pick(a.tags))
	case 6:
		return fmt.Sprintf("%s -%s", word, strings.ToLower(a.pick(a.words)))
	default:
		return fmt.Sprintf("kind:lora rank:<=2 has:preview -tag:%q", a.pick(a.tags))
	}
}

func (a *asker) notes(ctx context.Context) (figure, error) {
	t, err := a.timed(requestsOfAKind, func(i int) error {
		return a.call(ctx, http.MethodPatch, "/api/v1/adapters/"+a.pick(a.ids), map[string]any{"notes": fmt.Sprintf("Tried it, number %d.", i)}, nil)
	})
	return atMost("save one note", saveLimit, t.p95(), t.String()), err
}

func (a *asker) favorites(ctx context.Context) (figure, error) {
	t, err := a.timed(requestsOfAKind, func(i int) error {
		return a.call(ctx, http.MethodPut, "/api/v1/adapters/"+a.pick(a.ids)+"/favorite", map[string]any{"is_favorite": i%2 == 0}, nil)
	})
	return atMost("save one favourite", saveLimit, t.p95(), t.String()), err
}

// listsAfterSaving shows what reading one's own write costs, since then the index has
// to take the change over.
func (a *asker) listsAfterSaving(ctx context.Context) (figure, error) {
	var all times
	for i := range requestsOfAKind / 2 {
		if err := a.call(ctx, http.MethodPatch, "/api/v1/adapters/"+a.pick(a.ids), map[string]any{"notes": fmt.Sprintf("Again, number %d.", i)}, nil); err != nil {
			return figure{}, err
		}
		begun := time.Now()
		if err := a.get(ctx, "/api/v1/adapters?per_page=50&sort=updated_at", nil); err != nil {
			return figure{}, err
		}
		all = append(all, time.Since(begun))
	}
	return atMost("list right after a save, newest change first", listLimit, all.p95(), all.String()), nil
}

func (a *asker) pick(from []string) string { return from[a.rng.IntN(len(from))] }
