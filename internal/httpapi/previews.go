package httpapi

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/go-chi/chi/v5"

	"loramanager/internal/guard"
	"loramanager/internal/images"
	"loramanager/internal/library"
	"loramanager/internal/lora"
)

// previewCSP locks a preview up in case somebody opens it as a page.
const previewCSP = "default-src 'none'; sandbox; frame-ancestors 'none'"

// servePreview sends an adapter's picture, always written anew from its pixels, or
// its video, after a look at what the bytes are.
func (s *Server) servePreview(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	n, width, ok := previewNumbers(query.Get("n"), query.Get("w"))
	if !ok {
		writeProblem(w, newProblem(r.Context(), http.StatusUnprocessableEntity, lora.Invalid, "w and n must be whole numbers.",
			ProblemField{Location: "query.w", Message: "expected a whole number"}))
		return
	}
	preview, err := s.library.OpenPreview(r.Context(), chi.URLParam(r, "id"), n)
	if err != nil {
		writeProblem(w, problemOf(r.Context(), err))
		return
	}
	defer func() { _ = preview.Close() }()

	h := w.Header()
	h.Set("Content-Security-Policy", previewCSP)
	h.Set("Content-Disposition", "inline")
	h.Set("Cache-Control", "private, no-cache")
	if query.Get("v") != "" {
		h.Set("Cache-Control", "private, max-age=31536000, immutable") // another version has another address
	}
	if preview.Type == "video" {
		err = s.sendVideo(w, r, preview)
	} else {
		err = s.sendPicture(w, r, preview, n, width)
	}
	if err != nil {
		h.Set("Cache-Control", "no-store")
		writeProblem(w, problemOf(r.Context(), err))
	}
}

func previewNumbers(n, width string) (index, w int, ok bool) {
	for _, v := range []struct {
		text string
		to   *int
	}{{n, &index}, {width, &w}} {
		if v.text == "" {
			continue
		}
		number, err := strconv.Atoi(v.text)
		if err != nil || number < 0 {
			return 0, 0, false
		}
		*v.to = number
	}
	if w == 0 {
		w = math.MaxInt // snapped to the widest
	}
	return index, w, true
}

// previewKey names the content of a preview; it changes when the file does.
func previewKey(id string, p *library.PreviewFile) string {
	return fmt.Sprintf("%s/%s/%d/%d", id, p.Name, p.Stamp, p.Size)
}

// sendPicture answers with a thumbnail, from the cache when it is there.
func (s *Server) sendPicture(w http.ResponseWriter, r *http.Request, p *library.Preview, n, width int) error {
	id := chi.URLParam(r, "id")
	key := previewKey(id, &p.PreviewFile)
	tag := images.ETag(key, width)
	if slices.Contains(splitTagList(r.Header.Get("If-None-Match")), tag) {
		w.Header().Set("ETag", tag)
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	// The work may outlive this request when others wait for the same thumbnail, so it opens the file for itself.
	ctx := context.WithoutCancel(r.Context())
	open := func() (io.ReadSeekCloser, error) { return s.library.OpenPreview(ctx, id, n) }
	thumb, err := s.images.Thumbnail(r.Context(), open, key, width)
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", thumb.ContentType)
	h.Set("ETag", thumb.ETag)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(thumb.Data))
	return nil
}

// sendVideo streams a short video. Only what its first bytes prove to be one of two
// kinds is sent, and under that kind's name.
func (s *Server) sendVideo(w http.ResponseWriter, r *http.Request, p *library.Preview) error {
	if p.Size > guard.Default().PictureBytes*maxVideoFactor {
		return lora.Errorf(lora.TooLarge, "The preview video is too large to be shown.")
	}
	first := make([]byte, 16)
	if _, err := io.ReadFull(p, first); err != nil {
		return errNoVideo
	}
	kind := videoType(first)
	if kind == "" {
		return errNoVideo
	}
	if _, err := p.Seek(0, io.SeekStart); err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", kind)
	h.Set("ETag", images.ETag(previewKey(chi.URLParam(r, "id"), &p.PreviewFile), 0))
	http.ServeContent(w, r, "", time.Unix(0, p.Stamp), p)
	return nil
}

// maxVideoFactor allows videos this many times the size of a picture.
const maxVideoFactor = 4

var errNoVideo = lora.Errorf(lora.Invalid, "The preview file is neither an MP4 nor a WebM video.")

// videoType tells a video from its first bytes, never from its name.
func videoType(first []byte) string {
	switch {
	case bytes.Equal(first[4:8], []byte("ftyp")):
		return "video/mp4"
	case bytes.HasPrefix(first, []byte{0x1a, 0x45, 0xdf, 0xa3}):
		return "video/webm"
	}
	return ""
}
