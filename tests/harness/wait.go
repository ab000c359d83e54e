package harness

import (
	"bytes"
	"sync"
	"testing"
	"time"
)

// Eventually looks again and again, less and less often, until done says yes, and
// fails the test when that takes longer than patience.
func Eventually(t testing.TB, patience time.Duration, what string, done func() bool) {
	t.Helper()
	const longest = 100 * time.Millisecond
	deadline := time.After(patience)
	pause := time.Millisecond
	ticker := time.NewTicker(pause)
	defer ticker.Stop()
	for !done() {
		select {
		case <-ticker.C:
			pause = min(pause*3/2+1, longest)
			ticker.Reset(pause)
		case <-deadline:
			t.Fatalf("waited %s in vain until %s", patience, what)
		}
	}
}

// buffer collects what a process writes while others read it.
type buffer struct {
	mu   sync.Mutex
	data bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.data.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.data.String()
}
