package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"time"
)

// The targets of the third story at 100,000 adapters and 1,000,000 jobs.
const (
	recommendLimit = 20 * time.Millisecond
	followLimit    = 2 * time.Second
	summaryLimit   = 50 * time.Millisecond
	dashboardLimit = 20 * time.Millisecond
)

const (
	recommendRequests = 200
	followedChanges   = 20
)

// recommendFigures are those of the index alone, without the binary around it.
var recommendFigures = []claimed{
	{"recommend", "BenchmarkBuild100k", "heap-MB", "index of 100,000 adapters in memory, MiB", 300, false, false},
}

// measureRecommending asks the binary about the largest library.
func measureRecommending(ctx context.Context, o *options) (figures []figure, err error) {
	if figures, err = measureClaims(ctx, o, recommendFigures); err != nil {
		return nil, err
	}
	asked, err := onLargest(ctx, o, func(data string) ([]figure, error) { return measureRecommendingOf(ctx, o, data) })
	return append(figures, asked...), err
}

func measureRecommendingOf(ctx context.Context, o *options, data string) (figures []figure, err error) {
	s, err := startServer(ctx, o, data, "--no-digests")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.stop()) }()
	a := &asker{server: s, rng: rand.New(rand.NewPCG(seed, 3))} //nolint:gosec // must be repeatable
	if err := a.learn(ctx); err != nil {
		return nil, err
	}
	for _, measure := range []func(context.Context) (figure, error){a.rebuilds, a.similar, a.forPrompt, a.byTrigger, a.forActive, a.follows} {
		f, err := measure(ctx)
		if err != nil {
			return nil, err
		}
		figures = append(figures, f)
	}
	return figures, nil
}

func (a *asker) rebuilds(ctx context.Context) (figure, error) {
	t, err := a.timed(3, func(int) error {
		return a.call(ctx, http.MethodPost, "/api/v1/recommendations/index/rebuild?force=true", nil, nil)
	})
	return atMost("index built from the database", 10*time.Second, t.median(), t.runs()), err
}

func (a *asker) similar(ctx context.Context) (figure, error) {
	t, err := a.timed(recommendRequests, func(int) error {
		return a.get(ctx, "/api/v1/recommendations/similar/"+a.pick(a.ids), nil)
	})
	return atMost("adapters similar to one", recommendLimit, t.p95(), t.String()), err
}

func (a *asker) forPrompt(ctx context.Context) (figure, error) {
	t, err := a.timed(recommendRequests, func(int) error {
		prompt := fmt.Sprintf("%s in the rain, %s, %s, soft light, detailed", a.pick(a.words), a.pick(a.tags), a.pick(a.words))
		return a.call(ctx, http.MethodPost, "/api/v1/recommendations/for-prompt", map[string]any{"prompt": prompt}, nil)
	})
	return atMost("adapters for a prompt", recommendLimit, t.p95(), t.String()), err
}

func (a *asker) byTrigger(ctx context.Context) (figure, error) {
	t, err := a.timed(recommendRequests, func(int) error {
		return a.get(ctx, "/api/v1/recommendations/by-trigger?trigger_query="+url.QueryEscape(a.pick(a.tags)), nil)
	})
	return atMost("adapters by trigger words", recommendLimit, t.p95(), t.String()), err
}

func (a *asker) forActive(ctx context.Context) (figure, error) {
	t, err := a.timed(recommendRequests, func(int) error {
		return a.call(ctx, http.MethodPost, "/api/v1/recommendations/for-active", map[string]any{"adapter_ids": []string{a.pick(a.ids), a.pick(a.ids)}}, nil)
	})
	return atMost("adapters that fit two others", recommendLimit, t.p95(), t.String()), err
}

// follows takes the time from the answer of an edit to the answer of a question that
// finds what was written.
func (a *asker) follows(ctx context.Context) (figure, error) {
	var all times
	for i := range followedChanges {
		id, word := a.pick(a.ids), fmt.Sprintf("qzx%dword", i)
		if err := a.call(ctx, http.MethodPatch, "/api/v1/adapters/"+id, map[string]any{"triggers": []string{word}}, nil); err != nil {
			return figure{}, err
		}
		begun := time.Now()
		var answer struct {
			Recommendations []struct {
				ID string `json:"lora_id"`
			} `json:"recommendations"`
		}
		for len(answer.Recommendations) == 0 || answer.Recommendations[0].ID != id {
			if time.Since(begun) > 10*followLimit {
				return figure{}, fmt.Errorf("adapter %s is not found by its new trigger word", id)
			}
			if err := a.get(ctx, "/api/v1/recommendations/by-trigger?trigger_query="+word, &answer); err != nil {
				return figure{}, err
			}
		}
		all = append(all, time.Since(begun))
	}
	return atMost("a change, from its answer until it is found", followLimit, all.max(), all.String()), nil
}
