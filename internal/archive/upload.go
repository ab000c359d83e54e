package archive

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"loramanager/internal/guard"
	"loramanager/internal/lora"
)

// Budgets of uploads.
const (
	uploadLife      = 24 * time.Hour // after the last byte
	maxUploads      = 1000
	uploadSweep     = 10 * time.Minute
	uploadFlush     = 64 << 20 // bytes after which what has arrived is made safe
	uploadPatience  = time.Minute
	uploadSpare     = 1 << 30 // bytes that stay free on the disk
	uploadSpareName = "1 GiB"
)

// UploadsOptions set up the receiver of uploads.
type UploadsOptions struct {
	// Root is a folder of its own; what lies in it and is no upload is removed.
	Root *guard.Root
	// Limit is the most bytes of one upload.
	Limit int64
	// Prefix is the path the handler is mounted at, without a slash at its end.
	Prefix string
	// Fail answers a request with an error. Status is 0 where the error's code says it.
	Fail func(w http.ResponseWriter, r *http.Request, status int, err error)
	// Free says how many bytes the disk still takes; nil asks the system.
	Free func() (bytes uint64, ok bool)
	Log  *slog.Logger
}

// Uploads receives files over the tus protocol, version 1.0.0, with its extensions
// creation, termination and expiration, and keeps them until an import has used them or a
// day has passed. Only what is safe on the disk counts as received, so that an upload
// goes on after a crash or a loss of power. It is safe for concurrent use.
type Uploads struct {
	o UploadsOptions

	mu   sync.Mutex
	byID map[string]*upload
}

// Upload is a file that arrives, or has.
type Upload struct {
	ID        string    `json:"id"`
	Path      string    `json:"path"`   // as the browser names it, with its folders when one was chosen; safe as a new path
	Length    int64     `json:"length"` // bytes it will have
	Offset    int64     `json:"offset"` // bytes that are safe on the disk
	CreatedAt time.Time `json:"created_at"`
	ExpiresAt time.Time `json:"expires_at"`
}

// Complete reports whether all of it is here.
func (u *Upload) Complete() bool { return u.Offset == u.Length }

// upload is an Upload with who uses it now.
type upload struct {
	Upload
	writing   bool
	interrupt func()        // asks the writer to stop
	idle      chan struct{} // closed when nobody writes
	held      int           // imports that need it
}

// OpenUploads takes the receiver into use, with what an earlier process has received.
func OpenUploads(o UploadsOptions) (*Uploads, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Free == nil {
		o.Free = func() (uint64, bool) { return guard.FreeBytes(o.Root.Path()) }
	}
	u := &Uploads{o: o, byID: make(map[string]*upload)}
	return u, u.load()
}

// Run removes what has expired now and then, until ctx ends.
func (u *Uploads) Run(ctx context.Context) {
	tick := time.NewTicker(uploadSweep)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-tick.C:
			u.Sweep(now)
		}
	}
}

// Sweep removes uploads that have expired; those being written or imported stay.
func (u *Uploads) Sweep(now time.Time) {
	u.mu.Lock()
	defer u.mu.Unlock()
	for id, one := range u.byID {
		if !one.writing && one.held == 0 && !now.Before(one.ExpiresAt) {
			u.drop(id)
		}
	}
}

// Receive keeps a file that comes within another request, such as a form's. name is the
// browser's. Such a file cannot go on later: it has no length until it is here, so one
// that breaks off leaves nothing, also when the process dies.
func (u *Uploads) Receive(_ context.Context, name string, from io.Reader) (Upload, error) {
	one, err := u.create(name[strings.LastIndexAny(name, `/\`)+1:], 0)
	if err != nil {
		return Upload{}, err
	}
	_, err = u.write(one, io.LimitReader(from, u.o.Limit+1))
	if err == nil && one.Offset > u.o.Limit {
		err = lora.FieldErrorf(lora.TooLarge, "files", "%s is larger than %d bytes.", guard.DisplayName(name), u.o.Limit)
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	if err == nil {
		one.Length = one.Offset
		err = u.keep(one)
	}
	u.release(one)
	if err != nil {
		u.drop(one.ID)
		return Upload{}, err
	}
	return one.Upload, nil
}

// create enters a new upload, which the caller writes and releases.
func (u *Uploads) create(name string, length int64) (*upload, error) {
	rel, err := uploadPath(name)
	if err != nil {
		return nil, err
	}
	now := time.Now().UTC()
	one := &upload{Upload: Upload{ID: rand.Text(), Path: rel, Length: length, CreatedAt: now, ExpiresAt: now.Add(uploadLife)}}
	u.mu.Lock()
	defer u.mu.Unlock()
	switch {
	case length > u.o.Limit:
		return nil, lora.Errorf(lora.TooLarge, "The file is larger than %d bytes, the most that can be uploaded. Put it into a library folder instead.", u.o.Limit)
	case len(u.byID) >= maxUploads:
		return nil, lora.Errorf(lora.RateLimited, "There are %d uploads already. Import or cancel some of them.", maxUploads)
	case !u.roomFor(length):
		return nil, lora.Errorf(lora.StorageFull, "The disk has no room for this upload: %s must stay free.", uploadSpareName)
	}
	file, err := u.o.Root.Create(contentOf(one.ID))
	if err == nil {
		err = errors.Join(file.Close(), u.keep(one))
	}
	if err != nil {
		u.drop(one.ID)
		return nil, err
	}
	u.byID[one.ID] = one
	one.writing, one.idle = true, make(chan struct{})
	return one, nil
}

// roomFor reports whether the disk can take more bytes besides what was promised to
// others.
func (u *Uploads) roomFor(bytes int64) bool {
	free, ok := u.o.Free()
	for _, other := range u.byID {
		bytes += max(0, other.Length-other.Offset)
	}
	return !ok || free >= uint64(bytes)+uploadSpare //nolint:gosec // sums of sizes within the limit
}

// Open opens a complete upload for reading. NotFound for an unknown one, Conflict for one
// that is still on its way.
func (u *Uploads) Open(id string) (*guard.File, Upload, error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	one := u.byID[id]
	switch {
	case one == nil:
		return nil, Upload{}, noUpload()
	case !one.Complete() || one.writing:
		return nil, Upload{}, lora.FieldErrorf(lora.Conflict, "upload_ids", "%s has not arrived completely yet.", guard.DisplayName(one.Path))
	}
	file, err := u.o.Root.Open(contentOf(id))
	return file, one.Upload, err
}

// hold keeps uploads from expiring until release, whose argument says whether they are
// needed no more.
func (u *Uploads) hold(ids []string) (release func(done bool)) {
	each := func(do func(one *upload)) {
		u.mu.Lock()
		defer u.mu.Unlock()
		for _, id := range ids {
			if one := u.byID[id]; one != nil {
				do(one)
			}
		}
	}
	each(func(one *upload) { one.held++ })
	return func(done bool) {
		each(func(one *upload) {
			if one.held--; done && one.held == 0 {
				u.drop(one.ID)
			}
		})
	}
}

// Drop removes an upload that is needed no more. One that an import needs goes with it.
func (u *Uploads) Drop(id string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if one := u.byID[id]; one != nil && !one.writing && one.held == 0 {
		u.drop(id)
	}
}

func noUpload() error {
	return lora.FieldErrorf(lora.NotFound, "upload_ids", "There is no such upload, or it has expired. Send the file again.")
}
