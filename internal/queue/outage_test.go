package queue_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"loramanager/internal/queue"
	"loramanager/internal/queue/queuetest"
	"loramanager/internal/queue/redistest"
)

func until(t *testing.T, what string, done func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	enough := time.NewTimer(60 * time.Second)
	defer enough.Stop()
	for !done() {
		select {
		case <-tick.C:
		case <-enough.C:
			t.Fatalf("never: %s", what)
		}
	}
}

func untilReachable(t *testing.T, q queue.Queue) {
	t.Helper()
	until(t, "the backend is reachable", func() bool { return q.State().Reachable })
}

// journal keeps the lines of a log.
type journal struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(p)
}

func (j *journal) lines(key string) (found []map[string]any) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for line := range strings.Lines(j.text.String()) {
		var fields map[string]any
		if json.Unmarshal([]byte(line), &fields) == nil && fields["msg"] == key {
			found = append(found, fields)
		}
	}
	return found
}

func onRedis(t *testing.T, server *redistest.Server, o queue.Options) (queue.Queue, *journal) {
	t.Helper()
	j := &journal{}
	o.Log = slog.New(slog.NewJSONHandler(j, nil))
	q, err := queue.NewRedis(server.URL(), o)
	if err != nil {
		t.Fatal(err)
	}
	queuetest.Close(t, q)
	return q, j
}

func TestPromise3_WithoutRedisTheWorkersHereAreWokenAndTheLogSaysSoOnce(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	server.Kill()
	q, log := onRedis(t, server, queue.Options{})
	for i := range 5 {
		queuetest.Wake(t, q, fmt.Sprint("job-", i))
	}
	queuetest.Expect(t, q, "job-0", "job-1", "job-2", "job-3", "job-4")
	said := log.lines("queue_orchestrator.fallback")
	if len(said) != 1 || said[0]["job_id"] != "job-0" || said[0]["reason"] != "primary_unavailable" || said[0]["error_type"] == "" ||
		said[0]["primary_backend"] != "redis" || said[0]["fallback_backend"] != "in-memory" || said[0]["error"] == "" {
		t.Errorf("the log says %v", said)
	}
	if s := q.State(); s.Reachable || s.Error == "" {
		t.Errorf("state %+v", s)
	}
	server.Restart()
	untilReachable(t, q)
	if said := log.lines("queue_orchestrator.recovered"); len(said) != 1 {
		t.Errorf("the log says %v", said)
	}
	queuetest.Wake(t, q, "after")
	queuetest.Expect(t, q, "after")
}

// crowd is some processes that share a Redis, and the ids that were sent and came.
type crowd struct {
	t                *testing.T
	senders, workers []queue.Queue
	logs             []*journal
	sent             [][]string // by sender
	came             sync.Map
	stop             chan struct{}
	waking, working  sync.WaitGroup
}

func gather(t *testing.T, server *redistest.Server, senders, workers int) *crowd {
	t.Helper()
	c := &crowd{t: t, stop: make(chan struct{}), sent: make([][]string, senders)}
	for range senders {
		q, log := onRedis(t, server, queue.Options{SendOnly: true})
		c.senders, c.logs = append(c.senders, q), append(c.logs, log)
	}
	for range workers {
		q, _ := onRedis(t, server, queue.Options{})
		c.workers = append(c.workers, q)
		c.working.Go(func() { c.work(q) })
	}
	return c
}

func (c *crowd) work(q queue.Queue) {
	for {
		select {
		case id := <-q.Woken():
			c.came.Store(id, true)
		case <-c.stop:
			return
		}
	}
}

// send wakes a thousand times a second until enough is closed, and takes what fell
// back to its own process, between the wake-ups so that none is handed over directly.
func (c *crowd) send(number int, enough <-chan struct{}) {
	q := c.senders[number]
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for n := 0; ; n++ {
		id := fmt.Sprintf("job-%d-%d", number, n)
		c.sent[number] = append(c.sent[number], id)
		queuetest.Wake(c.t, q, id)
		select {
		case id := <-q.Woken():
			c.came.Store(id, true)
		default:
		}
		select {
		case <-enough:
			return
		case <-tick.C:
		}
	}
}

func (c *crowd) missing() (missing, all int) {
	for _, ids := range c.sent {
		for _, id := range ids {
			all++
			if _, ok := c.came.Load(id); !ok {
				missing++
			}
		}
	}
	return missing, all
}

// What asynq had in hand when Redis died is left to the sweeper: at most one id for
// each worker and death.
func TestPromise3_RedisDiesTwentyTimesAndEveryIdWakesSomeone(t *testing.T) {
	t.Parallel()
	const deaths, senders, workers = 20, 2, 2
	server := redistest.Start(t, "--appendonly", "yes")
	c := gather(t, server, senders, workers)
	enough := make(chan struct{})
	for i := range senders {
		c.waking.Go(func() { c.send(i, enough) })
	}
	for death := range deaths {
		server.Kill()
		if death%2 == 0 { // the others are over before everyone has noticed
			until(t, "someone notices", func() bool { return !c.senders[0].State().Reachable })
		}
		server.Restart()
		for _, q := range append(c.senders, c.workers...) {
			untilReachable(t, q)
		}
	}
	close(enough)
	c.waking.Wait()
	for _, q := range c.senders {
		c.working.Go(func() { c.work(q) })
	}
	until(t, "every id wakes someone", func() bool { missing, _ := c.missing(); return missing <= deaths*workers })
	close(c.stop)
	c.working.Wait()
	if said := len(c.logs[0].lines("queue_orchestrator.fallback")); said < deaths/2 || said > deaths {
		t.Errorf("%d fallbacks are logged for %d absences", said, deaths)
	}
	missing, all := c.missing()
	t.Logf("%d ids, %d left to the sweeper", all, missing)
}

func TestPromise1_AFrozenRedisHoldsUpNobody(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	q, log := onRedis(t, server, queue.Options{SendOnly: true})
	other, _ := onRedis(t, server, queue.Options{})
	server.Freeze()
	var want []string
	for i := range 500 {
		id := fmt.Sprint("job-", i)
		want = append(want, id)
		queuetest.Wake(t, q, id)
	}
	queuetest.Expect(t, q, want...)
	if len(log.lines("queue_orchestrator.fallback")) != 1 {
		t.Errorf("the log says %v", log.lines("queue_orchestrator.fallback"))
	}
	server.Thaw()
	untilReachable(t, q)
	queuetest.Wake(t, q, "after")
	queuetest.Expect(t, other, "after")
}

func TestPromise4_AFrozenRedisDoesNotHoldUpTheEnd(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	q, _ := onRedis(t, server, queue.Options{})
	queuetest.Wake(t, q, "unread")
	server.Freeze()
	if err := q.Close(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestPromise3_WhatRedisForgetsIsForgottenAndTheRestGoesOn(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	from, _ := onRedis(t, server, queue.Options{SendOnly: true})
	to, _ := onRedis(t, server, queue.Options{})
	client := server.Client()
	for i := range 50 {
		queuetest.Wake(t, from, fmt.Sprint("forgotten-", i))
		if err := client.FlushAll(t.Context()).Err(); err != nil {
			t.Fatal(err)
		}
	}
	queuetest.Wake(t, from, "kept")
	queuetest.Expect(t, to, "kept")
}

func TestPromise3_AFullRedisIsAnAbsentOne(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	q, log := onRedis(t, server, queue.Options{})
	client := server.Client()
	limit := func(value string) {
		if err := client.ConfigSet(t.Context(), "maxmemory", value).Err(); err != nil {
			t.Fatal(err)
		}
	}
	limit("1")
	queuetest.Wake(t, q, "job")
	queuetest.Expect(t, q, "job")
	until(t, "the state says so", func() bool { return strings.Contains(q.State().Error, "OOM") })
	if said := log.lines("queue_orchestrator.fallback"); len(said) != 1 {
		t.Errorf("the log says %v", said)
	}
	limit("0")
	untilReachable(t, q)
}

// An id whose hand-over failed very often is still one that can be used again.
func TestIdsThatNobodyTakesAreNeitherLostNorArchived(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	q, _ := onRedis(t, server, queue.Options{})
	queuetest.Wake(t, q, "patient")
	client := server.Client()
	until(t, "it has been given back", func() bool {
		n, err := client.ZCard(t.Context(), "asynq:{loramanager-default}:retry").Result()
		return err == nil && n > 0
	})
	queuetest.Wake(t, q, "patient")
	queuetest.Expect(t, q, "patient")
	until(t, "it is gone", func() bool {
		n, err := client.Exists(t.Context(), "asynq:{loramanager-default}:t:patient").Result()
		return err == nil && n == 0
	})
	if n, _ := client.ZCard(t.Context(), "asynq:{loramanager-default}:archived").Result(); n != 0 {
		t.Errorf("%d ids are archived", n)
	}
}
