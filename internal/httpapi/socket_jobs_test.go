package httpapi

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"loramanager/internal/events"
	"loramanager/internal/jobs"
	"loramanager/internal/queue/redistest"
)

func progress(id, preview string) jobs.ProgressUpdate {
	u := jobs.ProgressUpdate{JobID: id, Progress: 0.5, Status: "processing"}
	if preview != "" {
		u.PreviewImage = &preview
	}
	return u
}

func TestPreviewsReachOnlyThoseWhoAskedForThem(t *testing.T) {
	t.Parallel()
	hub := events.New(events.Options{})
	d := openDoor(t, Options{Events: hub})
	without, _ := d.connect(t)
	with, _ := d.connect(t)
	later, _ := d.connect(t)
	without.say(`{"type":"subscribe"}`)
	with.say(`{"type":"subscribe","include_previews":true}`)
	later.say(`{"type":"subscribe"}`)
	for _, l := range []*line{without, with, later} {
		l.expect("subscription_confirmed")
	}
	hub.AnnounceJob(jobs.EventProgressUpdate, "a", progress("a", "data:image/jpeg;base64,xyz"))
	for l, want := range map[*line]any{without: nil, later: nil, with: "data:image/jpeg;base64,xyz"} {
		if e := l.expect("progress_update"); e.Data["preview_image"] != want || e.Data["job_id"] != "a" {
			t.Errorf("want %v, got %+v", want, e.Data)
		}
	}
	later.say(`{"type":"subscribe","include_previews":true}`)
	if c := later.expect("subscription_confirmed"); c.Data["include_previews"] != true {
		t.Errorf("%+v", c)
	}
	later.say(`{"type":"subscribe"}`) // adds nothing, and takes nothing away
	later.expect("subscription_confirmed")
	hub.AnnounceJob(jobs.EventProgressUpdate, "a", progress("a", "two"))
	if e := later.expect("progress_update"); e.Data["preview_image"] != "two" {
		t.Errorf("%+v", e)
	}
}

func TestTheQueueConcernsEveryoneWhoFollowsJobs(t *testing.T) {
	t.Parallel()
	hub := events.New(events.Options{})
	d := openDoor(t, Options{Events: hub})
	one, _ := d.connect(t)
	one.say(`{"type":"subscribe","job_ids":["mine"],"topics":["jobs"]}`)
	one.expect("subscription_confirmed")
	topics, _ := d.connect(t)
	topics.say(`{"type":"subscribe","topics":["engines","compositions"]}`)
	topics.expect("subscription_confirmed")
	hub.AnnounceJob(jobs.EventGenerationStarted, "other", map[string]any{})
	hub.AnnounceJob(jobs.EventProgressUpdate, "mine", progress("mine", ""))
	hub.AnnounceJob(jobs.EventQueueUpdate, "other", map[string]any{})
	hub.Announce("engines_changed", map[string]any{})
	hub.AnnounceJob(jobs.EventResultsChanged, "other", map[string]any{})
	hub.Announce("compositions_changed", map[string]any{})
	hub.AnnounceJob(jobs.EventGenerationComplete, "other", map[string]any{})
	hub.AnnounceJob(jobs.EventGenerationComplete, "mine", map[string]any{})
	for _, kind := range []string{"progress_update", "queue_update", "results_changed", "generation_complete"} {
		one.expect(kind)
	}
	for _, kind := range []string{"engines_changed", "compositions_changed"} {
		topics.expect(kind)
	}
}

func TestWhoIsBehindGetsTheLatestProgressOfEachJob(t *testing.T) {
	t.Parallel()
	event := func(seq uint64, topic, kind string) events.Event {
		return events.Event{Seq: seq, Topic: topic, Type: kind}
	}
	const step, end = jobs.EventProgressUpdate, jobs.EventGenerationComplete
	late := []events.Event{
		event(1, "a", step), event(2, "b", step), event(3, "a", step), event(4, "", "adapters_changed"), event(5, "a", end),
		event(6, "b", step), event(7, "a", step), event(8, "b", end), event(9, "a", step),
	}
	var kept []uint64
	for _, e := range latest(late) {
		kept = append(kept, e.Seq)
	}
	if fmt.Sprint(kept) != "[3 4 5 6 8 9]" {
		t.Errorf("kept %v", kept)
	}
}

func TestAQuietConnectionLivesOnPings(t *testing.T) {
	t.Parallel()
	hub := events.New(events.Options{})
	d := openDoor(t, Options{Events: hub})
	d.sockets.patience, d.sockets.pingEvery = time.Second, 1500*time.Millisecond
	pinged := make(chan struct{}, 100)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	conn, _, err := websocket.Dial(ctx, d.http.URL+"/api/v1/ws/progress", &websocket.DialOptions{
		OnPingReceived: func(context.Context, []byte) bool { pinged <- struct{}{}; return true },
	})
	if err != nil {
		t.Fatal(err)
	}
	l := &line{t, conn}
	defer func() { _ = conn.CloseNow() }()
	l.expect("connected")
	l.say(`{"type":"subscribe"}`)
	l.expect("subscription_confirmed")
	go func() { // later than every time a client has for a frame
		<-pinged
		<-pinged
		hub.Announce("scan_finished", map[string]any{})
	}()
	l.expect("scan_finished")
	if err := conn.Ping(conn.CloseRead(ctx)); err != nil {
		t.Errorf("the server does not answer pings: %v", err)
	}
}

func TestTheFirstFrameMayComeWithTheHandshake(t *testing.T) {
	t.Parallel()
	d := openDoor(t, Options{})
	conn, err := net.Dial("tcp", strings.TrimPrefix(d.http.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if err := conn.SetDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	// A frame of a client is masked; this mask changes nothing.
	subscribe := `{"type":"subscribe","job_ids":["` + strings.Repeat("x", 60) + `"]}`
	frame := append([]byte{0x81, 0x80 | byte(len(subscribe)), 0, 0, 0, 0}, subscribe...)
	request := "GET /api/v1/ws/progress HTTP/1.1\r\nHost: " + conn.RemoteAddr().String() + "\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
	if _, err := conn.Write(append([]byte(request), frame...)); err != nil {
		t.Fatal(err)
	}
	reader := bufio.NewReader(conn)
	answer, err := http.ReadResponse(reader, nil)
	if err != nil || answer.StatusCode != http.StatusSwitchingProtocols {
		t.Fatalf("%v %v", answer, err)
	}
	for _, want := range []string{"connected", "subscription_confirmed"} {
		if got := readFrame(t, reader); got.Type != want {
			t.Errorf("got %+v, want %s", got, want)
		}
	}
}

// readFrame reads a short unmasked frame.
func readFrame(t *testing.T, r *bufio.Reader) (m received) {
	t.Helper()
	head := make([]byte, 2)
	if _, err := io.ReadFull(r, head); err != nil {
		t.Fatal(err)
	}
	size := int(head[1])
	if size == 126 {
		if _, err := io.ReadFull(r, head); err != nil {
			t.Fatal(err)
		}
		size = int(head[0])<<8 | int(head[1])
	}
	body := make([]byte, size)
	if _, err := io.ReadFull(r, body); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(body, &m); err != nil {
		t.Fatal(err)
	}
	return m
}

// replica opens a server that shares its events with others.
func replica(t *testing.T, redis *redistest.Server) (*door, *events.Hub) {
	t.Helper()
	hub := events.New(events.Options{})
	carrier, err := events.Carry(t.Context(), hub, redis.URL(), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := carrier.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return openDoor(t, Options{Events: hub}), hub
}

func TestPromise5_ClientsMayMoveBetweenServersThatShareRedis(t *testing.T) {
	t.Parallel()
	redis := redistest.Start(t)
	first, hub := replica(t, redis)
	second, other := replica(t, redis)
	a, _ := first.connect(t)
	b, _ := second.connect(t)
	for _, l := range []*line{a, b} {
		l.say(`{"type":"subscribe","include_previews":true}`)
		l.expect("subscription_confirmed")
	}
	hub.AnnounceJob(jobs.EventProgressUpdate, "x", progress("x", "picture"))
	here, there := a.expect("progress_update"), b.expect("progress_update")
	if fmt.Sprint(here) != fmt.Sprint(there) || there.Data["preview_image"] != "picture" {
		t.Errorf("%+v and %+v", here, there)
	}
	_ = a.conn.CloseNow()
	other.Announce("adapters_changed", map[string]any{"n": 1})
	b.expect("adapters_changed")
	moved, _ := second.connect(t)
	moved.say(fmt.Sprintf(`{"type":"resume","last_seq":%d}`, here.Seq))
	if e := moved.expect("adapters_changed"); e.Seq != here.Seq+1 {
		t.Errorf("%+v after %d", e, here.Seq)
	}
	redis.Kill()
	redis.Restart()
	for { // what happened elsewhere meanwhile is unknown, so everyone is told
		hub.Announce("adapters_changed", map[string]any{})
		if e := b.expectAny(); e.Type == "resync" {
			if e.Data["reason"] == "" {
				t.Errorf("%+v", e)
			}
			break
		}
	}
}
