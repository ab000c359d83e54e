package main

import (
	"context"
	"log/slog"
	"math"
	"slices"
	"time"

	"loramanager/internal/recommend"
)

// ranker answers a question with ten ids, best first.
type ranker func(ctx context.Context, q question) ([]string, error)

// Names of the rows that the verdict is about.
const (
	blendRow     = "**the blend**"
	popularRow   = "most used, same base model"
	prototypeRow = "hashed bag of words (prototype)"
)

// signals alone.
var signals = []struct {
	name    string
	weights recommend.Weights
}{
	{recommend.SignalText, recommend.Weights{Text: 1}},
	{recommend.SignalStyle, recommend.Weights{Style: 1}},
	{recommend.SignalTechnical, recommend.Weights{Technical: 1}},
	{recommend.SignalCoUse, recommend.Weights{CoUse: 1}},
	{recommend.SignalQuality, recommend.Weights{Quality: 1}},
	{recommend.SignalPopularity, recommend.Weights{Popularity: 1}},
	{recommend.SignalRecency, recommend.Weights{Recency: 1}},
	{recommend.SignalTaste, recommend.Weights{Taste: 1}},
}

// newRecommender learns from what is known of a trial.
func newRecommender(ctx context.Context, t *trial) (*recommend.Recommender, error) {
	r := recommend.New(recommend.Options{
		Library: t.source, Memory: t.source, Tastes: t.source, Logger: slog.New(slog.DiscardHandler),
		Now: func() time.Time { return t.now },
	})
	_, err := r.Rebuild(ctx, true)
	return r, err
}

// weighed ranks with weights.
func weighed(r *recommend.Recommender, w recommend.Weights) ranker {
	return func(ctx context.Context, q question) (ids []string, err error) {
		var answer recommend.Answer
		ask := recommend.Ask{Limit: 10, Weights: &w}
		if q.prompt != "" {
			answer, err = r.ForPrompt(ctx, recommend.PromptOptions{Ask: ask, Prompt: q.prompt})
		} else {
			answer, err = r.ForActive(ctx, q.used, ask)
		}
		for i := range answer.Items {
			ids = append(ids, answer.Items[i].AdapterID)
		}
		return ids, err
	}
}

// measure adds the figures of a trial to the tables of compositions and of prompts.
func measure(ctx context.Context, t *trial, composed, prompted *table) error {
	r, err := newRecommender(ctx, t)
	if err != nil {
		return err
	}
	old := newPrototype(t)
	rankers := map[string]ranker{
		blendRow:     weighed(r, recommend.DefaultWeights),
		popularRow:   func(_ context.Context, q question) ([]string, error) { return popular(t.facts, q.used), nil },
		prototypeRow: func(_ context.Context, q question) ([]string, error) { return old.rank(q), nil },
	}
	for _, s := range signals {
		rankers[s.name+" alone"] = weighed(r, s.weights)
	}
	for name, rank := range rankers {
		if err := composed.fill(ctx, name, t.questions, rank); err != nil {
			return err
		}
	}
	for _, name := range []string{blendRow, popularRow, prototypeRow, recommend.SignalText + " alone", recommend.SignalStyle + " alone"} {
		if err := prompted.fill(ctx, name, t.prompts, rankers[name]); err != nil {
			return err
		}
	}
	composed.questions += len(t.questions)
	prompted.questions += len(t.prompts)
	return nil
}

// fill adds a row's figures for questions.
func (t *table) fill(ctx context.Context, name string, questions []question, rank ranker) error {
	hit, gain, err := score(ctx, questions, rank)
	if err == nil {
		t.add(name, hit, gain)
	}
	return err
}

// score returns the share of questions of which a hidden adapter is among the first ten,
// and the mean nDCG@10, where every hidden adapter is equally right.
func score(ctx context.Context, questions []question, rank ranker) (hit, gain float64, err error) {
	for _, q := range questions {
		ids, err := rank(ctx, q)
		if err != nil {
			return 0, 0, err
		}
		found, sum, ideal := false, 0.0, 0.0
		for at, id := range ids {
			if slices.Contains(q.hidden, id) {
				found = true
				sum += 1 / math.Log2(float64(at)+2)
			}
		}
		for at := range min(len(q.hidden), 10) {
			ideal += 1 / math.Log2(float64(at)+2)
		}
		gain += sum / ideal
		if found {
			hit++
		}
	}
	n := float64(max(len(questions), 1))
	return hit / n, gain / n, nil
}
