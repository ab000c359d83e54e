package harness

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"loramanager/internal/lora"
)

// Reply is an answer of the server, read whole.
type Reply struct {
	Status int
	Header http.Header
	Body   []byte
}

// Problem is the part of an error reply that tests look at.
type Problem struct {
	Status int       `json:"status"`
	Detail string    `json:"detail"`
	Code   lora.Code `json:"code"`
}

// Problem reads the reply as a problem document, and fails the test when it is none.
func (r *Reply) Problem(t testing.TB) Problem {
	t.Helper()
	var p Problem
	if err := json.Unmarshal(r.Body, &p); err != nil || r.Header.Get("Content-Type") != "application/problem+json" || p.Status != r.Status || p.Detail == "" {
		t.Errorf("%d as %q is no problem document: %.300s", r.Status, r.Header.Get("Content-Type"), r.Body)
	}
	return p
}

// Ask sends one request and returns whatever the answer is. The path goes out as it
// stands; headers are "Name: value", and "Host: name" changes the host. Redirects are
// not followed.
func (s *Server) Ask(method, path, body string, headers ...string) *Reply {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, method, s.Base+path, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	if body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	for _, header := range headers {
		name, value, _ := strings.Cut(header, ": ")
		if name == "Host" {
			request.Host = value
			continue
		}
		request.Header.Set(name, value)
	}
	answer, err := s.client.Transport.RoundTrip(request)
	if err != nil {
		s.t.Fatalf("%s %s: %v\n%s", method, path, err, s.Log())
	}
	return s.read(answer)
}

// Raw sends bytes as they are over a connection of their own and reads the answer. It
// is for what no HTTP client would send.
func (s *Server) Raw(request string) *Reply {
	s.t.Helper()
	dialer := net.Dialer{Timeout: 10 * time.Second}
	conn, err := dialer.DialContext(context.Background(), "tcp", strings.TrimPrefix(s.Base, "http://"))
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	_ = conn.SetDeadline(time.Now().Add(30 * time.Second))
	if _, err := io.WriteString(conn, request); err != nil {
		s.t.Fatal(err)
	}
	answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		s.t.Fatalf("%q: %v", request, err)
	}
	return s.read(answer)
}

func (s *Server) read(answer *http.Response) *Reply {
	s.t.Helper()
	body, err := io.ReadAll(answer.Body)
	_ = answer.Body.Close()
	if err != nil {
		s.t.Fatal(err)
	}
	return &Reply{Status: answer.StatusCode, Header: answer.Header, Body: body}
}

// Call sends a request that must succeed, with body as JSON unless it is nil, and
// reads the answer into the last argument unless that is nil.
func (s *Server) Call(method, path string, body, into any) {
	s.t.Helper()
	var text []byte
	if body != nil {
		var err error
		if text, err = json.Marshal(body); err != nil {
			s.t.Fatal(err)
		}
	}
	r := s.Ask(method, path, string(text))
	if r.Status < 200 || r.Status > 299 {
		s.t.Fatalf("%s %s: %d %.500s\n%s", method, path, r.Status, r.Body, s.Log())
	}
	if into == nil {
		return
	}
	if err := json.NewDecoder(bytes.NewReader(r.Body)).Decode(into); err != nil {
		s.t.Fatalf("%s %s: %v in %.500s", method, path, err, r.Body)
	}
}
