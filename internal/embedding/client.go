package embedding

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"loramanager/internal/guard"
	"loramanager/internal/lora"
)

// Bounds of what is asked.
const (
	MaxBatch     = 256 // texts of one request
	DefaultBatch = 32
	maxDims      = 8192 // of a vector; the largest models in use have 4096
)

// requestTime bounds one request: a small computer may work on a batch that long.
const requestTime = 2 * time.Minute

// Options say which endpoint and which model.
type Options struct {
	// URL is what the API stands below, such as http://127.0.0.1:11434/v1. Only an
	// administrator's configuration may name it.
	URL   string
	Model string
	Key   guard.Secret // sent as bearer token; none when empty
	// Dimensions asks the model for vectors of that length, 0 for its own. Only models
	// trained for it lose little.
	Dimensions int
	Batch      int // texts of one request at most, 1..MaxBatch; 0 is DefaultBatch
	Limits     guard.Limits
}

// Client asks one model. It may be used by several goroutines.
type Client struct {
	out    *guard.Outbound
	url    string
	header http.Header
	o      Options
	batch  atomic.Int64 // what the endpoint was seen to take
	pause  func(ctx context.Context, wait time.Duration) error
}

// New returns a client; nothing is asked yet. Invalid names the configuration that is wrong.
func New(o Options) (*Client, error) {
	if o.Batch == 0 {
		o.Batch = DefaultBatch
	}
	o.Model = strings.TrimSpace(o.Model)
	switch {
	case o.Model == "":
		return nil, lora.FieldErrorf(lora.Invalid, "embeddings-model", "Name the model that makes the embeddings, such as nomic-embed-text.")
	case o.Batch < 1 || o.Batch > MaxBatch:
		return nil, lora.FieldErrorf(lora.Invalid, "embeddings-batch", "A request for embeddings carries 1 to %d texts.", MaxBatch)
	case o.Dimensions < 0 || o.Dimensions > maxDims:
		return nil, lora.FieldErrorf(lora.Invalid, "embeddings-dimensions", "Embeddings have 1 to %d dimensions; 0 leaves it to the model.", maxDims)
	}
	base := strings.TrimSuffix(strings.TrimRight(o.URL, "/"), "/embeddings")
	out, err := guard.EngineClient(base, o.Limits)
	if err != nil {
		return nil, &lora.Error{Code: lora.Invalid, Field: "embeddings-url", Message: "The address of the embeddings endpoint is not usable. Give what stands before /embeddings, such as http://127.0.0.1:11434/v1.", Err: err}
	}
	c := &Client{out: out, url: base + "/embeddings", o: o, pause: pause, header: http.Header{"Content-Type": {"application/json"}, "Accept": {"application/json"}}}
	if key := o.Key.Reveal(); key != "" {
		c.header.Set("Authorization", "Bearer "+key)
	}
	c.batch.Store(int64(o.Batch))
	return c, nil
}

// Model names what vectors are comparable with each other: the model, with the length
// asked of it.
func (c *Client) Model() string {
	if c.o.Dimensions == 0 {
		return c.o.Model
	}
	return fmt.Sprintf("%s@%d", c.o.Model, c.o.Dimensions)
}

// Batch is how many texts one request carries at most.
func (c *Client) Batch() int { return c.o.Batch }

// Close lets go of connections that are not in use.
func (c *Client) Close() { c.out.Close() }

// Embed returns one vector per text, in their order and all of the same length. A vector
// is nil where the endpoint refuses that text alone, which is mostly too long for the
// model. Errors are *lora.Error, Unavailable when asking again later may help.
func (c *Client) Embed(ctx context.Context, texts []string) ([][]float32, error) {
	vectors := make([][]float32, len(texts))
	w := work{Client: c}
	for from := 0; from < len(texts); {
		to := min(from+int(c.batch.Load()), len(texts))
		if _, err := w.fill(ctx, texts[from:to], vectors[from:to]); err != nil {
			return nil, err
		}
		from = to
	}
	if err := sameLength(vectors); err != nil {
		return nil, err
	}
	return vectors, nil
}
