package httpapi

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"sync"
	"time"

	"github.com/coder/websocket"

	"loramanager/internal/events"
	"loramanager/internal/jobs"
)

const (
	maxFrameBytes      = 4 << 10 // what a client may send at once
	maxWaitingCommands = 16
	behind             = 16 // events that wait for a client when it counts as behind
)

var (
	errLoggedOut = errors.New("logged out")
	errExpired   = errors.New("the login has expired")
	errStopping  = errors.New("the server is stopping")
	errSlow      = errors.New("too slow")
)

// socket is one live connection. It has two goroutines, because thousands of them must
// fit into memory: the reader turns frames into commands, the writer alone owns the
// subscription and sends. Neither waits for another connection.
type socket struct {
	all      *sockets
	conn     *websocket.Conn
	raw      net.Conn // below conn, for the time a client has to take a frame
	number   uint64
	owner    string
	ctx      context.Context // ends with the connection
	cancel   context.CancelCauseFunc
	commands chan command
	pings    sync.WaitGroup

	greeted uint64               // number of the latest event at the greeting; the writer's
	sub     *events.Subscription // the writer's
	want    interest             // the writer's, but for its actor, who stays the same
	sent    uint64               // number of the last event sent; the writer's
}

// run serves the connection until it ends. The close frame goes out before reading
// stops, because stopping to read tears the connection down.
func (k *socket) run() {
	defer k.all.release(k)
	k.conn.SetReadLimit(maxFrameBytes)
	var reading sync.WaitGroup
	reading.Go(k.read)
	k.write()
	k.pings.Wait()
	code, reason := websocket.StatusNormalClosure, ""
	switch err := context.Cause(k.ctx); {
	case errors.Is(err, errSlow):
		code, reason = websocket.StatusTryAgainLater, "too slow; connect again and resume"
	case errors.Is(err, errStopping):
		code, reason = websocket.StatusGoingAway, "the server is stopping"
	case errors.Is(err, errLoggedOut):
		code, reason = websocket.StatusPolicyViolation, "logged out"
	case errors.Is(err, errExpired):
		code, reason = websocket.StatusPolicyViolation, "the login has expired"
	}
	_ = k.conn.Close(code, reason)
	reading.Wait()
}

// read takes frames until the connection is closed. A frame that makes no sense is
// answered and forgotten.
func (k *socket) read() {
	for {
		kind, data, err := k.conn.Read(context.Background())
		if err != nil {
			k.cancel(err)
			return
		}
		select {
		case k.commands <- parseCommand(kind, data):
		case <-k.ctx.Done():
			return
		}
	}
}

// ping finds out that a client is gone without a word, and that it lost its rights on
// another server, should the news not have come through.
func (k *socket) ping() {
	ctx, cancel := context.WithTimeout(k.ctx, k.all.pingEvery)
	defer cancel()
	if !k.all.alive(ctx, k.want.actor) {
		k.cancel(errLoggedOut)
		return
	}
	if err := k.conn.Ping(ctx); err != nil {
		k.cancel(err)
	}
}

// write sends the greeting, then answers and events as they come.
func (k *socket) write() {
	defer func() {
		if k.sub != nil {
			k.sub.Leave()
		}
	}()
	now := time.Now()
	k.greeted = k.all.hub.Last()
	k.send(frame("connected", now, 0, map[string]any{
		"connection_id": fmt.Sprintf("conn_%d_%d", k.number, now.Unix()),
		"message":       "Connected to progress monitoring",
		"seq":           k.greeted,
	}))
	alive := time.NewTicker(k.all.pingEvery)
	defer alive.Stop()
	expired, stop := k.expiry()
	defer stop()
	for k.ctx.Err() == nil {
		var stream <-chan events.Event
		if k.sub != nil {
			stream = k.sub.C
		}
		select {
		case c := <-k.commands:
			c(k)
		case e, ok := <-stream:
			if !ok {
				k.cut()
				return
			}
			k.catchUp(e)
		case <-alive.C:
			k.pings.Go(k.ping)
		case <-expired:
			k.cancel(errExpired)
		case <-k.ctx.Done():
			return
		}
	}
}

// expiry tells when the login ends that opened the connection, if it does.
func (k *socket) expiry() (expired <-chan time.Time, stop func()) {
	ends := k.want.actor.ExpiresAt
	if ends.IsZero() {
		return nil, func() {}
	}
	timer := time.NewTimer(time.Until(ends))
	return timer.C, func() { timer.Stop() }
}

// catchUp sends the event e. A client that is behind gets, of the progress of a job
// that waits for it, only the latest.
func (k *socket) catchUp(e events.Event) {
	waiting := len(k.sub.C)
	if waiting < behind {
		k.deliver(e)
		return
	}
	late := append(make([]events.Event, 0, waiting+1), e)
	for range waiting {
		late = append(late, <-k.sub.C)
	}
	for _, e := range latest(late) {
		if k.ctx.Err() != nil {
			return
		}
		k.deliver(e)
	}
}

// latest leaves out progress that more progress of the same job follows.
func latest(all []events.Event) []events.Event {
	followed := map[string]bool{}
	kept := len(all)
	for i := len(all) - 1; i >= 0; i-- {
		e := all[i]
		progress := e.Type == jobs.EventProgressUpdate
		if progress && followed[e.Topic] {
			continue
		}
		if e.Topic != "" {
			followed[e.Topic] = progress
		}
		kept--
		all[kept] = e
	}
	return all[kept:]
}

// cut ends the connection because its subscription has ended.
func (k *socket) cut() {
	if k.sub.Cut() == events.Slow {
		k.cancel(errSlow)
		return
	}
	k.cancel(errStopping)
}

// deliver sends an event.
func (k *socket) deliver(e events.Event) {
	k.sent = max(k.sent, e.Seq)
	k.send(k.all.frames.of(e, k.want.previews))
}

// send writes one frame within the time a client has for it. The deadline lies on the
// connection below, which costs less than a context for each of many frames; it is
// lifted again, because pings and pongs are written past it.
func (k *socket) send(data []byte) {
	err := k.raw.SetWriteDeadline(time.Now().Add(k.all.patience))
	if err == nil {
		err = k.conn.Write(context.Background(), websocket.MessageText, data)
	}
	if err == nil {
		err = k.raw.SetWriteDeadline(time.Time{})
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		err = errors.Join(errSlow, err)
	}
	if err != nil {
		k.cancel(err)
	}
}
