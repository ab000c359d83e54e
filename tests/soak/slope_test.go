package soak

import (
	"testing"
	"time"
)

func TestTheSlopeIsThatOfTheTrendAndNotOfThePeaks(t *testing.T) {
	t.Parallel()
	var samples []figures
	for minute := range 60 {
		memory := int64(100<<20) + int64(minute)<<20/30 // 2 MiB/h
		if minute%7 == 3 {
			memory += 500 << 20
		}
		samples = append(samples, figures{at: time.Duration(minute) * time.Minute, memory: memory})
	}
	if got := slope(samples) / (1 << 20); got < 1.9 || got > 2.1 {
		t.Errorf("slope of %.2f MiB/h, want 2", got)
	}
	if got := slope(samples[:1]); got != 0 {
		t.Errorf("slope of one sample: %f", got)
	}
}
