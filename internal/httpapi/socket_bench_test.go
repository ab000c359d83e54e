package httpapi

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"loramanager/internal/events"
	"loramanager/internal/jobs"
)

const crowdVar = "LORAMANAGER_CROWD" // the address of the server, in the process of the clients

// crowdReport is what the clients measured.
type crowdReport struct {
	P50, P99, Max float64 // ms from publishing to having read
	Frames        int
}

// BenchmarkSocketCrowd sends events, ten in a second, to 10,000 clients on this
// computer. The clients are a process of their own, so that the memory measured is the
// server's and one process need not hold both ends. Run it with -benchtime 100x.
func BenchmarkSocketCrowd(b *testing.B) {
	if address := os.Getenv(crowdVar); address != "" {
		crowd(address)
		return
	}
	const clients = 10_000
	hub := events.New(events.Options{})
	web := httptest.NewUnstartedServer(nil)
	s, err := New(Options{Events: hub, MaxSockets: clients, MaxSocketsPerSession: clients, Listen: web.Listener.Addr().String()})
	if err != nil {
		b.Fatal(err)
	}
	web.Config.Handler = s
	web.Start()
	defer web.Close()
	child := exec.CommandContext(b.Context(), os.Args[0], "-test.run", "^$", "-test.bench", "^BenchmarkSocketCrowd$")
	child.Env = append(os.Environ(), crowdVar+"="+strings.TrimPrefix(web.URL, "http://"), fmt.Sprint("CLIENTS=", clients))
	child.Stderr = os.Stderr
	out, err := child.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	before := resident()
	if err := child.Start(); err != nil {
		b.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() && lines.Text() != "ready" {
	}
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for b.Loop() {
		<-tick.C
		hub.AnnounceJob(jobs.EventProgressUpdate, "0b1c2d3e", sentUpdate{progress("0b1c2d3e", ""), time.Now().UnixMicro()})
	}
	after := resident()
	hub.Announce("end", nil)
	var r crowdReport
	for lines.Scan() {
		if json.Unmarshal(lines.Bytes(), &r) == nil && r.Frames > 0 {
			break
		}
	}
	_, _ = io.Copy(io.Discard, out)
	if err := child.Wait(); err != nil {
		b.Error(err)
	}
	if err := s.Close(b.Context()); err != nil {
		b.Error(err)
	}
	b.ReportMetric(float64(clients*b.N-r.Frames), "left-out") // for clients that were behind
	b.ReportMetric(r.P50, "p50-ms")
	b.ReportMetric(r.P99, "p99-ms")
	b.ReportMetric(r.Max, "max-ms")
	b.ReportMetric(float64(after)/1024, "RSS-MiB")
	b.ReportMetric(float64(after-before)/clients, "KiB/client")
}

type sentUpdate struct {
	jobs.ProgressUpdate
	Sent int64 `json:"sent"`
}

// WithoutPreview keeps the time at which it was sent.
func (u sentUpdate) WithoutPreview() any { return u }

// resident is the memory of this process in KiB, 0 where the system does not say.
func resident() int {
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(text), "VmRSS:")
	n, _ := strconv.Atoi(strings.Fields(rest + " 0")[0])
	return n
}

// crowd connects the clients, says so, and reports once all have heard the end.
func crowd(address string) {
	n, _ := strconv.Atoi(os.Getenv("CLIENTS"))
	var connecting, listening sync.WaitGroup
	var mu sync.Mutex
	var r crowdReport
	var all []float64
	room := make(chan struct{}, 32) // connections made at once
	for range n {
		room <- struct{}{}
		connecting.Add(1)
		listening.Go(func() {
			conn, reader, err := arrive(address)
			connecting.Done()
			<-room
			if err != nil {
				fmt.Fprintln(os.Stderr, err)
				return
			}
			times := hear(reader)
			_ = conn.Close()
			mu.Lock()
			defer mu.Unlock()
			r.Frames += len(times)
			all = append(all, times...)
		})
	}
	connecting.Wait()
	fmt.Println("\nready")
	listening.Wait()
	if slices.Sort(all); len(all) > 0 {
		r.P50, r.P99, r.Max = all[len(all)/2], all[len(all)*99/100], all[len(all)-1]
	}
	report, _ := json.Marshal(r)
	fmt.Printf("\n%s\n", report)
}

// arrive opens a connection and subscribes.
func arrive(address string) (net.Conn, *bufio.Reader, error) {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		return nil, nil, err
	}
	const subscribe = `{"type":"subscribe"}`
	frame := append([]byte{0x81, 0x80 | byte(len(subscribe)), 0, 0, 0, 0}, subscribe...)
	_, err = fmt.Fprintf(conn, "GET /api/v1/ws/progress HTTP/1.1\r\nHost: %s\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"+
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n%s", address, frame)
	if err != nil {
		return nil, nil, err
	}
	reader := bufio.NewReaderSize(conn, 1024)
	answer, err := http.ReadResponse(reader, nil)
	if err == nil && answer.StatusCode != http.StatusSwitchingProtocols {
		err = fmt.Errorf("status %d", answer.StatusCode)
	}
	for range 2 { // the greeting and the confirmation
		if err == nil {
			_, err = body(reader)
		}
	}
	return conn, reader, err
}

func body(r *bufio.Reader) ([]byte, error) {
	head, err := r.Peek(2)
	if err != nil {
		return nil, err
	}
	skip, size := 2, int(head[1])
	if size == 126 {
		if head, err = r.Peek(4); err != nil {
			return nil, err
		}
		skip, size = 4, int(head[2])<<8|int(head[3])
	}
	frame, err := r.Peek(skip + size)
	if err != nil {
		return nil, err
	}
	_, err = r.Discard(skip + size)
	return frame[skip:], err
}

// hear reads until the end and returns how long each event took, in ms.
func hear(r *bufio.Reader) (times []float64) {
	for {
		frame, err := body(r)
		if err != nil || bytes.Contains(frame, []byte(`"type":"end"`)) {
			return times
		}
		if sent := number(frame, `"sent":`); sent > 0 {
			times = append(times, float64(time.Now().UnixMicro()-int64(sent))/1000)
		}
	}
}

// number finds the number behind a key.
func number(frame []byte, key string) (n int) {
	_, rest, _ := bytes.Cut(frame, []byte(key))
	for _, digit := range rest {
		if digit < '0' || digit > '9' {
			break
		}
		n = 10*n + int(digit-'0')
	}
	return n
}
