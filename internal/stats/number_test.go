package stats

import (
	"fmt"
	"testing"
	"time"

	"loramanager/internal/lora"
)

func TestPercentilesLieWithinTheirBuckets(t *testing.T) {
	t.Parallel()
	s := func(n float64) time.Duration { return time.Duration(n * float64(time.Second)) }
	two := []lora.TimeBucket{{From: s(0), To: s(10), Jobs: 10}, {From: s(20), To: s(40), Jobs: 10}}
	for _, c := range []struct {
		name    string
		buckets []lora.TimeBucket
		share   float64
		want    string
	}{
		{"nothing", nil, 0.5, "unknown"},
		{"empty buckets", []lora.TimeBucket{{From: 0, To: s(1)}}, 0.5, "unknown"},
		{"one job lies in the middle of its bucket", []lora.TimeBucket{{From: s(2), To: s(4), Jobs: 1}}, 0.5, "3"},
		{"a quarter of the first bucket", two, 0.125, "2.5"},
		{"the end of the first bucket", two, 0.5, "10"},
		{"half of the second", two, 0.75, "30"},
		{"everything", two, 1, "40"},
		{"nobody", two, 0, "0"},
	} {
		got := "unknown"
		if p := percentile(c.buckets, c.share); p != nil {
			got = fmt.Sprint(*p)
		}
		if got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

func TestEveryClassOfFailuresHasWords(t *testing.T) {
	t.Parallel()
	for _, class := range []lora.EngineErrorClass{
		lora.EngineUnreachable, lora.EngineUnauthorised, lora.EngineRateLimited, lora.EngineBusy, lora.EngineRefused, lora.EngineNotFound, lora.EngineLoRANotFound,
		lora.EngineInterrupted, lora.EngineEmpty, lora.EngineFailed, lora.EngineTimeout, lora.EngineProtocol, lora.JobLost, lora.JobStorage,
	} {
		if _, known := failureWords[class]; !known {
			t.Errorf("%s has no words", class)
		}
	}
	if what, advice := wordsOf("new"); what == "" || advice == "" {
		t.Error("a class of tomorrow has none")
	}
}
