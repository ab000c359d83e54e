package store

import (
	"math/rand/v2"
	"sync"
	"time"
)

// A job's key begins with the millisecond it was accepted in, so that the order of the
// keys is the order of the history and a date is a bound on keys.
const keyBits = 12

// firstKey is the lowest key of jobs accepted at a time or later.
func firstKey(t time.Time) int64 { return t.UnixMilli() << keyBits }

// jobKeys hands out keys.
type jobKeys struct {
	mu   sync.Mutex
	last int64
}

// next returns a key for a job accepted at a time: above the last one of the same
// millisecond, and at a random place in a new one, where other replicas may have some.
func (k *jobKeys) next(accepted time.Time) int64 {
	k.mu.Lock()
	defer k.mu.Unlock()
	first := firstKey(accepted)
	if k.last >= first && k.last < first+2<<keyBits {
		k.last++
	} else {
		k.last = first + rand.Int64N(1<<(keyBits-2)) //nolint:gosec // a number, not a secret
	}
	return k.last
}
