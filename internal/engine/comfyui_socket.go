package engine

import (
	"context"
	"encoding/base64"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/coder/websocket"
)

// comfySocket listens to the events of one client id for as long as a job lasts, over as
// many connections as that takes.
type comfySocket struct {
	Messages chan comfyMessage
	// First is closed when the first attempt to connect is over, well or not.
	First chan struct{}
	// Lost gets a value whenever a connection ends or cannot be made.
	Lost chan struct{}
}

const (
	maxComfySocketMessage = 16 << 20 // a large preview, in bytes
	comfyDialTimeout      = 5 * time.Second
	comfyRedialFirst      = 200 * time.Millisecond
	comfyRedialMost       = 5 * time.Second
)

// listen connects and keeps connecting until ctx is over. wait returns when everything
// that was started has ended.
func (c *comfyUI) listen(ctx context.Context, clientID string) (socket *comfySocket, wait func()) {
	s := &comfySocket{Messages: make(chan comfyMessage), First: make(chan struct{}), Lost: make(chan struct{}, 1)}
	done := make(chan struct{})
	go func() {
		defer close(done)
		pause := comfyRedialFirst
		for first := true; ctx.Err() == nil; first = false {
			conn, err := c.dial(ctx, clientID)
			if first {
				close(s.First)
			}
			if err == nil {
				pause = comfyRedialFirst
				s.read(ctx, conn)
				_ = conn.CloseNow()
			}
			select {
			case s.Lost <- struct{}{}:
			default:
			}
			select {
			case <-ctx.Done():
			case <-time.After(pause):
			}
			pause = min(2*pause, comfyRedialMost)
		}
	}()
	return s, func() { <-done }
}

// dial connects and says, first of all, that previews may come with a description.
func (c *comfyUI) dial(ctx context.Context, clientID string) (*websocket.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, comfyDialTimeout)
	defer cancel()
	header := http.Header{}
	if c.username != "" || c.password != "" {
		header.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(c.username+":"+c.password.Reveal())))
	}
	at := "ws" + strings.TrimPrefix(c.url("/ws", url.Values{"clientId": {clientID}}), "http")
	conn, reply, err := websocket.Dial(ctx, at, &websocket.DialOptions{HTTPClient: c.out.HTTP(), HTTPHeader: header})
	if reply != nil && reply.Body != nil {
		_ = reply.Body.Close()
	}
	if err != nil {
		return nil, err
	}
	conn.SetReadLimit(maxComfySocketMessage)
	hello := `{"type":"feature_flags","data":{"supports_preview_metadata":true}}`
	if err := conn.Write(ctx, websocket.MessageText, []byte(hello)); err != nil {
		_ = conn.CloseNow()
		return nil, err
	}
	return conn, nil
}

// read hands messages on until the connection or ctx ends. A message that makes no sense
// is left out: what it may have said is found in the history.
func (s *comfySocket) read(ctx context.Context, conn *websocket.Conn) {
	for {
		kind, data, err := conn.Read(ctx)
		if err != nil {
			return
		}
		parse := parseComfyText
		if kind == websocket.MessageBinary {
			parse = parseComfyBinary
		}
		message, err := parse(data)
		if errors.Is(err, errComfyMessage) || message.Kind == "" {
			continue
		}
		select {
		case s.Messages <- message:
		case <-ctx.Done():
			return
		}
	}
}
