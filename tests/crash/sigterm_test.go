package crash

import (
	"cmp"
	"context"
	"os"
	"strconv"
	"testing"
	"time"

	"loramanager/tests/harness"
)

// sigterms is how often the program is told to stop.
func sigterms(t *testing.T) int {
	t.Helper()
	n, err := strconv.Atoi(cmp.Or(os.Getenv("SIGTERMS"), "5"))
	if err != nil || n < 1 {
		t.Fatalf("SIGTERMS must be a number of at least 1, not %q", os.Getenv("SIGTERMS"))
	}
	return n
}

func TestAServerThatIsToldToStopUnderLoadEndsInOrderAndLosesNothing(t *testing.T) {
	w := newWorld(t, "sqlite", "memory")
	orders := &client{}
	var slowest time.Duration
	for range sigterms(t) {
		s := w.startOrderly()
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- orders.orderUntil(ctx, s, 25*time.Millisecond) }()
		target := orders.count() + 1 + w.random.IntN(20)
		harness.Eventually(t, time.Minute, "orders are taken", func() bool { return orders.count() >= target })
		told := time.Now()
		s.Stop() // fails the test when it takes 20 s, or when the exit code is not 0
		slowest = max(slowest, time.Since(told))
		cancel()
		if err := <-done; err != nil {
			t.Fatalf("an order was refused: %v", err)
		}
	}
	t.Logf("stopped within %s", slowest.Round(time.Millisecond))
	s := w.startOrderly()
	for _, o := range orders.unanswered() {
		if err := orders.place(t.Context(), s.Base, o); err != nil {
			t.Fatalf("order %s: %v", o.key, err)
		}
	}
	orders.http.CloseIdleConnections()
	w.awaitIdle(s)
	w.checkJobs(orders, jobs(s, "")) // none had to be retried
	s.Stop()
	w.checkDisk(orders)
}

// startOrderly starts a server that must end with exit code 0.
func (w *world) startOrderly() *harness.Server {
	w.t.Helper()
	return harness.Start(w.t, harness.Options{Data: w.data, Env: w.env, Tags: tags})
}
