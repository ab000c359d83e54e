package httpapi

import (
	"bytes"
	"io"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"

	"loramanager/internal/lora"
)

// webApp serves the built browser app: its files, and its entry page for every
// address that is a place inside the app.
type webApp struct {
	files fs.FS
	built bool
	base  string // "" or "/lora": where a proxy shows this server
}

const notBuilt = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>LoRA Manager</title><meta name="viewport" content="width=device-width">
<style>body{font:16px/1.6 system-ui,sans-serif;max-width:38rem;margin:15vh auto;padding:0 1rem;color-scheme:light dark}code{font-size:.95em}</style></head>
<body><h1>The server runs, the web app is missing</h1>
<p>This binary was built without the web app. Build both with <code>make build</code>, or start both with <code>make run</code>.</p>
<p>The API works all the same: <a href="{base}/api/docs">its description</a>.</p></body></html>`

// ServeHTTP answers every GET that no route took.
func (a *webApp) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		writeProblem(w, newProblem(r.Context(), http.StatusMethodNotAllowed, lora.Invalid, "Pages and files can only be read."))
		return
	}
	if !a.built {
		a.write(w, r, http.StatusOK, "text/html; charset=utf-8", []byte(strings.ReplaceAll(notBuilt, "{base}", a.base)))
		return
	}
	name := strings.TrimPrefix(path.Clean(r.URL.Path), "/")
	if name == "" || name == "index.html" {
		a.index(w, r)
		return
	}
	if isCompressedCopy(name) || !fs.ValidPath(name) || !a.file(w, r, name) {
		a.fallBack(w, r, name)
	}
}

// fallBack answers what is no file: addresses inside the app get the entry page,
// names with an extension are missing files.
func (a *webApp) fallBack(w http.ResponseWriter, r *http.Request, name string) {
	if path.Ext(name) == "" || strings.HasPrefix(name, "library/") {
		a.index(w, r)
		return
	}
	writeProblem(w, newProblem(r.Context(), http.StatusNotFound, lora.NotFound, "There is no such file."))
}

// index sends the entry page. It is never cached, so that a new version is seen at once.
func (a *webApp) index(w http.ResponseWriter, r *http.Request) {
	if a.base == "" && a.file(w, r, "index.html") {
		return
	}
	page, err := fs.ReadFile(a.files, "index.html")
	if err != nil {
		writeProblem(w, problemOf(r.Context(), err))
		return
	}
	page = bytes.Replace(page, []byte(`<base href="/"`), []byte(`<base href="`+a.base+`/"`), 1)
	a.write(w, r, http.StatusOK, "text/html; charset=utf-8", page)
}

func (a *webApp) write(w http.ResponseWriter, r *http.Request, status int, contentType string, body []byte) {
	w.Header().Set("Content-Type", contentType)
	w.Header().Set("Cache-Control", "no-cache")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(body) //nolint:gosec // our own pages, with the base path of the configuration
	}
}

// file sends one file of the build, in its compressed copy when the browser takes
// one, and reports whether there is such a file.
func (a *webApp) file(w http.ResponseWriter, r *http.Request, name string) bool {
	info, err := fs.Stat(a.files, name)
	if err != nil || info.IsDir() {
		return false
	}
	h := w.Header()
	h.Set("Content-Type", typeOf(name))
	h.Set("Cache-Control", "no-cache")
	if strings.HasPrefix(name, "assets/") {
		h.Set("Cache-Control", "public, max-age=31536000, immutable") // their names change with their content
	}
	sent, encoding := name, ""
	for _, c := range []struct{ suffix, encoding string }{{".br", "br"}, {".gz", "gzip"}} {
		if _, err := fs.Stat(a.files, name+c.suffix); err != nil {
			continue
		}
		h.Set("Vary", "Origin, Accept-Encoding")
		if accepts(r, c.encoding) {
			sent, encoding = name+c.suffix, c.encoding
			break
		}
	}
	body, err := fs.ReadFile(a.files, sent)
	if err != nil {
		return false
	}
	if encoding != "" {
		h.Set("Content-Encoding", encoding)
	}
	tag := etagOf(body)
	h.Set("ETag", tag)
	if slices.Contains(splitTagList(r.Header.Get("If-None-Match")), tag) {
		w.WriteHeader(http.StatusNotModified)
		return true
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(http.StatusOK)
	if r.Method != http.MethodHead {
		_, _ = io.Copy(w, bytes.NewReader(body))
	}
	return true
}

func isCompressedCopy(name string) bool {
	return strings.HasSuffix(name, ".br") || strings.HasSuffix(name, ".gz")
}

// accepts reports whether the client takes an encoding (a quality of zero refuses it).
func accepts(r *http.Request, encoding string) bool {
	for part := range strings.SplitSeq(r.Header.Get("Accept-Encoding"), ",") {
		name, quality, _ := strings.Cut(strings.TrimSpace(part), ";")
		if strings.EqualFold(strings.TrimSpace(name), encoding) {
			q := strings.ReplaceAll(quality, " ", "")
			return q != "q=0" && !strings.HasPrefix(q, "q=0.000")
		}
	}
	return false
}

// typeOf names the type of a file of the build; the system's own tables differ between machines.
func typeOf(name string) string {
	switch path.Ext(name) {
	case ".js", ".mjs":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".html":
		return "text/html; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	case ".json", ".map":
		return "application/json"
	case ".webmanifest":
		return "application/manifest+json"
	case ".woff2":
		return "font/woff2"
	case ".txt":
		return "text/plain; charset=utf-8"
	}
	if t := mime.TypeByExtension(path.Ext(name)); t != "" {
		return t
	}
	return "application/octet-stream"
}
