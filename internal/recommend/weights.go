package recommend

import (
	"context"
	"encoding/json"

	"loramanager/internal/lora"
)

// list are the weights in the order of the signals.
func (w Weights) list() [signals]float64 {
	return [signals]float64{w.Text, w.Style, w.Technical, w.CoUse, w.Quality, w.Popularity, w.Recency, w.Taste}
}

// check refuses weights that say nothing.
func (w Weights) check() error {
	sum := 0.0
	for i, x := range w.list() {
		if !(x >= 0 && x <= 1) {
			return lora.FieldErrorf(lora.Invalid, "weights."+signalNames[i], "The weight of %s must be between 0 and 1.", signalNames[i])
		}
		sum += x
	}
	if sum == 0 {
		return lora.FieldErrorf(lora.Invalid, "weights", "At least one weight must be above 0.")
	}
	return nil
}

// Weights are those that count for questions that bring none.
func (r *Recommender) Weights(ctx context.Context) (Weights, error) {
	settings, err := r.Tastes.Settings(ctx)
	if err != nil {
		return Weights{}, err
	}
	return weightsIn(settings), nil
}

// SetWeights keeps other weights; Invalid when one is not 0..1, or all are 0.
func (r *Recommender) SetWeights(ctx context.Context, w Weights) (Weights, error) {
	if err := w.check(); err != nil {
		return Weights{}, err
	}
	raw, err := json.Marshal(w)
	if err != nil {
		return Weights{}, err
	}
	if _, err := r.Tastes.PatchSettings(ctx, map[string]json.RawMessage{settingName: raw}); err != nil {
		return Weights{}, err
	}
	return w, r.changed(ctx)
}

// changed makes a judgement of the user count at once and tells whoever listens.
func (r *Recommender) changed(ctx context.Context) error {
	if built, _ := r.state(); built {
		if err := r.listen(ctx, r.Now().Add(weightsAge)); err != nil {
			return err
		}
	}
	r.Changed()
	return nil
}
