package main

import (
	"context"
	"fmt"
	"runtime"
	"runtime/debug"
	"time"

	"loramanager/internal/catalog"
)

// measureMemory compares catalog.Index with the same questions in SQL, and shows
// where the index ends. ADR 2 stands on these figures.
func measureMemory(ctx context.Context, o *options) ([]figure, error) {
	var figures []figure
	for _, n := range []int{largeLibrary, 10 * largeLibrary} {
		before := heap()
		index, measured, err := compare(ctx, o, n)
		if err != nil {
			return nil, err
		}
		// The rows are garbage now: only the index holds anything.
		memory := figure{name: "index, " + count(n) + ": memory", measured: fmt.Sprintf("%d MB", (heap()-before)>>20)}
		runtime.KeepAlive(index)
		figures = append(append(figures, measured...), memory)
	}
	return figures, nil
}

// compare asks an index of n adapters and, while that takes no minutes, SQL.
func compare(ctx context.Context, o *options, n int) (*catalog.Index, []figure, error) {
	maker := newRowMaker()
	rows := maker.rows(n)
	questions := newQuestions(maker)
	var inSQL []figure
	if n == largeLibrary {
		var err error
		if inSQL, err = measureSQL(ctx, o, rows, questions); err != nil {
			return nil, nil, err
		}
	}
	index, inMemory, err := measureIndex(rows, questions)
	return index, append(inSQL, inMemory...), err
}

// askedQuestions are asked of the index and of SQL alike.
type askedQuestions struct {
	prefixes []string // two to eight letters
	words    [][2]string
	pages    []int
}

func newQuestions(m *rowMaker) askedQuestions {
	var q askedQuestions
	for i := range 200 {
		q.prefixes = append(q.prefixes, m.prefix(2+i%7))
		q.words = append(q.words, [2]string{m.prefix(4), m.prefix(6)})
		q.pages = append(q.pages, m.rng.IntN(largeLibrary/pageSize))
	}
	return q
}

const pageSize = 50

// measureIndex fills an index and asks it.
func measureIndex(rows []catalog.Row, q askedQuestions) (*catalog.Index, []figure, error) {
	index := catalog.New(time.Now)
	begun := time.Now()
	index.Reserve(len(rows))
	index.Apply(rows, nil, 1)
	index.Warm()
	built := time.Since(begun)
	ask := func(n int, question func(i int) error) (string, error) {
		var t times
		for i := range n {
			begun := time.Now()
			if err := question(i); err != nil {
				return "", err
			}
			t = append(t, time.Since(begun))
		}
		return t.String(), nil
	}
	name := "index, " + count(len(rows)) + ": "
	figures := []figure{{name: name + "build", measured: show(built)}}
	for _, kind := range []struct {
		name     string
		question func(i int) error
	}{
		{"page by name", func(i int) error {
			_, err := index.Find(catalog.Query{Sort: catalog.ByName, Offset: q.pages[i] * pageSize, Limit: pageSize})
			return err
		}},
		{"prefix of 2 to 8 letters, matched anywhere", func(i int) error {
			_, err := index.Find(catalog.Query{Text: q.prefixes[i], Sort: catalog.ByName, Limit: pageSize})
			return err
		}},
		{"two words", func(i int) error {
			_, err := index.Find(catalog.Query{Text: q.words[i][0] + " " + q.words[i][1], Sort: catalog.ByName, Limit: pageSize})
			return err
		}},
		{"facets without a query", func(int) error { _, err := index.Facets(catalog.Query{}); return err }},
		{"facets of a prefix", func(i int) error { _, err := index.Facets(catalog.Query{Text: q.prefixes[i]}); return err }},
		{"one change", func(i int) error {
			changed := rows[i]
			changed.Notes = fmt.Sprintf("note %d", i)
			index.Apply([]catalog.Row{changed}, nil, int64(i+2))
			return nil
		}},
	} {
		measured, err := ask(len(q.prefixes), kind.question)
		if err != nil {
			return nil, nil, err
		}
		figures = append(figures, figure{name: name + kind.name, measured: measured})
	}
	return index, figures, nil
}

// heap returns the bytes in use after a collection.
func heap() int64 {
	debug.FreeOSMemory()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc) //nolint:gosec // far below the largest
}
