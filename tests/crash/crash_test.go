package crash

import (
	"context"
	"slices"
	"testing"
	"time"

	"loramanager/tests/harness"
)

func TestNothingIsLostOrDoneTwiceWhenTheServerIsKilled(t *testing.T) {
	combinations := []struct{ database, carrier string }{
		{"sqlite", "memory"}, {"postgres", "memory"}, {"sqlite", "redis"}, {"postgres", "redis"},
	}
	each := kills(t) / len(combinations)
	for _, c := range combinations {
		t.Run(c.database+" and "+c.carrier, func(t *testing.T) {
			w := newWorld(t, c.database, c.carrier)
			orders := &client{}
			for n := range each {
				w.liveAndDie(orders, n%2 == 0)
			}
			s := w.start("")
			for _, o := range orders.unanswered() {
				if err := orders.place(t.Context(), s.Base, o); err != nil {
					t.Fatalf("order %s: %v", o.key, err)
				}
			}
			orders.http.CloseIdleConnections()
			w.checkJobs(orders, w.settle(s))
			s.Stop()
			w.checkDisk(orders)
			slices.Sort(w.ready)
			t.Logf("ready again after %s at most, %s in the middle of %d starts", w.ready[len(w.ready)-1].Round(time.Millisecond),
				w.ready[len(w.ready)/2].Round(time.Millisecond), len(w.ready))
		})
	}
}

// liveAndDie is one life of a server under load: it ends at a failpoint, or at a random
// moment when that is not wanted or not reached.
func (w *world) liveAndDie(orders *client, atFailpoint bool) {
	w.t.Helper()
	failpoint, lifetime := "", time.Duration(w.random.Int64N(int64(1500*time.Millisecond)))
	if atFailpoint {
		failpoint, lifetime = w.failpoint(), 3*time.Second
	}
	s := w.start(failpoint)
	ctx, cancel := context.WithTimeout(w.t.Context(), lifetime)
	defer cancel()
	err := orders.orderUntil(ctx, s, 50*time.Millisecond)
	if s.Running() {
		s.Kill()
	}
	if err != nil {
		w.t.Fatalf("an order was refused: %v", err)
	}
}

func TestNothingIsLostOrDoneTwiceWhenRedisIsKilled(t *testing.T) {
	w := newWorld(t, "postgres", "redis")
	orders := &client{}
	s := w.start("")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- orders.orderUntil(ctx, s, 25*time.Millisecond) }()
	for range kills(t) {
		target := orders.count() + 1 + w.random.IntN(8)
		harness.Eventually(t, time.Minute, "orders are taken without Redis", func() bool { return orders.count() >= target })
		w.redis.Kill()
		target = orders.count() + 1 + w.random.IntN(8)
		harness.Eventually(t, time.Minute, "orders are taken with Redis", func() bool { return orders.count() >= target })
		w.redis.Restart()
	}
	cancel()
	if err := <-done; err != nil {
		t.Fatalf("an order was refused: %v", err)
	}
	for _, o := range orders.unanswered() {
		if err := orders.place(t.Context(), s.Base, o); err != nil {
			t.Fatalf("order %s: %v", o.key, err)
		}
	}
	orders.http.CloseIdleConnections()
	w.checkJobs(orders, w.settle(s))
	s.Stop()
	w.checkDisk(orders)
}
