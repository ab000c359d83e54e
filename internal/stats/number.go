package stats

import (
	"math"
	"time"

	"loramanager/internal/lora"
)

// rounded keeps two decimals, as the contract does.
func rounded(x float64) float64 { return math.Round(x*100) / 100 }

// percent is the share of part in whole; 0 of nothing.
func percent(part, whole int) float64 {
	if whole <= 0 {
		return 0
	}
	return rounded(float64(part) / float64(whole) * 100)
}

// percentMore is by how many percent now is more than before, which is not 0.
func percentMore(now, before float64) float64 { return rounded((now - before) / before * 100) }

// successRate is in percent of those that succeeded or failed; nil when none did.
func successRate(succeeded, failed int) *float64 {
	if succeeded+failed <= 0 {
		return nil
	}
	rate := percent(succeeded, succeeded+failed)
	return &rate
}

// mean is in seconds; nil of nothing.
func mean(sum time.Duration, count int) *float64 {
	if count <= 0 {
		return nil
	}
	seconds := rounded(sum.Seconds() / float64(count))
	return &seconds
}

// percentile reads the time, in seconds, that a share of the jobs did not exceed. Within
// a bucket jobs are taken to lie evenly. Nil when there are none.
func percentile(buckets []lora.TimeBucket, share float64) *float64 {
	jobs := 0
	for _, b := range buckets {
		jobs += b.Jobs
	}
	if jobs <= 0 {
		return nil
	}
	left := share * float64(jobs)
	for _, b := range buckets {
		n := float64(b.Jobs)
		if n > 0 && left <= n {
			seconds := rounded(b.From.Seconds() + (b.To-b.From).Seconds()*left/n)
			return &seconds
		}
		left -= n
	}
	seconds := rounded(buckets[len(buckets)-1].To.Seconds())
	return &seconds
}
