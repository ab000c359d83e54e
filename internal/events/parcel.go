package events

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

const (
	// maxParcel bounds an event on its way; whoever publishes more makes everyone read
	// everything again.
	maxParcel = 1 << 20
	// maxPreview bounds a preview on its way; a larger one stays in its process.
	maxPreview = 64 << 10
)

// parcel is an event on its way through Redis.
type parcel struct {
	From   string          `json:"from"` // the process
	Number uint64          `json:"number"`
	Type   string          `json:"type"`
	Topic  string          `json:"topic,omitempty"`
	Micros int64           `json:"micros"`
	Data   json.RawMessage `json:"data"`
	Full   json.RawMessage `json:"full,omitempty"` // Data with its preview
}

// pack turns an event into JSON. What cannot be sent becomes a call to read everything
// again, with the reason.
func pack(from string, number uint64, e Event) ([]byte, error) {
	p := parcel{From: from, Number: number, Type: e.Type, Topic: e.Topic, Micros: e.Time.UnixMicro()}
	body, err := p.fill(e.Data)
	if err == nil && len(body) > maxParcel {
		err = fmt.Errorf("%d bytes are too many", len(body))
	}
	if err == nil {
		return body, nil
	}
	p.Type, p.Topic, p.Full = EventResync, "", nil
	p.Data, _ = json.Marshal(Resync{Reason: "An event could not be sent. Read everything again."})
	body, _ = json.Marshal(p)
	return body, fmt.Errorf("pack the event %q: %w", e.Type, err)
}

func (p *parcel) fill(data any) (body []byte, err error) {
	if previewed, ok := data.(Previewed); ok {
		if p.Full, err = json.Marshal(data); err != nil {
			return nil, err
		}
		data = previewed.WithoutPreview()
	}
	if p.Data, err = json.Marshal(data); err != nil {
		return nil, err
	}
	if extra := len(p.Full) - len(p.Data); extra <= 0 || extra > maxPreview {
		p.Full = nil
	}
	return json.Marshal(p)
}

// brought is the data of an event from another process that has a preview.
type brought struct{ full, plain json.RawMessage }

// MarshalJSON implements json.Marshaler.
func (b brought) MarshalJSON() ([]byte, error) { return b.full, nil }

// WithoutPreview implements Previewed.
func (b brought) WithoutPreview() any { return b.plain }

func (p parcel) event(seq uint64) Event {
	e := Event{Seq: seq, Type: p.Type, Topic: p.Topic, Time: time.UnixMicro(p.Micros), Data: p.Data}
	if len(p.Full) > 0 {
		e.Data = brought{full: p.Full, plain: p.Data}
	}
	return e
}

// unpack reads an entry of the stream.
func unpack(m redis.XMessage) (seq uint64, before string, p parcel, err error) {
	id, _, _ := strings.Cut(m.ID, "-")
	if seq, err = strconv.ParseUint(id, 10, 64); err != nil {
		return 0, "", p, err
	}
	before, _ = m.Values["prev"].(string)
	body, _ := m.Values["event"].(string)
	if len(body) > maxParcel {
		return 0, "", p, errors.New("an event is too large")
	}
	if err := json.Unmarshal([]byte(body), &p); err != nil {
		return 0, "", p, err
	}
	return seq, before, p, nil
}
