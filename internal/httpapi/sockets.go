package httpapi

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/coder/websocket"

	"loramanager/internal/events"
	"loramanager/internal/lora"
)

// sockets are all live connections: their number is bounded, and they end with the
// login that opened them and with the server.
type sockets struct {
	hub              *events.Hub
	frames           *frames
	max, maxPerOwner int
	alive            func(ctx context.Context, actor *lora.Actor) bool // what the actor came in with still lets it in
	pingEvery        time.Duration
	patience         time.Duration // for a client to take a frame

	mu      sync.Mutex
	closed  bool
	opened  uint64 // since the start, for the connections' names
	cut     int    // since the start, because they were too slow
	open    map[*socket]struct{}
	byOwner map[string]int
	running sync.WaitGroup
}

func newSockets(hub *events.Hub, maxAll, maxPerOwner int) *sockets {
	return &sockets{
		hub: hub, frames: newFrames(), max: maxAll, maxPerOwner: maxPerOwner,
		alive:     func(context.Context, *lora.Actor) bool { return true },
		pingEvery: 30 * time.Second, patience: 5 * time.Second,
		open: map[*socket]struct{}{}, byOwner: map[string]int{},
	}
}

// admit makes room for one more connection of an owner.
func (s *sockets) admit(owner string, actor *lora.Actor) (*socket, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.closed:
		return nil, lora.Errorf(lora.Unavailable, "The server is stopping.")
	case len(s.open) >= s.max:
		return nil, lora.Errorf(lora.Unavailable, "Too many live connections are open. Close some pages and try again.")
	case s.byOwner[owner] >= s.maxPerOwner:
		return nil, lora.Errorf(lora.RateLimited, "Too many live connections are open from this browser. Close some of its pages.")
	}
	s.opened++
	k := &socket{all: s, number: s.opened, owner: owner, want: interest{actor: actor}, commands: make(chan command, maxWaitingCommands)}
	k.ctx, k.cancel = context.WithCancelCause(context.Background())
	s.open[k] = struct{}{}
	s.byOwner[owner]++
	s.running.Add(1)
	return k, nil
}

// release takes a connection out again.
func (s *sockets) release(k *socket) {
	k.cancel(nil)
	s.mu.Lock()
	if errors.Is(context.Cause(k.ctx), errSlow) {
		s.cut++
	}
	delete(s.open, k)
	if s.byOwner[k.owner]--; s.byOwner[k.owner] <= 0 {
		delete(s.byOwner, k.owner)
	}
	s.mu.Unlock()
	s.running.Done()
}

// closeSession ends the connections of a login that has logged out.
func (s *sockets) closeSession(session string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for k := range s.open {
		if k.want.actor.SessionID == session {
			k.cancel(errLoggedOut)
		}
	}
}

// close ends all connections and waits for them, or for the end of ctx.
func (s *sockets) close(ctx context.Context) error {
	s.mu.Lock()
	s.closed = true
	for k := range s.open {
		k.cancel(errStopping)
	}
	s.mu.Unlock()
	done := make(chan struct{})
	go func() {
		s.running.Wait()
		close(done)
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// serveSocket opens a live connection.
func (s *Server) serveSocket(w http.ResponseWriter, r *http.Request) {
	if !s.socketOrigin(r) {
		writeProblem(w, newProblem(r.Context(), http.StatusForbidden, lora.Forbidden,
			"A page of another site asked for a live connection, so it was refused. Pages you trust go into CORS_ORIGINS."))
		return
	}
	if r.Header.Get("Upgrade") == "" {
		w.Header().Set("Upgrade", "websocket")
		writeProblem(w, newProblem(r.Context(), http.StatusUpgradeRequired, lora.Invalid, "This address speaks WebSocket only."))
		return
	}
	actor := actorOf(r.Context())
	k, err := s.sockets.admit(cmp.Or(actor.SessionID, actor.KeyID, clientAddr(r).String()), actor)
	if err == nil && !s.sockets.alive(r.Context(), actor) { // it was revoked before the connection was in the list
		s.sockets.release(k)
		err = lora.Errorf(lora.Unauthorized, "You are not logged in, or no longer. Log in.")
	}
	if err != nil {
		writeProblem(w, problemOf(r.Context(), err))
		return
	}
	// The origin was checked above, with the ports and the configured origins in mind.
	bare := &slimWriter{ResponseWriter: w}
	k.conn, err = websocket.Accept(bare, r, &websocket.AcceptOptions{InsecureSkipVerify: true})
	if err != nil {
		s.sockets.release(k)
		s.log.DebugContext(r.Context(), "live connection refused", "error", err)
		return
	}
	k.raw = bare.conn
	go k.run() // on a stack of its own, while that of the request and its buffers are freed
}

// The sizes of a live connection's buffers. A frame that is larger is written past
// its buffer.
const socketReadBuffer, socketWriteBuffer = 256, 1 << 10

// slimWriter hands out a connection with small buffers, because thousands of them stay.
type slimWriter struct {
	http.ResponseWriter
	conn net.Conn // once it was handed out
}

// Hijack implements http.Hijacker.
func (w *slimWriter) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, buffers, err := http.NewResponseController(w.ResponseWriter).Hijack()
	if err != nil {
		return nil, nil, err
	}
	early, err := buffers.Reader.Peek(buffers.Reader.Buffered()) // what came behind the request
	if err != nil {
		return nil, nil, errors.Join(err, conn.Close())
	}
	reader := bufio.NewReaderSize(io.MultiReader(bytes.NewReader(bytes.Clone(early)), conn), max(socketReadBuffer, len(early)))
	if _, err := reader.Peek(len(early)); err != nil {
		return nil, nil, errors.Join(err, conn.Close())
	}
	w.conn = conn
	return conn, bufio.NewReadWriter(reader, bufio.NewWriterSize(conn, socketWriteBuffer)), nil
}

// socketOrigin reports whether the page that asks may open a live connection.
// Browsers always name it; only programs, which show the key, may leave it out.
func (s *Server) socketOrigin(r *http.Request) bool {
	switch origin := r.Header.Get("Origin"); {
	case origin == "":
		return s.mode == modeOpen && r.Header.Get("Sec-Fetch-Site") == "" || s.carriesKey(r)
	case sameHost(origin, r.Host), s.hosts.named(origin):
		return true
	default:
		return s.origins.allows(origin) && (!s.origins.any || s.carriesKey(r))
	}
}
