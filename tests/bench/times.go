package main

import (
	"fmt"
	"math"
	"slices"
	"time"
)

// times are the durations of one thing that was done several times.
type times []time.Duration

// quantile returns the duration that the share p of all does not exceed.
func (t times) quantile(p float64) time.Duration {
	if len(t) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(t))
	at := int(math.Ceil(p*float64(len(sorted)))) - 1
	return sorted[max(0, at)]
}

func (t times) median() time.Duration { return t.quantile(0.5) }
func (t times) p95() time.Duration    { return t.quantile(0.95) }
func (t times) max() time.Duration    { return t.quantile(1) }

// String shows how single requests were spread.
func (t times) String() string {
	return fmt.Sprintf("p95 %s (median %s, slowest %s of %d)", show(t.p95()), show(t.median()), show(t.max()), len(t))
}

// runs shows the few durations of figures that are taken from a fresh start.
func (t times) runs() string {
	if len(t) == 1 {
		return show(t[0]) + " (one run)"
	}
	return fmt.Sprintf("%s (median of %d, slowest %s)", show(t.median()), len(t), show(t.max()))
}

// show rounds a duration to three digits.
func show(d time.Duration) string {
	switch {
	case d >= 10*time.Second:
		return fmt.Sprintf("%.1f s", d.Seconds())
	case d >= time.Second:
		return fmt.Sprintf("%.2f s", d.Seconds())
	case d >= 10*time.Millisecond:
		return fmt.Sprintf("%d ms", d.Milliseconds())
	}
	return fmt.Sprintf("%.1f ms", float64(d.Microseconds())/1000)
}

// medianOf returns the middle one of some figures.
func medianOf(values []float64) float64 {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	return sorted[len(sorted)/2]
}
