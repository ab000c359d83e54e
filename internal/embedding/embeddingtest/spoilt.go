package embeddingtest

import (
	"fmt"
	"net/http"
	"strings"
)

// spoilt answers with what is no answer at all, or spoils one vector of a good one.
func spoilt(w http.ResponseWriter, fault Fault, items []item) bool {
	vector := func(text string) bool {
		w.Header().Set("Content-Type", "application/json")
		parts := make([]string, len(items))
		for i := range items {
			parts[i] = fmt.Sprintf(`{"index": %d, "embedding": %s}`, i, text)
		}
		_, _ = fmt.Fprintf(w, `{"data": [%s]}`, strings.Join(parts, ", "))
		return true
	}
	switch fault {
	case Garbage:
		_, _ = w.Write([]byte{0x00, 0xff, 0x1f, 0x8b, '{', '[', 0x80})
	case HTML:
		w.Header().Set("Content-Type", "text/html")
		_, _ = fmt.Fprint(w, "<!doctype html><title>Welcome</title><h1>It works!</h1>")
	case Error:
		_, _ = fmt.Fprint(w, `{"error": "the model crashed"}`)
	case Null:
		return vector("[0.5, null, 0.5]")
	case NaN:
		return vector("[0.5, NaN, 0.5]")
	case Infinite:
		return vector("[0.5, 1e39, 0.5]")
	case Words:
		return vector(`[0.5, "0.5", 0.5]`)
	case Zero:
		return vector("[0, 0.0, -0]")
	case Base64:
		return vector(`"AACAPwAAgD8="`)
	case Giant:
		w.Header().Set("Content-Type", "application/json")
		_, _ = fmt.Fprint(w, `{"data": [{"index": 0, "embedding": [`)
		for part := strings.Repeat("0.125, ", 10_000); ; {
			if _, err := fmt.Fprint(w, part); err != nil {
				return true
			}
		}
	case Cut:
		w.Header().Set("Content-Length", "1000")
		_, _ = fmt.Fprint(w, `{"data": [{"index": 0, "embedding": [0.25, `)
	default:
		return false
	}
	return true
}
