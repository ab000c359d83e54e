package embeddingtest

import (
	"encoding/json"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
)

// Fault is a way to fail.
type Fault string

// The faults.
const (
	None        Fault = ""
	Down        Fault = "down"         // status 503
	Slow        Fault = "slow"         // no answer until the caller gives up
	Garbage     Fault = "garbage"      // bytes that are not JSON
	HTML        Fault = "html"         // a web page, as at a wrong address
	Error       Fault = "error"        // an error with the status of a success
	Changing    Fault = "changing"     // every other request has vectors of another length
	Ragged      Fault = "ragged"       // lengths differ within one answer
	Fewer       Fault = "fewer"        // one vector is left out
	Shuffled    Fault = "shuffled"     // out of order, which is allowed: each has its index
	Unnumbered  Fault = "unnumbered"   // without index, in order
	Twice       Fault = "twice"        // every vector has the index 0
	Null        Fault = "null"         // NaN as JSON libraries of some languages write it
	NaN         Fault = "nan"          // NaN as others do
	Infinite    Fault = "infinite"     // a number beyond float32
	Words       Fault = "words"        // texts where numbers belong
	Zero        Fault = "zero"         // vectors of zeros
	Base64      Fault = "base64"       // encoded, though numbers were asked for
	Busy        Fault = "busy"         // status 429 to every other request, with Retry-After
	Giant       Fault = "giant"        // an answer without end
	Cut         Fault = "cut"          // the connection breaks in the middle
	Unknown     Fault = "unknown"      // status 404: there is no such model
	Telltale    Fault = "telltale"     // status 400 that repeats the key
	TooMany400  Fault = "too-many-400" // more than four texts are refused with 400
	TooMany413  Fault = "too-many-413"
	TooMany422  Fault = "too-many-422"
	TooMany500  Fault = "too-many-500"
	Everything  Fault = "everything"   // every request is refused with 400
	TooLong     Fault = "too-long"     // texts with the word LONG are refused, with all others of the request
	OtherLength Fault = "other-length" // vectors of twice the length, as after a change of model
)

// Endpoint is the fake. Its methods may be called while it serves.
type Endpoint struct {
	dims int
	key  string

	mu    sync.Mutex
	fault Fault
	calls int
	texts []string
}

// New returns an endpoint whose vectors have dims dimensions, and that asks for key as
// bearer token unless it is empty.
func New(dims int, key string) *Endpoint { return &Endpoint{dims: dims, key: key} }

// Set makes it fail from now on, or work again.
func (e *Endpoint) Set(f Fault) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.fault = f
}

// Calls is how many requests came.
func (e *Endpoint) Calls() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.calls
}

// Texts are all texts it made vectors of, and forgets them.
func (e *Endpoint) Texts() []string {
	e.mu.Lock()
	defer e.mu.Unlock()
	defer func() { e.texts = nil }()
	return e.texts
}

// ServeHTTP answers POST /v1/embeddings.
func (e *Endpoint) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	e.mu.Lock()
	e.calls++
	fault, call := e.fault, e.calls
	e.mu.Unlock()
	var request struct {
		Model      string   `json:"model"`
		Input      []string `json:"input"`
		Dimensions int      `json:"dimensions"`
	}
	switch {
	case r.Method != http.MethodPost || !strings.HasSuffix(r.URL.Path, "/embeddings"):
		refuse(w, http.StatusNotFound, "there is nothing here")
	case e.key != "" && r.Header.Get("Authorization") != "Bearer "+e.key:
		refuse(w, http.StatusUnauthorized, "the key is not right")
	case json.NewDecoder(http.MaxBytesReader(w, r.Body, 16<<20)).Decode(&request) != nil || request.Model == "" || len(request.Input) == 0:
		refuse(w, http.StatusBadRequest, "model and input are needed")
	case refusedBy(w, r, fault, call, request.Input):
	default:
		dims := e.dims
		if request.Dimensions > 0 && request.Dimensions < dims {
			dims = request.Dimensions
		}
		if fault == OtherLength || fault == Changing && call%2 == 0 {
			dims *= 2
		}
		e.answer(w, fault, dims, request.Input)
	}
}

// refusedBy lets a fault answer with another status than success.
func refusedBy(w http.ResponseWriter, r *http.Request, fault Fault, call int, input []string) bool {
	status, message := 0, "the input is not accepted"
	switch fault {
	case Down:
		status, message = http.StatusServiceUnavailable, "the model is loading"
	case Slow:
		<-r.Context().Done()
		return true
	case Busy:
		if call%2 == 1 {
			w.Header().Set("Retry-After", "1")
			status, message = http.StatusTooManyRequests, "slow down"
		}
	case Unknown:
		status, message = http.StatusNotFound, `model "x" not found, try pulling it first`
	case Telltale:
		status, message = http.StatusBadRequest, "you sent "+r.Header.Get("Authorization")
	case Everything:
		status = http.StatusBadRequest
	case TooLong:
		if slices.ContainsFunc(input, func(text string) bool { return strings.Contains(text, "LONG") }) {
			status = http.StatusBadRequest
		}
	case TooMany400, TooMany413, TooMany422, TooMany500:
		if len(input) > 4 {
			status = map[Fault]int{TooMany400: 400, TooMany413: 413, TooMany422: 422, TooMany500: 500}[fault]
		}
	}
	if status != 0 {
		refuse(w, status, message)
	}
	return status != 0
}

func refuse(w http.ResponseWriter, status int, message string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]any{"error": map[string]any{"message": message, "type": "invalid_request_error"}})
}

// item is one vector of an answer.
type item struct {
	Object    string `json:"object"`
	Index     *int   `json:"index,omitempty"`
	Embedding any    `json:"embedding"`
}

func (e *Endpoint) answer(w http.ResponseWriter, fault Fault, dims int, input []string) {
	items := make([]item, len(input))
	for i, text := range input {
		items[i] = item{Object: "embedding", Index: &i, Embedding: Vector(text, dims)}
	}
	if spoilt(w, fault, items) {
		return
	}
	switch fault {
	case Ragged:
		items[len(items)-1].Embedding = Vector(input[len(items)-1], dims+1)
	case Fewer:
		items = items[1:]
	case Shuffled:
		slices.Reverse(items)
	case Unnumbered:
		for i := range items {
			items[i].Index = nil
		}
	case Twice:
		for i := range items {
			items[i].Index = new(int)
		}
	}
	e.mu.Lock()
	e.texts = append(e.texts, input...)
	e.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]any{"object": "list", "data": items, "model": "fake"})
}

// Vector is the vector of a text: the sum of one random direction per word.
func Vector(text string, dims int) []float32 {
	sum := make([]float64, dims)
	for word := range strings.FieldsFuncSeq(strings.ToLower(text), func(r rune) bool { return r == ' ' || r == ',' || r == '.' || r == ':' || r == '\n' }) {
		h := fnv.New64a()
		_, _ = h.Write([]byte(word))
		r := rand.New(rand.NewPCG(h.Sum64(), 1)) //nolint:gosec // the same every time
		for i := range sum {
			sum[i] += r.NormFloat64()
		}
	}
	length := 0.0
	for _, x := range sum {
		length += x * x
	}
	v := make([]float32, dims)
	for i, x := range sum {
		if v[i] = float32(x / math.Sqrt(length)); length == 0 {
			v[i] = 1
		}
	}
	return v
}
