package engine

import (
	"errors"
	"math"
	"slices"
	"testing"

	"loramanager/internal/lora"
)

func TestProgressThatAnEngineTellsWronglyIsPutRight(t *testing.T) {
	t.Parallel()
	var told []float64
	w := &watched{stop: func(error) {}, sink: func(e lora.EngineEvent) error {
		told = append(told, *e.Fraction)
		if e.ETA != nil {
			t.Errorf("an impossible remaining time was told: %v", *e.ETA)
		}
		return nil
	}}
	for _, fraction := range []float64{0.1, 0.5, 0.2, math.NaN(), -1, math.Inf(1), 0.9} {
		eta := math.NaN()
		if err := w.take(lora.EngineEvent{Type: lora.EventProgress, Fraction: &fraction, ETA: &eta}); err != nil {
			t.Fatal(err)
		}
	}
	if want := []float64{0.1, 0.5, 0.5, 0.5, 0.5, 1, 1}; !slices.Equal(told, want) {
		t.Errorf("told %v, want %v", told, want)
	}
}

func TestNoNewsComeAfterARunHasEndedOrItsSinkRefused(t *testing.T) {
	t.Parallel()
	refusal := errors.New("the lease is lost")
	calls := 0
	var stopped error
	w := &watched{stop: func(err error) { stopped = err }, sink: func(lora.EngineEvent) error { calls++; return refusal }}
	for range 3 {
		if err := w.take(lora.EngineEvent{Type: lora.EventQueued}); !errors.Is(err, refusal) {
			t.Errorf("got %v", err)
		}
	}
	if _, refused := w.finish(true); !errors.Is(refused, refusal) || !errors.Is(stopped, refusal) || calls != 1 {
		t.Errorf("refused %v, stopped %v, the sink was called %d times", refused, stopped, calls)
	}
	if err := w.take(lora.EngineEvent{Type: lora.EventQueued}); !errors.Is(err, errEnded) || calls != 1 {
		t.Errorf("after the end: %v", err)
	}
}
