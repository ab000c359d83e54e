package embedding

import (
	"bytes"
	"encoding/json"
	"math"
	"strconv"

	"loramanager/internal/guard"
)

// reply is an answer. Index says which text a vector is of; a few endpoints leave it out
// and answer in order.
type reply struct {
	Data []struct {
		Index     *int            `json:"index"`
		Embedding json.RawMessage `json:"embedding"`
	} `json:"data"`
	Error json.RawMessage `json:"error"`
}

// vectors reads an answer to a number of texts into into.
func vectors(text []byte, texts int, into [][]float32) error {
	text = bytes.TrimSpace(text)
	var r reply
	if err := json.Unmarshal(text, &r); err != nil {
		if bytes.HasPrefix(text, []byte("<")) {
			return unusable("it is a web page. Check the address: it mostly ends with /v1")
		}
		return unusable("it is not the JSON of embeddings (%s): %s", guard.DisplayName(err.Error()), shown(text))
	}
	if len(r.Error) > 0 && string(r.Error) != "null" {
		return unusable("it says: %s", said(text))
	}
	if len(r.Data) != texts {
		return unusable("it has %d vectors for %d texts", len(r.Data), texts)
	}
	parsed, dims := make([][]float32, texts), 0
	for i, item := range r.Data {
		at := i
		if item.Index != nil {
			at = *item.Index
		}
		if at < 0 || at >= texts || parsed[at] != nil {
			return unusable("it numbers its vectors wrongly: %d is there twice or beyond the last of %d", at, texts)
		}
		v, err := numbers(item.Embedding)
		if err != nil {
			return err
		}
		if dims == 0 {
			dims = len(v)
		}
		if len(v) != dims {
			return differs(dims, len(v))
		}
		parsed[at] = v
	}
	copy(into, parsed)
	return nil
}

// numbers reads one vector.
func numbers(text json.RawMessage) ([]float32, error) {
	switch {
	case len(text) == 0 || string(text) == "null":
		return nil, unusable("a vector is missing")
	case text[0] == '"':
		return nil, unusable("a vector is encoded as text, though numbers were asked for")
	case text[0] != '[':
		return nil, unusable("a vector is not a list: %s", shown(text))
	}
	inside := bytes.TrimSpace(text[1 : len(text)-1])
	if len(inside) == 0 {
		return nil, unusable("a vector is empty")
	}
	v := make([]float32, 0, min(1+bytes.Count(inside, []byte(",")), maxDims))
	largest := 0.0
	for word := range bytes.SplitSeq(inside, []byte(",")) {
		if len(v) == maxDims {
			return nil, unusable("a vector has more than %d dimensions", maxDims)
		}
		x, err := strconv.ParseFloat(string(bytes.TrimSpace(word)), 32)
		if err != nil || math.IsNaN(x) || math.IsInf(x, 0) {
			return nil, unusable("a vector holds %s where a number belongs", shown(bytes.TrimSpace(word)))
		}
		largest = max(largest, math.Abs(x))
		v = append(v, float32(x))
	}
	if largest == 0 {
		return nil, unusable("a vector is all zeros")
	}
	return v, nil
}

// sameLength checks the vectors of several requests.
func sameLength(vectors [][]float32) error {
	dims := 0
	for _, v := range vectors {
		if v != nil && dims != 0 && len(v) != dims {
			return differs(dims, len(v))
		}
		dims = max(dims, len(v))
	}
	return nil
}
