package archive

import (
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"loramanager/internal/guard"
	"loramanager/internal/lora"
)

const (
	tusVersion        = "1.0.0"
	tusExtensions     = "creation,termination,expiration"
	tusContent        = "application/offset+octet-stream"
	maxUploadMetadata = 8 << 10
)

// ServeHTTP speaks tus.
func (u *Uploads) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Tus-Resumable", tusVersion)
	w.Header().Set("Cache-Control", "no-store")
	id := strings.Trim(strings.TrimPrefix(r.URL.Path, u.o.Prefix), "/")
	switch {
	case r.Method == http.MethodOptions:
		w.Header().Set("Tus-Version", tusVersion)
		w.Header().Set("Tus-Extension", tusExtensions)
		w.Header().Set("Tus-Max-Size", strconv.FormatInt(u.o.Limit, 10))
		w.WriteHeader(http.StatusNoContent)
	case r.Header.Get("Tus-Resumable") != tusVersion:
		w.Header().Set("Tus-Version", tusVersion)
		u.o.Fail(w, r, http.StatusPreconditionFailed, lora.Errorf(lora.Invalid, "Uploads are sent with the tus protocol, version %s, and say so in the header Tus-Resumable.", tusVersion))
	case r.Method == http.MethodPost && id == "":
		u.post(w, r)
	case r.Method == http.MethodHead && id != "":
		u.head(w, r, id)
	case r.Method == http.MethodPatch && id != "":
		u.patch(w, r, id)
	case r.Method == http.MethodDelete && id != "":
		u.terminate(w, r, id)
	default:
		w.Header().Set("Allow", "OPTIONS, POST, HEAD, PATCH, DELETE")
		u.o.Fail(w, r, http.StatusMethodNotAllowed, lora.Errorf(lora.Invalid, "Uploads are begun with POST, asked about with HEAD, sent with PATCH and dropped with DELETE."))
	}
}

func (u *Uploads) post(w http.ResponseWriter, r *http.Request) {
	length, err := tusNumber(r, "Upload-Length")
	if err != nil {
		u.o.Fail(w, r, http.StatusBadRequest, err)
		return
	}
	name, err := tusName(r.Header.Get("Upload-Metadata"))
	if err != nil {
		u.o.Fail(w, r, http.StatusBadRequest, err)
		return
	}
	one, err := u.create(name, length)
	if err != nil {
		u.o.Fail(w, r, 0, err)
		return
	}
	u.mu.Lock()
	u.release(one)
	expires := one.ExpiresAt
	u.mu.Unlock()
	w.Header().Set("Location", u.o.Prefix+"/"+one.ID)
	setExpires(w, expires)
	w.WriteHeader(http.StatusCreated)
}

// head says where an upload goes on. Clients ask when a connection broke that the server
// may still wait for, so who writes is told to stop first.
func (u *Uploads) head(w http.ResponseWriter, r *http.Request, id string) {
	one, err := u.settled(r, id)
	if err != nil {
		u.o.Fail(w, r, 0, err)
		return
	}
	h := w.Header()
	h.Set("Upload-Offset", strconv.FormatInt(one.Offset, 10))
	h.Set("Upload-Length", strconv.FormatInt(one.Length, 10))
	setExpires(w, one.ExpiresAt)
	w.WriteHeader(http.StatusOK)
}

// settled returns an upload when nobody writes it any more.
func (u *Uploads) settled(r *http.Request, id string) (Upload, error) {
	for {
		u.mu.Lock()
		one := u.byID[id]
		if one == nil {
			u.mu.Unlock()
			return Upload{}, noUpload()
		}
		state, writing, interrupt, idle := one.Upload, one.writing, one.interrupt, one.idle
		u.mu.Unlock()
		if !writing {
			return state, nil
		}
		if interrupt != nil {
			interrupt()
		}
		select {
		case <-idle:
		case <-r.Context().Done():
			return Upload{}, r.Context().Err()
		}
	}
}

func (u *Uploads) patch(w http.ResponseWriter, r *http.Request, id string) {
	if r.Header.Get("Content-Type") != tusContent {
		u.o.Fail(w, r, http.StatusUnsupportedMediaType, lora.Errorf(lora.Invalid, "The content of an upload is sent as %s.", tusContent))
		return
	}
	offset, err := tusNumber(r, "Upload-Offset")
	if err != nil {
		u.o.Fail(w, r, http.StatusBadRequest, err)
		return
	}
	body := &patientBody{body: r.Body, control: http.NewResponseController(w), stop: make(chan struct{})}
	one, status, err := u.seize(id, offset, body.interrupt)
	if err != nil {
		u.o.Fail(w, r, status, err)
		return
	}
	offset, err = u.write(one, io.LimitReader(body, one.Length-offset))
	if err == nil && offset == one.Length {
		err = atEnd(body)
	}
	u.mu.Lock()
	expires := one.ExpiresAt
	u.release(one)
	u.mu.Unlock()
	if err != nil {
		u.failPatch(w, r, err)
		return
	}
	w.Header().Set("Upload-Offset", strconv.FormatInt(offset, 10))
	setExpires(w, expires)
	w.WriteHeader(http.StatusNoContent)
}

// failPatch answers a request that broke off. What arrived before counts.
func (u *Uploads) failPatch(w http.ResponseWriter, r *http.Request, err error) {
	var known *lora.Error
	if !errors.As(err, &known) {
		err = &lora.Error{Code: lora.Invalid, Message: "The upload was interrupted. It can go on where it stopped.", Err: err}
		w.Header().Set("Connection", "close") // what is left of the body is not waited for
		u.o.Fail(w, r, http.StatusBadRequest, err)
		return
	}
	u.o.Fail(w, r, 0, err)
}

// atEnd refuses a body with more than the upload has room for.
func atEnd(body io.Reader) error {
	var more [1]byte
	if n, _ := io.ReadFull(body, more[:]); n > 0 {
		return lora.Errorf(lora.TooLarge, "More was sent than the upload's length.")
	}
	return nil
}

func (u *Uploads) terminate(w http.ResponseWriter, r *http.Request, id string) {
	if _, err := u.settled(r, id); err != nil {
		u.o.Fail(w, r, 0, err)
		return
	}
	u.mu.Lock()
	one := u.byID[id]
	busy := one != nil && (one.writing || one.held > 0)
	if one != nil && !busy {
		u.drop(id)
	}
	u.mu.Unlock()
	if busy {
		u.o.Fail(w, r, http.StatusLocked, lora.Errorf(lora.Conflict, "This upload is being imported. Cancel the import first."))
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

func setExpires(w http.ResponseWriter, at time.Time) {
	w.Header().Set("Upload-Expires", at.UTC().Format(http.TimeFormat))
}

func tusNumber(r *http.Request, header string) (int64, error) {
	n, err := strconv.ParseInt(r.Header.Get(header), 10, 64)
	if err != nil || n < 0 {
		return 0, lora.Errorf(lora.Invalid, "The header %s must be a whole number of bytes.", header)
	}
	return n, nil
}

// tusName takes the file's name from the metadata: relativePath when a folder was
// chosen, else filename.
func tusName(metadata string) (string, error) {
	wrong := lora.Errorf(lora.Invalid, "The header Upload-Metadata must hold filename, and may hold relativePath, each followed by its text in base64.")
	if len(metadata) > maxUploadMetadata {
		return "", wrong
	}
	given := map[string]string{}
	for pair := range strings.SplitSeq(metadata, ",") {
		key, encoded, _ := strings.Cut(strings.TrimSpace(pair), " ")
		text, err := base64.StdEncoding.DecodeString(encoded)
		if err != nil || !utf8.Valid(text) {
			return "", wrong
		}
		given[key] = string(text)
	}
	for _, key := range []string{"relativePath", "filename"} {
		// A browser says "null" for a file that was not chosen with its folder.
		if name := given[key]; name != "" && name != "null" {
			return name, nil
		}
	}
	return "", wrong
}

// patientBody reads a request's body and gives up when nothing came for a while, or when
// somebody else wants to write.
type patientBody struct {
	body    io.Reader
	control *http.ResponseController
	stop    chan struct{}
}

var errTakenOver = errors.New("another request takes over")

// Read implements io.Reader.
func (b *patientBody) Read(p []byte) (int, error) {
	select {
	case <-b.stop:
		return 0, errTakenOver
	default:
	}
	// Servers that have no deadlines wait for as long as the connection lasts.
	_ = b.control.SetReadDeadline(time.Now().Add(uploadPatience))
	return b.body.Read(p)
}

func (b *patientBody) interrupt() {
	select {
	case <-b.stop:
	default:
		close(b.stop)
	}
	_ = b.control.SetReadDeadline(time.Now())
}

var _ http.Handler = (*Uploads)(nil)

// uploadPath makes a name that a browser gave a path that is safe to make.
func uploadPath(name string) (string, error) {
	clean, err := cleanPath(strings.ReplaceAll(name, `\`, "/"))
	if err != nil {
		return "", err
	}
	return clean, guard.CheckRel(clean)
}
