package httpapi

import (
	"bytes"
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/go-chi/chi/v5"

	"loramanager/internal/images"
	"loramanager/internal/lora"
)

// PictureReply is a kept picture.
type PictureReply struct {
	SHA256    string `json:"sha256"`
	Type      string `json:"type" enum:"image/png,image/jpeg,image/webp"`
	Width     int    `json:"width"`
	Height    int    `json:"height"`
	SizeBytes int    `json:"size_bytes"`
}

const (
	maxPictureBytes = 64 << 20
	// uploadPatience is how long a client may take to send a picture.
	uploadPatience = 2 * time.Minute
)

// pictureInput is a request whose body is a picture.
type pictureInput struct{ RawBody []byte }

// takesPicture says that the body is the bytes of a picture, not JSON.
func takesPicture(op *huma.Operation) {
	content := map[string]*huma.MediaType{}
	for _, kind := range pictureTypes {
		content[kind] = &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}
	}
	op.RequestBody = &huma.RequestBody{Required: true, Content: content}
	op.MaxBodyBytes = maxPictureBytes
	op.BodyReadTimeout = uploadPatience
	op.SkipValidateBody = true
}

// pictureTypes are the pictures that are taken. What the bytes are decides, not this header.
var pictureTypes = []string{"image/png", "image/jpeg", "image/webp"}

func (s *Server) routePictures() {
	route(s, http.MethodPost, "/pictures", "uploadPicture", "pictures", "Upload a picture", s.uploadPicture, created, takesPicture, shareUploads(s.uploads),
		describe("For init images, masks and control images. A picture that is there already is not kept twice."))
	s.plain(http.MethodGet, apiPrefix+"/pictures/{sha256}", "readPictureFile", s.servePicture)
	s.plain(http.MethodGet, apiPrefix+"/pictures/{sha256}/thumbnail", "readThumbnail", s.serveThumbnail)
}

func (s *Server) uploadPicture(ctx context.Context, in *pictureInput) (*reply[PictureReply], error) {
	kept, err := s.pictures.Keep(ctx, in.RawBody, images.Texts{}, func(image lora.Image) error { return s.store.AddUploadedPicture(ctx, image) })
	if err == nil {
		err = s.store.KeptPicture(ctx, kept.Image.SHA256)
	}
	i := &kept.Image
	return answer(PictureReply{SHA256: i.SHA256, Type: i.Type, Width: i.Width, Height: i.Height, SizeBytes: i.SizeBytes}, err)
}

// pictureHeaders lock a picture up in case somebody opens it as a page, and let it be
// kept for ever: another content has another address.
func pictureHeaders(h http.Header, tag string) {
	h.Set("Content-Security-Policy", previewCSP)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Content-Disposition", "inline")
	h.Set("Cache-Control", "private, max-age=31536000, immutable")
	h.Set("ETag", tag)
}

// notModified answers a client that has this content already.
func notModified(w http.ResponseWriter, r *http.Request, tag string) bool {
	if !slices.Contains(splitTagList(r.Header.Get("If-None-Match")), tag) {
		return false
	}
	pictureHeaders(w.Header(), tag)
	w.WriteHeader(http.StatusNotModified)
	return true
}

func (s *Server) servePicture(w http.ResponseWriter, r *http.Request) {
	digest := strings.ToLower(chi.URLParam(r, "sha256"))
	picture, contentType, err := s.pictures.Open(r.Context(), digest)
	if err != nil {
		writeProblem(w, problemOf(r.Context(), err))
		return
	}
	defer func() { _ = picture.Close() }()
	tag := `"` + digest + `"`
	if notModified(w, r, tag) {
		return
	}
	pictureHeaders(w.Header(), tag)
	w.Header().Set("Content-Type", contentType)
	http.ServeContent(w, r, "", time.Time{}, picture)
}

func (s *Server) serveThumbnail(w http.ResponseWriter, r *http.Request) {
	digest := strings.ToLower(chi.URLParam(r, "sha256"))
	width := thumbnailWidth
	if text := r.URL.Query().Get("w"); text != "" {
		var err error
		if width, err = strconv.Atoi(text); err != nil || width < 1 {
			writeProblem(w, newProblem(r.Context(), http.StatusUnprocessableEntity, lora.Invalid, "w must be a width in pixels.",
				ProblemField{Location: "query.w", Message: "expected a whole number"}))
			return
		}
	}
	if notModified(w, r, images.ETag(digest, width)) {
		return
	}
	thumb, err := s.pictures.Thumbnail(r.Context(), digest, width)
	if err != nil {
		w.Header().Set("Cache-Control", "no-store")
		writeProblem(w, problemOf(r.Context(), err))
		return
	}
	pictureHeaders(w.Header(), thumb.ETag)
	w.Header().Set("Content-Type", thumb.ContentType)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(thumb.Data))
}
