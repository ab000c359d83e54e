package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"

	"loramanager/internal/recommend"
)

// steps are the values a weight may have while better ones are looked for.
var steps = []float64{0, 0.03, 0.1, 0.25, 0.5, 1}

// rounds is how often every weight is gone through.
const rounds = 2

// tune goes through the weights one by one and keeps what makes the sum of nDCG@10 over
// compositions and prompts better, on histories that are not reported.
func tune(ctx context.Context, o *options, out io.Writer) error {
	histories, err := o.histories(firstTuned)
	if err != nil {
		return err
	}
	var recommenders []*recommend.Recommender
	var trials []*trial
	for _, h := range histories {
		t := h.split(o.latest)
		t.questions = every(t.questions, 3)
		r, err := newRecommender(ctx, t)
		if err != nil {
			return err
		}
		recommenders, trials = append(recommenders, r), append(trials, t)
	}
	judge := func(w recommend.Weights) (sum float64, err error) {
		for i, t := range trials {
			for _, questions := range [][]question{t.questions, t.prompts} {
				_, gain, err := score(ctx, questions, weighed(recommenders[i], w))
				if err != nil {
					return 0, err
				}
				sum += gain / float64(len(trials))
			}
		}
		return sum, nil
	}
	w := recommend.DefaultWeights
	best, err := judge(w)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "now: nDCG@10 %.4f\n", best) //nolint:errcheck // standard output
	for range rounds {
		for _, weight := range []*float64{&w.Text, &w.Style, &w.Technical, &w.CoUse, &w.Quality, &w.Popularity, &w.Recency, &w.Taste} {
			kept := *weight
			for _, step := range steps {
				*weight = step
				if gain, err := judge(w); err == nil && gain > best {
					best, kept = gain, step
				}
			}
			*weight = kept
		}
		shown, err := json.Marshal(w)
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "nDCG@10 %.4f with %s\n", best, shown) //nolint:errcheck // standard output
	}
	return nil
}

// every returns each n-th question: enough to tell weights apart.
func every(all []question, n int) []question {
	var some []question
	for i := 0; i < len(all); i += n {
		some = append(some, all[i])
	}
	return some
}
