package httpapi

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/coder/websocket"

	"loramanager/internal/events"
)

const (
	maxFrameBytes      = 4 << 10 // what a client may send at once
	maxWaitingCommands = 16
	pingEvery          = 30 * time.Second
	writePatience      = 5 * time.Second
)

var (
	errLoggedOut = errors.New("logged out")
	errStopping  = errors.New("the server is stopping")
	errSlow      = errors.New("too slow")
)

// socket is one live connection. Its reader turns frames into commands, its writer
// alone owns the subscription and sends; neither waits for another connection.
type socket struct {
	all            *sockets
	conn           *websocket.Conn
	number         uint64
	owner, session string
	ctx            context.Context // ends with the connection
	cancel         context.CancelCauseFunc
	commands       chan command

	greeted uint64               // number of the latest event at the greeting; the writer's
	sub     *events.Subscription // the writer's
	want    interest             // the writer's
	sent    uint64               // number of the last event sent; the writer's
}

// run serves the connection until it ends. The close frame goes out before reading
// stops, because stopping to read tears the connection down.
func (k *socket) run() {
	k.conn.SetReadLimit(maxFrameBytes)
	readCtx, stopReading := context.WithCancel(context.Background())
	defer stopReading()
	var reading, work sync.WaitGroup
	reading.Go(func() { k.read(readCtx) })
	work.Go(k.write)
	work.Go(k.ping)
	work.Wait()
	code, reason := websocket.StatusNormalClosure, ""
	switch err := context.Cause(k.ctx); {
	case errors.Is(err, errSlow):
		code, reason = websocket.StatusTryAgainLater, "too slow; connect again and resume"
	case errors.Is(err, errStopping):
		code, reason = websocket.StatusGoingAway, "the server is stopping"
	case errors.Is(err, errLoggedOut):
		code, reason = websocket.StatusPolicyViolation, "logged out"
	}
	_ = k.conn.Close(code, reason)
	stopReading()
	reading.Wait()
}

// read takes frames until the connection ends. A frame that makes no sense is
// answered and forgotten.
func (k *socket) read(ctx context.Context) {
	for {
		kind, data, err := k.conn.Read(ctx)
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

// ping finds out that a client is gone without a word.
func (k *socket) ping() {
	ticker := time.NewTicker(pingEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			ctx, cancel := context.WithTimeout(k.ctx, pingEvery)
			err := k.conn.Ping(ctx)
			cancel()
			if err != nil {
				k.cancel(err)
				return
			}
		case <-k.ctx.Done():
			return
		}
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
			k.deliver(e)
		case <-k.ctx.Done():
			return
		}
	}
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
	k.send(k.all.frames.of(e))
}

// send writes one frame within the time a client has for it.
func (k *socket) send(data []byte) {
	ctx, cancel := context.WithTimeout(k.ctx, writePatience)
	defer cancel()
	if err := k.conn.Write(ctx, websocket.MessageText, data); err != nil {
		k.cancel(err)
	}
}
