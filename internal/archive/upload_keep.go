package archive

import (
	"encoding/json"
	"io"
	"io/fs"
	"net/http"
	"strings"
	"time"

	"loramanager/internal/guard"
	"loramanager/internal/lora"
)

const (
	contentSuffix = ".data"
	recordSuffix  = ".json"
	maxRecord     = 64 << 10
)

func contentOf(id string) string { return id + contentSuffix }
func recordOf(id string) string  { return id + recordSuffix }

// keep makes what is known of an upload safe. Its content is flushed before.
func (u *Uploads) keep(one *upload) error {
	data, err := json.Marshal(one.Upload)
	if err != nil {
		return err
	}
	return u.o.Root.Keep(recordOf(one.ID), data, nil)
}

// drop forgets an upload. The record goes first: content without one is swept.
func (u *Uploads) drop(id string) {
	delete(u.byID, id)
	for _, rel := range []string{recordOf(id), contentOf(id)} {
		if err := u.o.Root.Remove(rel); err != nil && lora.CodeOf(err) != lora.NotFound {
			u.o.Log.Warn("an upload could not be removed; the next start tries again", "file", rel, "error", err)
		}
	}
}

// load reads what an earlier process has received and removes what is of no use.
func (u *Uploads) load() error {
	var left []string
	err := u.o.Root.List(".", func(entries []fs.DirEntry) bool {
		for _, e := range entries {
			if id, ok := strings.CutSuffix(e.Name(), recordSuffix); ok && len(u.byID) < maxUploads {
				if one := u.read(id); one != nil {
					u.byID[id] = one
					continue
				}
			}
			left = append(left, e.Name())
		}
		return true
	})
	for _, name := range left {
		if id, ok := strings.CutSuffix(name, contentSuffix); ok && u.byID[id] != nil {
			continue
		}
		if removeErr := u.o.Root.Remove(name); removeErr != nil {
			u.o.Log.Warn("the remains of an upload could not be removed", "file", guard.DisplayName(name), "error", removeErr)
		}
	}
	return err
}

// read returns an upload as its record tells it, nil when there is none to go on with.
func (u *Uploads) read(id string) *upload {
	data, err := u.o.Root.ReadFile(recordOf(id), maxRecord)
	if err != nil {
		return nil
	}
	one := &upload{}
	if json.Unmarshal(data, &one.Upload) != nil || one.ID != id || one.Offset < 0 || one.Offset > one.Length {
		return nil
	}
	info, err := u.o.Root.Lstat(contentOf(id))
	if err != nil || info.Size() < one.Offset {
		return nil
	}
	return one
}

// seize makes the caller the only one who writes an upload at offset. interrupt is called
// when another asks for it. Locked says that somebody else writes it.
func (u *Uploads) seize(id string, offset int64, interrupt func()) (one *upload, status int, err error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	one = u.byID[id]
	switch {
	case one == nil:
		return nil, 0, noUpload()
	case one.writing:
		return nil, http.StatusLocked, lora.Errorf(lora.Conflict, "This upload is being written by another request.")
	case one.Offset != offset:
		return nil, 0, lora.Errorf(lora.Conflict, "The upload goes on at byte %d, not at %d.", one.Offset, offset)
	}
	one.writing, one.interrupt, one.idle = true, interrupt, make(chan struct{})
	return one, 0, nil
}

// release ends what seize and create began. The caller holds the lock.
func (u *Uploads) release(one *upload) {
	one.writing, one.interrupt = false, nil
	close(one.idle)
}

// write appends to an upload that was seized, and makes it safe now and then and at the
// end, also when the connection breaks. It returns the offset that is safe.
func (u *Uploads) write(one *upload, from io.Reader) (int64, error) {
	file, err := u.o.Root.Resume(contentOf(one.ID))
	if err != nil {
		return one.Offset, err
	}
	defer func() { _ = file.Close() }()               // flushed by then, or not counted
	if err := file.Truncate(one.Offset); err != nil { // what was not safe came for nothing
		return one.Offset, err
	}
	for {
		if free, ok := u.o.Free(); ok && free < uploadSpare {
			return one.Offset, lora.Errorf(lora.StorageFull, "The disk is full: %s must stay free. The upload can go on when there is room.", uploadSpareName)
		}
		n, readErr := io.CopyN(file, from, uploadFlush)
		if n > 0 {
			if err := u.safe(one, file, n); err != nil {
				return one.Offset, err
			}
		}
		switch {
		case readErr == io.EOF: //nolint:errorlint // CopyN returns it bare
			return one.Offset, nil
		case readErr != nil:
			return one.Offset, readErr
		}
	}
}

// safe counts n more bytes as received once they are on the disk.
func (u *Uploads) safe(one *upload, file *guard.Writer, n int64) error {
	if err := file.Sync(); err != nil {
		return err
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	one.Offset += n
	one.ExpiresAt = time.Now().UTC().Add(uploadLife)
	return u.keep(one)
}
