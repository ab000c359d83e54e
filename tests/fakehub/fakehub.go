package fakehub

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"time"
)

// Model is a model at Civitai or CivArchive.
type Model struct {
	ID       int
	Name     string
	Type     string // LORA when empty
	Creator  string
	Tags     []string
	HTML     string // description
	Versions []Version
	Unlisted bool // left out of lists, though it answers by itself
	Archived bool // Civitai has deleted it, CivArchive still knows it
}

// Version is one version of a Model.
type Version struct {
	ID        int
	Name      string
	BaseModel string
	Words     []string
	Published time.Time
	Usage     string // usageControl; Download when empty
	Early     time.Time
	Files     []File
	Pictures  []string // paths on the file host
}

// File is one file of a version or a repository.
type File struct {
	Name   string
	Type   string // Model when empty
	Data   []byte
	SHA256 string // stated; the true one when empty, none for "-"
}

// Repo is a repository at Hugging Face.
type Repo struct {
	ID    string // owner/name
	Base  string
	Words string
	Gated bool
	Files []File
}

// Hub is the fake. Its fields may be changed between requests through Change.
type Hub struct {
	Token string // asked of downloads when not empty

	mu       sync.Mutex
	models   []Model
	repos    []Repo
	pictures map[string][]byte
	faults   map[Fault]int // how often each is still shown
	redirect string
	seen     []Seen
	api      *httptest.Server
	files    *httptest.Server
}

// Seen is a request the fake got.
type Seen struct {
	Host, Method, Path, Authorization, Range, Agent string
}

// New starts a fake with the given content; Close ends it.
func New(models []Model, repos []Repo) *Hub {
	h := &Hub{models: models, repos: repos, pictures: map[string][]byte{}, faults: map[Fault]int{}}
	h.api = httptest.NewServer(h.watched(h.routes()))
	h.files = httptest.NewServer(h.watched(http.HandlerFunc(h.serveFile)))
	return h
}

// Close ends the fake.
func (h *Hub) Close() {
	for _, s := range []*httptest.Server{h.api, h.files} {
		s.CloseClientConnections()
		s.Close()
	}
}

// URL is the address of the hubs, FileHost that of their files.
func (h *Hub) URL() string { return h.api.URL }

// FileHost is where downloads are redirected to.
func (h *Hub) FileHost() string { return h.files.URL }

// Change changes the models while nobody is answered.
func (h *Hub) Change(f func(models []Model) []Model) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.models = f(h.models)
}

// AddPicture puts a picture onto the file host and returns its address.
func (h *Hub) AddPicture(name string, data []byte) string {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.pictures["/pictures/"+name] = data
	return h.files.URL + "/pictures/" + name
}

// Seen lists the requests whose path contains part, in their order.
func (h *Hub) Seen(part string) []Seen {
	h.mu.Lock()
	defer h.mu.Unlock()
	var list []Seen
	for _, s := range h.seen {
		if strings.Contains(s.Path, part) {
			list = append(list, s)
		}
	}
	return list
}

func (h *Hub) routes() http.Handler {
	mux := http.NewServeMux()
	h.civitai(mux)
	h.civArchive(mux)
	h.huggingFace(mux)
	return mux
}

// commonAgents are what libraries call themselves unless told otherwise.
var commonAgents = []string{"Go-http-client", "python-requests", "curl", "aiohttp", "Wget"}

// watched notes requests and has the habits all hosts have.
func (h *Hub) watched(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.mu.Lock()
		h.seen = append(h.seen, Seen{r.Host, r.Method, r.URL.RequestURI(), r.Header.Get("Authorization"), r.Header.Get("Range"), r.UserAgent()})
		h.mu.Unlock()
		common := func(agent string) bool { return strings.HasPrefix(r.UserAgent(), agent) }
		switch {
		case slices.ContainsFunc(commonAgents, common), r.UserAgent() == "":
			http.Error(w, "error code: 1010", http.StatusForbidden)
		case r.Method == http.MethodHead:
			w.WriteHeader(http.StatusUnauthorized)
		case !h.faulty(w, r):
			next.ServeHTTP(w, r)
		}
	})
}

func reply(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	_ = json.NewEncoder(w).Encode(v)
}

func missing(w http.ResponseWriter, what string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusNotFound)
	_ = json.NewEncoder(w).Encode(map[string]string{"error": what + " not found"})
}

// Sum is the SHA-256 of a file as the hub states it.
func (f *File) Sum() string {
	switch f.SHA256 {
	case "":
		sum := sha256.Sum256(f.Data)
		return hex.EncodeToString(sum[:])
	case "-":
		return ""
	}
	return f.SHA256
}

// Tensors is the SHA-256 of all behind the header, Civitai's AutoV3.
func (f *File) Tensors() string {
	if len(f.Data) < 8 {
		return ""
	}
	begin := 8 + int(f.Data[0]) + int(f.Data[1])<<8 + int(f.Data[2])<<16
	if begin > len(f.Data) {
		return ""
	}
	return fmt.Sprintf("%x", sha256.Sum256(f.Data[begin:]))
}

// find returns a version and its model; ok says that match took one.
func (h *Hub) find(match func(m *Model, v *Version) bool) (m Model, v Version, ok bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for i := range h.models {
		for j := range h.models[i].Versions {
			if match(&h.models[i], &h.models[i].Versions[j]) {
				return h.models[i], h.models[i].Versions[j], true
			}
		}
	}
	return m, v, false
}
