package archive

import (
	"errors"
	"io/fs"
	"sync"

	"loramanager/internal/lora"
)

// exportFolder is where plans keep their spools and encrypted parts.
const exportFolder = "exports"

// exports holds the plans that can be downloaded.
type exports struct {
	archive *Archive

	mu     sync.Mutex
	closed bool
}

// openExports removes what plans of an earlier process left.
func openExports(a *Archive) (*exports, error) {
	if err := a.options.Data.RemoveAll(exportFolder); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	return &exports{archive: a}, nil
}

func (e *exports) close() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.closed = true
}

var errExportsClosed = lora.Errorf(lora.Unavailable, "The server is stopping. Try again when it is back.")
