package store

import (
	"math"
	"time"

	"loramanager/internal/lora"
)

// levels are the lengths of the slots that jobs are counted in, in seconds, each a whole
// multiple of the one before: quarter-hour, hour, UTC day, four days and sixteen days. All
// slots begin with 1970, as UTC has it.
var levels = [...]int64{15 * 60, 60 * 60, 24 * 60 * 60, 4 * 24 * 60 * 60, 16 * 24 * 60 * 60}

const (
	levelQuarter = iota
	levelHour
	levelDay
	levelFourDays
	levelLongest
)

// slotOf is the slot of a level that a time in microseconds lies in.
func slotOf(level int, micro int64) int64 {
	return floor(micro, levels[level]*int64(time.Second/time.Microsecond))
}

// floor divides rounding down, below 0 too.
func floor(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// stretch is a run of slots [from, until) of a level. unit says what it is a part of.
type stretch struct {
	unit, level, from, until int64
}

// stretches appends the fewest slots up to a level that make up [start, end), which are
// seconds on quarter-hours: short slots at the edges and long ones between.
func stretches(to []stretch, unit, start, end int64, level int) []stretch {
	inner := levels[level]
	first, last := -floor(-start, inner), floor(end, inner) // the slots wholly inside
	if level == levelQuarter {
		first = floor(start, inner)
		last = -floor(-end, inner)
	}
	if first >= last {
		if level > levelQuarter && start < end {
			return stretches(to, unit, start, end, level-1)
		}
		return to
	}
	if level > levelQuarter {
		to = stretches(to, unit, start, first*inner, level-1)
	}
	to = append(to, stretch{unit, int64(level), first, last})
	if level > levelQuarter {
		to = stretches(to, unit, last*inner, end, level-1)
	}
	return to
}

// inWindow are the slots of a window.
func inWindow(w lora.Window) []stretch {
	start, end := quarters(w)
	return stretches(nil, 0, start.Unix(), end.Unix(), levelLongest)
}

// bucketBounds are the ends of the buckets of a distribution in microseconds: a
// millisecond, and 2^(1/4) times the one before up to more than a hundred years.
var bucketBounds = func() []int64 {
	bounds := make([]int64, 168)
	for i := range bounds {
		bounds[i] = int64(math.Round(1000 * math.Exp2(float64(i)/4)))
	}
	return bounds
}()

// bucketSpan is where a bucket begins and ends.
func bucketSpan(bucket int64) (from, to time.Duration) {
	if bucket > 0 {
		from = time.Duration(bucketBounds[bucket-1]) * time.Microsecond
	}
	return from, time.Duration(bucketBounds[bucket]) * time.Microsecond
}
