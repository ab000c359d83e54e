package jobs

import (
	"time"

	"loramanager/internal/lora"
)

// backoff is how long to wait before trying again: first, then factor times more each
// time, at most limit. docs/jobs.md has the reasons.
type backoff struct {
	first, limit time.Duration
	factor       int
}

var backoffs = map[lora.EngineErrorClass]backoff{
	lora.EngineUnreachable: {first: 5 * time.Second, factor: 4, limit: time.Minute},
	lora.EngineBusy:        {first: 5 * time.Second, factor: 2, limit: time.Minute},
	lora.EngineRateLimited: {first: 15 * time.Second, factor: 2, limit: 5 * time.Minute},
	lora.EngineFailed:      {first: 5 * time.Second, factor: 3, limit: time.Minute},
	lora.EngineTimeout:     {first: 5 * time.Second, factor: 3, limit: time.Minute},
	lora.JobStorage:        {first: 2 * time.Second, factor: 4, limit: time.Minute},
}

// maxRetryAfter bounds what an engine may ask us to wait.
const maxRetryAfter = 10 * time.Minute

// retryDelay is the time until the next attempt, or false when there is none: the class
// is final or the attempts are used up. Up to a quarter is added at random, so that jobs
// that failed together do not come back together.
func retryDelay(failure *lora.EngineError, attempt, maxAttempts int) (time.Duration, bool) {
	b, known := backoffs[failure.Class]
	if !known || attempt >= maxAttempts {
		return 0, false
	}
	delay := b.first
	for range attempt - 1 {
		delay = min(delay*time.Duration(b.factor), b.limit)
	}
	delay = max(delay, min(failure.RetryAfter, maxRetryAfter))
	return delay + time.Duration(float64(delay/4)*float64(drawn())/(1<<32)), true
}
