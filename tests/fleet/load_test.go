package fleet

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"loramanager/internal/sample"
)

// load is what many people do at once, each through a random door, and again through
// another when one dies on them.
type load struct {
	f      *fleet
	cookie string
	client http.Client
	all    sync.WaitGroup
	stop   atomic.Bool // begin nothing new

	mu     sync.Mutex
	orders map[string]string // job by key of the order
	notes  map[string]string // saved last, by adapter
	files  int               // put on the shelf
	errs   []error
}

func newLoad(f *fleet) *load {
	return &load{
		f: f, cookie: f.login(), orders: map[string]string{}, notes: map[string]string{},
		client: http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 4}},
	}
}

// errPatience is what a request ends with that no door answered for long.
var errPatience = errors.New("no door answered within a minute")

// persist sends a request until some door answers, and reads the answer, which must be a
// success or the accepted one.
func (l *load) persist(method, path string, body any, into any, accepted int, headers ...string) error {
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		status, answer, err := l.once(method, l.f.base(-1)+path, text, headers)
		switch {
		case err != nil: // the door died, or is not there
			continue
		case status == accepted:
			return nil
		case status > 299:
			return fmt.Errorf("%s %s: %d %.300s", method, path, status, answer)
		case into == nil:
			return nil
		}
		return json.Unmarshal(answer, into)
	}
	return fmt.Errorf("%s %s: %w", method, path, errPatience)
}

func (l *load) once(method, address string, body []byte, headers []string) (int, []byte, error) {
	request, err := http.NewRequestWithContext(context.Background(), method, address, bytes.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	if method != http.MethodGet {
		request.Header.Set("Content-Type", "application/json")
	}
	request.Header.Set("Cookie", l.cookie) // of one session, whichever door it began at
	for i := 0; i+1 < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	answer, err := l.client.Do(request)
	if err != nil {
		return 0, nil, err
	}
	text, err := io.ReadAll(answer.Body)
	return answer.StatusCode, text, errors.Join(err, answer.Body.Close())
}

// begin lets people act until the load is stopped.
func (l *load) begin(adapters []string) {
	for n := range 3 {
		l.do(100*time.Millisecond, func(turn int) error { return l.order(fmt.Sprintf("order-%d-%d", n, turn)) })
	}
	for _, id := range adapters {
		l.do(70*time.Millisecond, func(turn int) error { return l.edit(id, turn) })
	}
	l.do(700*time.Millisecond, l.shelve)
	l.do(time.Second, func(int) error {
		return l.persist(http.MethodPost, "/api/v1/scans", map[string]any{}, nil, http.StatusConflict)
	})
	l.do(50*time.Millisecond, func(int) error { return l.persist(http.MethodGet, "/api/v1/adapters?q=a", nil, nil, 0) })
}

// do acts again and again, with a pause, until the load is stopped or the act fails.
func (l *load) do(pause time.Duration, act func(turn int) error) {
	l.all.Go(func() {
		tick := time.NewTicker(pause)
		defer tick.Stop()
		for turn := 0; !l.stop.Load(); turn++ {
			if err := act(turn); err != nil {
				l.mu.Lock()
				l.errs = append(l.errs, err)
				l.mu.Unlock()
				return
			}
			<-tick.C
		}
	})
}

func (l *load) order(key string) error {
	var accepted struct {
		ID string `json:"delivery_id"`
	}
	body := map[string]any{"prompt": key, "steps": 2, "width": 64, "height": 64, "seed": 1, "batch_size": 1, "sampler_name": "Euler a"}
	if err := l.persist(http.MethodPost, "/api/v1/generation/queue-generation?backend=sketch", body, &accepted, 0, "Idempotency-Key", key); err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.orders[key] = accepted.ID
	return nil
}

func (l *load) edit(id string, turn int) error {
	note := fmt.Sprintf("note %d", turn)
	if err := l.persist(http.MethodPatch, "/api/v1/adapters/"+id, map[string]string{"notes": note}, nil, 0); err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.notes[id] = note
	return nil
}

// shelve puts new files on the shelf.
func (l *load) shelve(turn int) error {
	const few = 2
	dir := filepath.Join(l.f.shelf, fmt.Sprintf("delivery-%d", turn))
	if err := sample.Write(context.Background(), dir, few, sample.Options{Seed: uint64(turn) + 100}); err != nil { //nolint:gosec // not negative
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.files += few
	return nil
}

// ordered is how many orders were accepted so far.
func (l *load) ordered() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.orders)
}

// end lets everybody finish what they are at. It returns what went wrong.
func (l *load) end() error {
	l.stop.Store(true)
	l.all.Wait()
	l.client.CloseIdleConnections()
	return errors.Join(l.errs...)
}
