package queue

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/hibiken/asynq"
	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/logging"
)

const (
	wakeTask = "job:wake"
	// handOver bounds how long an id waits for a worker of this process. Afterwards it
	// goes back, and a process with room may get it.
	handOver = 250 * time.Millisecond
	// giveBack is when an id that was not taken is offered again.
	giveBack = 250 * time.Millisecond
	// wakePatience bounds how long Wake waits for Redis.
	wakePatience = time.Second
	// lookEvery is how often asynq looks for ids: it asks instead of listening.
	lookEvery                 = 100 * time.Millisecond
	probeEvery, probePatience = 2 * time.Second, time.Second
	// probeAway is how often an absent Redis is looked for.
	probeAway  = 200 * time.Millisecond
	maxIDBytes = 128
	consumers  = 8
	// taskTries is more than ids ever need: giving back does not count as a failure, so
	// that asynq archives none. The id of an archived one could not be used again.
	taskTries   = 1000
	taskTimeout = 30 * time.Second
)

// The queues in Redis and how often each is looked at first.
var weights = map[string]int{"loramanager-high": 6, "loramanager-default": 3, "loramanager-low": 1}

func queueOf(priority int) string {
	switch {
	case priority > 6:
		return "loramanager-high"
	case priority < 4:
		return "loramanager-low"
	}
	return "loramanager-default"
}

var (
	errBusy       = errors.New("no worker of this process has room")
	errConnecting = errors.New("not connected yet")
)

// redisQueue sends ids through asynq.
type redisQueue struct {
	*local
	reach  *reach
	sender *redis.Client // short patience: it serves Wake and the probe
	client *asynq.Client
	taker  *redis.Client // patient; nil when ids are only sent
	server *asynq.Server

	ctx    context.Context // ends with the queue; connections end with it
	cancel context.CancelFunc
	lost   chan struct{} // has room for one: look for Redis now
	all    sync.WaitGroup
	ending sync.Once
	ended  chan struct{}
}

// NewRedis returns a queue on the Redis at url (redis://, rediss:// or unix://). It
// looks for Redis for at most a second: while it is away, wake-ups stay in this
// process. The error is about the url.
func NewRedis(url string, o Options) (Queue, error) {
	options, err := redis.ParseURL(url)
	if err != nil {
		return nil, fmt.Errorf("REDIS_URL: %w", err)
	}
	logging.Disable() // whether Redis is there is logged by reach, once
	q := &redisQueue{
		local: newLocal(), reach: newReach(Redis, o.logger()),
		lost: make(chan struct{}, 1), ended: make(chan struct{}),
	}
	q.ctx, q.cancel = context.WithCancel(context.Background())
	q.sender = q.connect(*options, func(o *redis.Options) {
		o.MaxRetries, o.ContextTimeoutEnabled = 1, true
		o.DialTimeout, o.ReadTimeout, o.WriteTimeout = wakePatience, wakePatience, wakePatience
	})
	q.client = asynq.NewClientFromRedisClient(q.sender)
	q.reach.set(q.probe())
	if !o.SendOnly {
		q.taker = q.connect(*options, func(o *redis.Options) {
			// asynq asks again at once after an error: the wait before the second try is
			// what keeps it from spinning while Redis is away.
			o.MaxRetries, o.MinRetryBackoff, o.MaxRetryBackoff = 1, 200*time.Millisecond, 400*time.Millisecond
			o.DialTimeout, o.ReadTimeout, o.WriteTimeout = 2*time.Second, 2*time.Second, 2*time.Second
		})
		q.server = asynq.NewServerFromRedisClient(q.taker, q.serverConfig(o.logger()))
		if err := q.server.Start(asynq.HandlerFunc(q.take)); err != nil {
			return nil, errors.Join(err, q.Close(context.Background()))
		}
	}
	q.all.Go(q.watch)
	return q, nil
}

func (q *redisQueue) serverConfig(log *slog.Logger) asynq.Config {
	return asynq.Config{
		Concurrency: consumers, Queues: weights,
		TaskCheckInterval: lookEvery, DelayedTaskCheckInterval: giveBack,
		RetryDelayFunc:  func(int, error, *asynq.Task) time.Duration { return giveBack },
		IsFailure:       func(error) bool { return false },
		ShutdownTimeout: time.Second,
		Logger:          asynqLog{log}, LogLevel: asynq.InfoLevel,
	}
}

// Wake hands the id to a worker that waits in this process, else to Redis, else, when
// Redis is away, keeps it for the workers of this process.
func (q *redisQueue) Wake(ctx context.Context, id string, priority int) error {
	select {
	case <-q.closed:
		return errClosed
	case q.woken <- id:
		return nil
	default:
	}
	reason, err := primaryUnavailable, q.reach.away()
	if err == nil {
		ctx, cancel := context.WithTimeout(ctx, wakePatience)
		defer cancel()
		_, err = q.client.EnqueueContext(ctx, asynq.NewTask(wakeTask, []byte(id)),
			asynq.TaskID(id), asynq.Queue(queueOf(priority)), asynq.MaxRetry(taskTries), asynq.Timeout(taskTimeout))
		if err == nil || errors.Is(err, asynq.ErrTaskIDConflict) { // the same id waits already
			return nil
		}
		reason = primaryError
		if ctx.Err() == nil || errors.Is(ctx.Err(), context.DeadlineExceeded) {
			q.away(err)
		}
	}
	q.reach.fellBack(ctx, id, reason, err)
	return q.local.Wake(ctx, id, priority)
}

func (q *redisQueue) State() State { return q.reach.state() }

// take gives an id from Redis to a worker of this process.
func (q *redisQueue) take(ctx context.Context, task *asynq.Task) error {
	id := string(task.Payload())
	if id == "" || len(id) > maxIDBytes {
		return asynq.RevokeTask
	}
	patience := time.NewTimer(handOver)
	defer patience.Stop()
	select {
	case q.woken <- id:
		return nil
	case <-patience.C:
		return errBusy
	case <-q.closed:
		return errClosed
	case <-ctx.Done():
		return ctx.Err()
	}
}

// away notes that Redis failed and starts looking for it.
func (q *redisQueue) away(err error) {
	q.reach.set(err)
	select {
	case q.lost <- struct{}{}:
	default:
	}
}

// watch looks at Redis now and then, and often while it is away.
func (q *redisQueue) watch() {
	for {
		wait := probeEvery
		if q.reach.away() != nil {
			wait = probeAway
		}
		timer := time.NewTimer(wait)
		select {
		case <-q.lost:
			timer.Stop()
			continue // with a shorter wait
		case <-timer.C:
			q.reach.set(q.probe())
		case <-q.ctx.Done():
			timer.Stop()
			return
		}
	}
}

// probe writes, because a full Redis and a read-only replica answer readers only.
func (q *redisQueue) probe() error {
	ctx, cancel := context.WithTimeout(q.ctx, probePatience)
	defer cancel()
	return q.sender.Set(ctx, "loramanager:queue:probe", 1, time.Minute).Err()
}

// Close gives the ids in hand back and ends the connections.
func (q *redisQueue) Close(ctx context.Context) error {
	q.ending.Do(func() {
		go func() {
			defer close(q.ended)
			q.end()
		}()
	})
	select {
	case <-q.ended:
		return nil
	case <-ctx.Done():
		q.cancel()
		return ctx.Err()
	}
}

func (q *redisQueue) end() {
	_ = q.local.Close(context.Background()) // lets take return
	patience := time.AfterFunc(time.Second, q.cancel)
	if q.server != nil {
		q.server.Shutdown()
		_ = q.taker.Close()
	}
	patience.Stop()
	q.cancel()
	q.all.Wait()
	_ = q.sender.Close()
}
