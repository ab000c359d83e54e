package fakehub

import (
	"bytes"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// download redirects to a signed address of the file host, as Civitai does.
func (h *Hub) download(w http.ResponseWriter, r *http.Request) {
	switch {
	case h.now(Unauthorised), h.Token != "" && r.Header.Get("Authorization") != "Bearer "+h.Token:
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusUnauthorized)
		_, _ = w.Write([]byte(`{"error":"Unauthorized","message":"The creator of this asset requires you to be logged in to download it"}`))
	default:
		h.redirectTo(w, r, fmt.Sprintf("%s/files/%s/%s?X-Amz-Signature=abc", h.files.URL, r.PathValue("id"), first(r.URL.Query().Get("file"), "0")))
	}
}

func (h *Hub) redirectTo(w http.ResponseWriter, r *http.Request, address string) {
	switch {
	case h.now(Forbidden):
		w.WriteHeader(http.StatusForbidden)
		reply(w, thing{"message": "This model is in early access"})
	case h.now(LoginPage):
		page(w)
	case h.now(Loop):
		http.Redirect(w, r, r.URL.String(), http.StatusTemporaryRedirect)
	case h.now(Redirected):
		h.mu.Lock()
		address = h.redirect
		h.mu.Unlock()
		http.Redirect(w, r, address, http.StatusTemporaryRedirect)
	default:
		http.Redirect(w, r, address, http.StatusTemporaryRedirect)
	}
}

// fileAt finds a file by its place on the file host: /files/{version}/{index}, or
// /repo/{owner}/{name}/{index}.
func (h *Hub) fileAt(path string) (File, bool) {
	parts := strings.Split(strings.Trim(path, "/"), "/")
	index, err := strconv.Atoi(parts[len(parts)-1])
	if err != nil || index < 0 {
		return File{}, false
	}
	if parts[0] == "files" && len(parts) == 3 {
		_, v, ok := h.find(func(_ *Model, v *Version) bool { return strconv.Itoa(v.ID) == parts[1] })
		if !ok || index >= len(v.Files) {
			return File{}, false
		}
		return v.Files[index], true
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, repo := range h.repos {
		if len(parts) == 4 && repo.ID == parts[1]+"/"+parts[2] && index < len(repo.Files) {
			return repo.Files[index], true
		}
	}
	return File{}, false
}

// serveFile is the file host.
func (h *Hub) serveFile(w http.ResponseWriter, r *http.Request) {
	h.mu.Lock()
	picture, isPicture := h.pictures[r.URL.Path]
	h.mu.Unlock()
	if isPicture {
		_, _ = w.Write(picture)
		return
	}
	file, ok := h.fileAt(r.URL.Path)
	switch {
	case r.Header.Get("Authorization") != "":
		http.Error(w, "<Error><Code>InvalidArgument</Code><Message>Only one auth mechanism allowed</Message></Error>", http.StatusBadRequest)
		return
	case h.now(SlowDown):
		http.Error(w, "<Error><Code>SlowDown</Code></Error>", http.StatusServiceUnavailable)
		return
	case !ok:
		http.Error(w, "<Error><Code>NoSuchKey</Code></Error>", http.StatusNotFound)
		return
	}
	data := file.Data
	tag := `"` + first(file.Sum(), "none") + `"`
	if h.now(Changed) {
		tag = `"changed"`
	}
	if h.now(WrongBytes) {
		data = bytes.Clone(data)
		data[len(data)-1] ^= 1
	}
	w.Header().Set("ETag", tag)
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("Content-Disposition", `attachment; filename="`+strings.ReplaceAll(file.Name, `"`, "")+`"`)
	switch {
	case h.now(Whole):
		r.Header.Del("Range")
	case h.now(TooLong): // chunked, so that nothing says where it ends
		_, _ = w.Write(data)
		w.(http.Flusher).Flush() //nolint:forcetypeassert // servers of this package can
		_, _ = w.Write(make([]byte, 64<<10))
		return
	}
	http.ServeContent(h.bent(w, r, len(data)), r, "", time.Time{}, bytes.NewReader(data))
}

// bent makes an answer slow or breaks it in the middle, when that is on.
func (h *Hub) bent(w http.ResponseWriter, r *http.Request, size int) http.ResponseWriter {
	b := &bentWriter{ResponseWriter: w, r: r, slow: h.on(Slow)}
	if h.now(Cut) {
		b.cutAt = size / 2
		if begin, _, ok := strings.Cut(strings.TrimPrefix(r.Header.Get("Range"), "bytes="), "-"); ok {
			from, _ := strconv.Atoi(begin)
			b.cutAt = (size - from) / 2
		}
	}
	if b.cutAt == 0 && !b.slow {
		return w
	}
	return b
}

type bentWriter struct {
	http.ResponseWriter
	r     *http.Request
	sent  int
	cutAt int // 0 for never
	slow  bool
}

// Write implements io.Writer.
func (b *bentWriter) Write(p []byte) (int, error) {
	if b.slow {
		slowly(b.r)
	}
	if b.cutAt > 0 && b.sent+len(p) > b.cutAt {
		_, _ = b.ResponseWriter.Write(p[:b.cutAt-b.sent])
		b.ResponseWriter.(http.Flusher).Flush() //nolint:forcetypeassert // servers of this package can
		panic(http.ErrAbortHandler)
	}
	b.sent += len(p)
	return b.ResponseWriter.Write(p)
}
