package enginetest

import "net/http"

// Fake is an engine that only pretends. It serves the engine's API until Close, and
// draws plain pictures that are the same for the same request and differ for others.
type Fake interface {
	http.Handler
	Close()
}
