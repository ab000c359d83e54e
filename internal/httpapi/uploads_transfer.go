package httpapi

import (
	"net/http"
	"strings"

	"loramanager/internal/lora"
)

// UploadsPath is where files of any size are sent with the tus protocol.
const UploadsPath = apiPrefix + "/uploads/transfer"

// routeUploads lets the receiver of uploads answer for itself: its bodies are not JSON,
// are never held in memory and may take hours.
func (s *Server) routeUploads() {
	for _, method := range []string{http.MethodOptions, http.MethodPost} {
		s.plain(method, UploadsPath, "upload", s.serveUploads)
	}
	for _, method := range []string{http.MethodOptions, http.MethodHead, http.MethodPatch, http.MethodDelete} {
		s.plain(method, UploadsPath+"/{id}", "upload", s.serveUploads)
	}
}

func (s *Server) serveUploads(w http.ResponseWriter, r *http.Request) {
	s.options.Uploads.ServeHTTP(&basedWriter{ResponseWriter: w, base: s.options.BasePath}, r)
}

// basedWriter puts the path under which a proxy shows the server before the address of a
// new upload.
type basedWriter struct {
	http.ResponseWriter
	base string
}

// WriteHeader implements http.ResponseWriter.
func (w *basedWriter) WriteHeader(status int) {
	if at := w.Header().Get("Location"); strings.HasPrefix(at, "/") {
		w.Header().Set("Location", w.base+at)
	}
	w.ResponseWriter.WriteHeader(status)
}

// Unwrap lets http.ResponseController find the connection.
func (w *basedWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// isUpload reports whether a part of an upload, or a form with archives, is sent to where
// one is taken. Pages of other sites are refused before.
func isUpload(r *http.Request) bool {
	media, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";")
	switch strings.ToLower(strings.TrimSpace(media)) {
	case "application/offset+octet-stream":
		return r.Method == http.MethodPatch && strings.HasPrefix(r.URL.Path, UploadsPath+"/")
	case "multipart/form-data":
		return r.Method == http.MethodPost && r.URL.Path == importPath
	}
	return false
}

// Refuse answers a request with an error, for handlers of other rooms. status is 0 where
// the error's code says it.
func Refuse(w http.ResponseWriter, r *http.Request, status int, err error) {
	p := problemOf(r.Context(), err)
	if status != 0 && p.Code != lora.Internal {
		p.Status, p.Title = status, http.StatusText(status)
	}
	writeProblem(w, p)
}
