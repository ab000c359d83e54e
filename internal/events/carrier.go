package events

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"math/big"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/logging"
)

const (
	maxPending    = 1024 // events of this process that are not back from Redis yet
	batch         = 64   // events sent or read at once
	sendPatience  = 2 * time.Second
	listenFor     = time.Second // how long one question for news waits
	listenMargin  = 2 * time.Second
	firstRejoin   = 100 * time.Millisecond
	lastRejoin    = 2 * time.Second
	localHeadroom = 1 << 12 // events that may happen here while joining
)

var errMissed = errors.New("some events were missed")

// pending is an event of this process on its way to Redis and back.
type pending struct {
	number uint64
	event  Event
}

// Carrier joins a Hub to those of other processes through Redis, which numbers the
// events of all. Every process delivers what comes back from Redis, its own events
// included. While Redis is away, events are delivered here only.
type Carrier struct {
	hub    *Hub
	me     string
	client *redis.Client
	log    *slog.Logger
	work   chan struct{} // has room for one: there is something to send
	cancel context.CancelFunc
	done   chan struct{}

	mu       sync.Mutex // before hub.mu
	up       bool
	closing  bool
	err      error // why not up
	since    time.Time
	next     uint64    // number of the next event of this process
	waiting  []pending // oldest first: those that were sent, then those that were not
	sent     int       // how many of them were sent
	overflow bool      // some found no room: everyone must be told
	telling  bool      // that is on its way to Redis
	alone    bool      // something happened here that others do not know
}

// Carry joins the Hub to those of other processes through the Redis at url, before
// anyone listens. It waits for Redis until ctx ends; when Redis is away by then, it
// joins later. The error is about the url.
func Carry(ctx context.Context, hub *Hub, url string, log *slog.Logger) (*Carrier, error) {
	options, err := redis.ParseURL(url)
	if err != nil {
		return nil, fmt.Errorf("REDIS_URL: %w", err)
	}
	options.ContextTimeoutEnabled, options.MaxRetries = true, -1 // a second try would send twice
	options.DialTimeout, options.DialerRetries = sendPatience, 1
	logging.Disable() // whether Redis is there is logged here, once
	running, cancel := context.WithCancel(context.Background())
	c := &Carrier{
		hub: hub, me: rand.Text(), client: redis.NewClient(options), log: log, since: time.Now(),
		work: make(chan struct{}, 1), cancel: cancel, done: make(chan struct{}), next: 1,
		err: errors.New("not connected yet"),
	}
	hub.carrier.Store(c)
	place, err := c.join(ctx)
	if err != nil {
		c.down(err)
	}
	go c.run(running, place, err)
	return c, nil
}

// CarrierState is how a Carrier is.
type CarrierState struct {
	Reachable bool   // events reach other processes
	Error     string // why not; empty when reachable
	Since     time.Time
}

// State tells how the Carrier is, without asking Redis.
func (c *Carrier) State() CarrierState {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := CarrierState{Reachable: c.up, Since: c.since}
	if c.err != nil {
		s.Error = c.err.Error()
	}
	return s
}

// Close sends what waits, until ctx ends, and leaves the Hub alone again.
func (c *Carrier) Close(ctx context.Context) error {
	c.mu.Lock()
	c.closing = true
	if !c.up {
		c.cancel()
	}
	c.mu.Unlock()
	c.nudge()
	var err error
	select {
	case <-c.done:
	case <-ctx.Done():
		err = ctx.Err()
		c.cancel()
		<-c.done // a question to Redis ends soon
	}
	c.hub.carrier.CompareAndSwap(c, nil)
	return errors.Join(err, c.client.Close())
}

// publish takes an event of this process. It never waits for Redis.
func (c *Carrier) publish(e Event) uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case !c.up:
		c.alone = true
		return c.hub.publish(e)
	case len(c.waiting) >= maxPending:
		c.overflow = true
	default:
		c.waiting = append(c.waiting, pending{c.next, e})
		c.next++
	}
	c.nudge()
	return 0
}

func (c *Carrier) nudge() {
	select {
	case c.work <- struct{}{}:
	default:
	}
}

// run stays joined until ctx ends.
func (c *Carrier) run(ctx context.Context, at place, err error) {
	defer close(c.done)
	wait := firstRejoin
	for ctx.Err() == nil {
		if err == nil {
			wait = firstRejoin
			err = c.stay(ctx, at)
			c.down(err)
			if err == nil { // closed
				return
			}
		}
		if !errors.Is(err, errMissed) {
			timer := time.NewTimer(wait)
			select {
			case <-timer.C:
			case <-ctx.Done():
				timer.Stop()
				return
			}
			wait = min(2*wait, lastRejoin)
		}
		at, err = c.join(ctx)
	}
}

// stay sends and reads until one of them fails, or all is sent and the carrier closing.
func (c *Carrier) stay(ctx context.Context, at place) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var sending sync.WaitGroup
	var failed error
	sending.Go(func() {
		failed = c.send(ctx)
		cancel(failed)
	})
	err := c.read(ctx, at)
	cancel(err)
	sending.Wait()
	if failed == nil && c.isClosing() {
		return nil
	}
	return errors.Join(err, failed)
}

func (c *Carrier) isClosing() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.closing
}

// down delivers here what is not back from Redis, and goes on alone. The numbers jump
// to a place where no other process gives any, so that nobody who returns elsewhere is
// taken for someone who knows what happened there.
func (c *Carrier) down(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.up {
		c.since = time.Now()
	}
	if c.up && err != nil {
		c.log.Warn("events stay in this process until Redis can be followed again", "error", err)
	}
	c.up, c.err = false, err
	c.hub.mu.Lock()
	reason := ""
	if c.overflow || c.telling {
		reason = "Some events were lost. Read everything again."
	}
	if c.hub.used {
		c.hub.jump(max(c.hub.seq, uint64(max(0, c.hub.now().UnixMicro())))+1+far(), reason) //nolint:gosec // not negative
	}
	c.hub.mu.Unlock()
	c.alone = c.alone || reason != "" || len(c.waiting) > 0
	for _, p := range c.waiting {
		c.hub.publish(p.event)
	}
	c.waiting, c.sent, c.overflow, c.telling = nil, 0, false, false
}

// far is a random number below 2^30: about a quarter of an hour in microseconds.
func far() uint64 {
	n, err := rand.Int(rand.Reader, big.NewInt(1<<30))
	if err != nil {
		return 1 << 29
	}
	return n.Uint64()
}
