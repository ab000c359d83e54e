package events

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"
)

// place is where reading goes on.
type place struct {
	after  uint64 // number after which events are read
	before string // what the next event must name as the one before it
}

// join finds the place in the stream where this process goes on.
func (c *Carrier) join(ctx context.Context) (place, error) {
	for {
		c.hub.mu.Lock()
		used, floor := c.hub.used, c.hub.seq+localHeadroom
		c.hub.mu.Unlock()
		if !used {
			floor = 0
		}
		at, err := c.ask(ctx, floor)
		if err != nil {
			return place{}, err
		}
		var recent []Event
		if !used {
			if recent, err = c.recent(ctx, at); err != nil {
				return place{}, err
			}
		}
		if c.settle(at, used, recent) {
			return at, nil
		}
	}
}

func (c *Carrier) ask(ctx context.Context, floor uint64) (place, error) {
	ctx, cancel := context.WithTimeout(ctx, sendPatience)
	defer cancel()
	answer, err := joinScript.Run(ctx, c.client, []string{numbersKey, streamKey}, floor).StringSlice()
	if err != nil {
		return place{}, err
	}
	if len(answer) != 2 {
		return place{}, fmt.Errorf("unexpected answer of Redis: %q", answer)
	}
	after, err := strconv.ParseUint(answer[0], 10, 64)
	return place{after: after, before: answer[1]}, err
}

// recent reads the events up to the place that follow each other without a hole, so
// that a process which has just started knows them too.
func (c *Carrier) recent(ctx context.Context, at place) ([]Event, error) {
	ctx, cancel := context.WithTimeout(ctx, sendPatience)
	defer cancel()
	entries, err := c.client.XRevRangeN(ctx, streamKey, fmt.Sprint(at.after), "-", int64(len(c.hub.ring))).Result()
	if err != nil {
		return nil, err
	}
	var found []Event
	want := at.after
	for _, entry := range entries {
		seq, before, p, err := unpack(entry)
		if err != nil || seq != want || p.Type == EventResync {
			break
		}
		found = append(found, p.event(seq))
		if want--; before != fmt.Sprint(want) {
			break
		}
	}
	slices.Reverse(found)
	return found, nil
}

// settle lets the Hub go on at the place, unless so much has happened here since the
// place was asked for that numbers would fall.
func (c *Carrier) settle(at place, used bool, recent []Event) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.hub.mu.Lock()
	defer c.hub.mu.Unlock()
	if c.hub.used && (!used || c.hub.seq >= at.after) {
		return false
	}
	reason := ""
	switch {
	case c.alone: // tells the listeners here too
		c.overflow = true
		c.nudge()
	case used:
		reason = "Some events of other servers are missing. Read everything again."
	}
	c.hub.jump(at.after, reason)
	if len(recent) > 0 {
		c.hub.jump(recent[0].Seq-1, "")
		for _, e := range recent {
			c.hub.keep(e)
		}
	}
	if used {
		c.log.Info("events are shared with other processes again")
	}
	c.up, c.err, c.since, c.alone = true, nil, time.Now(), false
	return true
}

// send brings events to Redis until ctx ends, or until all are there and the carrier
// is closing.
func (c *Carrier) send(ctx context.Context) error {
	for {
		events, overflow, floor, closing := c.unsent()
		if len(events) == 0 && !overflow {
			if closing {
				return nil
			}
			select {
			case <-c.work:
				continue
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		arguments := []any{floor, len(c.hub.ring)}
		for _, p := range events {
			body, err := pack(c.me, p.number, p.event)
			if err != nil {
				c.log.Error("an event cannot be shared", "error", err)
			}
			arguments = append(arguments, body)
		}
		if overflow {
			body, err := pack(c.me, 0, Event{Type: EventResync, Time: time.Now(), Data: Resync{Reason: "Some events were lost. Read everything again."}})
			if err != nil {
				return err
			}
			arguments = append(arguments, body)
		}
		if err := c.append(ctx, arguments); err != nil {
			return err
		}
	}
}

func (c *Carrier) append(ctx context.Context, arguments []any) error {
	ctx, cancel := context.WithTimeout(ctx, sendPatience)
	defer cancel()
	if err := appendScript.Run(ctx, c.client, []string{numbersKey, streamKey}, arguments...).Err(); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.telling = false
	return nil
}

// unsent takes the next events to send. They count as sent from now on, because
// nobody knows what became of them when sending fails.
func (c *Carrier) unsent() (events []pending, overflow bool, floor uint64, closing bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := min(batch, len(c.waiting)-c.sent)
	events = slices.Clone(c.waiting[c.sent : c.sent+n])
	c.sent += n
	if c.sent == len(c.waiting) && c.overflow {
		overflow, c.overflow, c.telling = true, false, true
	}
	return events, overflow, c.hub.Last(), c.closing
}

// read delivers what comes from Redis until ctx ends or something is missing.
func (c *Carrier) read(ctx context.Context, at place) error {
	for ctx.Err() == nil {
		entries, err := c.news(ctx, at.after)
		if err != nil {
			return err
		}
		for _, entry := range entries {
			seq, before, p, err := unpack(entry)
			if err != nil {
				return errors.Join(errMissed, err)
			}
			if before != at.before {
				return errMissed
			}
			c.arrived(seq, p)
			at = place{after: seq, before: fmt.Sprint(seq)}
		}
	}
	return context.Cause(ctx)
}

func (c *Carrier) news(ctx context.Context, after uint64) ([]redis.XMessage, error) {
	ctx, cancel := context.WithTimeout(ctx, listenFor+listenMargin)
	defer cancel()
	answer, err := c.client.XRead(ctx, &redis.XReadArgs{
		Streams: []string{streamKey, fmt.Sprintf("%d-0", after)}, Count: batch, Block: listenFor,
	}).Result()
	switch {
	case errors.Is(err, redis.Nil):
		return nil, nil
	case err != nil:
		return nil, err
	case len(answer) != 1:
		return nil, fmt.Errorf("unexpected answer of Redis: %d streams", len(answer))
	}
	return answer[0].Messages, nil
}

// arrived delivers one event. An event of this process is delivered as it was
// published, or only kept when it was taken for lost and delivered already.
func (c *Carrier) arrived(seq uint64, p parcel) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, again := p.event(seq), p.From == c.me
	if again && len(c.waiting) > 0 && c.waiting[0].number == p.Number {
		e.Data, again = c.waiting[0].event.Data, false
		c.waiting = c.waiting[1:]
		c.sent--
	}
	c.hub.mu.Lock()
	defer c.hub.mu.Unlock()
	switch {
	case c.hub.closed:
	case p.Type == EventResync:
		c.hub.jump(seq, "Some events were lost. Read everything again.")
	case again:
		c.hub.keep(e)
	default:
		c.hub.deliver(e)
	}
}
