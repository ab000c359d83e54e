package origin

import (
	"context"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"loramanager/internal/guard"
	"loramanager/internal/lora"
)

// DownloadRequest names a file of a hub and where it goes.
type DownloadRequest struct {
	FileRequest
	RootID string
	// Folder is below the root, / between names; {base_model}, {creator}, {type}, {model}
	// and {version} stand for what the hub says.
	Folder string
	// Twice also downloads a file the library has already.
	Twice bool
}

// FileRequest names a file of a hub: by its ids, or by the address of its page.
type FileRequest struct {
	Hub, ModelID, VersionID, FileID string
	URL                             string
}

// find reads the version and picks the file. A version whose file may not be downloaded is
// Forbidden when it has to be.
func (g *Origin) find(ctx context.Context, r FileRequest) (*patient, lora.HubVersion, lora.HubFile, error) {
	h, ref, err := g.refer(r)
	if err != nil {
		return nil, lora.HubVersion{}, lora.HubFile{}, err
	}
	v, err := h.version(ctx, prompt, ref.ModelID, ref.VersionID)
	if err != nil {
		return nil, v, lora.HubFile{}, err
	}
	file, err := chooseFile(&v, ref.FileID)
	return h, v, file, err
}

// refer says which hub and version a request is about.
func (g *Origin) refer(r FileRequest) (*patient, lora.HubRef, error) {
	if r.URL == "" {
		h, err := g.hub(r.Hub)
		if err == nil && r.VersionID == "" && r.ModelID == "" {
			err = lora.FieldErrorf(lora.Invalid, "version_id", "Name the version, or give the address of its page.")
		}
		return h, lora.HubRef{ModelID: r.ModelID, VersionID: r.VersionID, FileID: r.FileID}, err
	}
	for _, h := range g.hubs {
		if r.Hub != "" && r.Hub != h.name {
			continue
		}
		if ref, ok := h.Read(strings.TrimSpace(r.URL)); ok {
			if r.FileID != "" {
				ref.FileID = r.FileID
			}
			return h, ref, nil
		}
	}
	return nil, lora.HubRef{}, lora.FieldErrorf(lora.Invalid, "url", "This is not the address of a model at one of the hubs that are configured.")
}

// adapterTypes are extensions of files that are downloaded. Formats that can hold programs
// are not.
var adapterTypes = []string{".safetensors", ".sft", ".gguf"}

func chooseFile(v *lora.HubVersion, id string) (lora.HubFile, error) {
	if id != "" {
		i := slices.IndexFunc(v.Files, func(f lora.HubFile) bool { return f.ID == id })
		if i < 0 {
			return lora.HubFile{}, lora.FieldErrorf(lora.NotFound, "file_id", "The version has no such file.")
		}
		return v.Files[i], nil
	}
	best, score := -1, 0
	for i, f := range v.Files {
		s := 1
		if slices.Contains(adapterTypes, strings.ToLower(path.Ext(f.Name))) {
			s += 4
		}
		if f.Primary {
			s += 2
		}
		if f.Type == "" || strings.HasSuffix(f.Type, "Model") {
			s += 8
		}
		if s > score {
			best, score = i, s
		}
	}
	if best < 0 {
		return lora.HubFile{}, lora.Errorf(lora.NotFound, "The hub lists no file for this version.")
	}
	return v.Files[best], nil
}

// mayDownload refuses what must not or cannot be downloaded.
func mayDownload(v *lora.HubVersion, f *lora.HubFile) error {
	switch ext := strings.ToLower(path.Ext(f.Name)); {
	case !v.Downloadable:
		return lora.Errorf(lora.Forbidden, "This cannot be downloaded. %s", v.Why)
	case !slices.Contains(adapterTypes, ext):
		return lora.FieldErrorf(lora.Invalid, "file_id", "Only safetensors and GGUF files are downloaded. %s is none; other formats can hold programs.", guard.DisplayName(f.Name))
	case f.URL == "":
		return lora.Errorf(lora.NotFound, "The hub does not say where the file can be fetched.")
	}
	return nil
}

// Download puts a file of a hub into the queue. Forbidden for what its author does not let
// out, Conflict when the library has the very file or it is on its way.
func (g *Origin) Download(ctx context.Context, r DownloadRequest) (lora.Download, error) {
	root, err := g.rootByID(ctx, r.RootID)
	if err != nil {
		return lora.Download{}, err
	}
	if !root.Writable {
		return lora.Download{}, lora.FieldErrorf(lora.Conflict, "root_id", "The server cannot write into this library folder.")
	}
	h, v, file, err := g.find(ctx, r.FileRequest)
	if err != nil {
		return lora.Download{}, err
	}
	if err := mayDownload(&v, &file); err != nil {
		return lora.Download{}, err
	}
	folder, err := expand(r.Folder, &v)
	if err != nil {
		return lora.Download{}, err
	}
	sha := file.Digests["sha256"]
	if !r.Twice && sha != "" {
		here, err := g.o.Adapters.AdaptersOf(ctx, sha)
		if err != nil {
			return lora.Download{}, err
		}
		if len(here) > 0 {
			return lora.Download{}, lora.Errorf(lora.Conflict, "The library has this very file already.")
		}
	}
	return g.enqueue(ctx, lora.Download{
		ID: uuid.NewString(), Hub: h.name, ModelID: v.ModelID, VersionID: v.VersionID, FileID: file.ID,
		Name: strings.TrimSpace(v.ModelName + " " + v.Name), FileName: nameFor(&v, &file), RootID: root.ID, Folder: folder,
		State: lora.DownloadQueued, BytesTotal: file.SizeBytes, SHA256: sha, URL: file.URL, CreatedAt: g.now(),
	})
}

func (g *Origin) enqueue(ctx context.Context, n lora.Download) (lora.Download, error) {
	d := &g.downward
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.list) >= maxDownloads {
		return n, lora.Errorf(lora.TooLarge, "There are %d downloads in the list already. Remove some that are over.", len(d.list))
	}
	for _, c := range d.list {
		if !final(c.State) && c.Hub == n.Hub && c.VersionID == n.VersionID && c.ModelID == n.ModelID && c.FileID == n.FileID {
			return n, lora.Errorf(lora.Conflict, "This file is in the list of downloads already.")
		}
	}
	if err := g.o.Downloads.PutDownload(ctx, n); err != nil {
		return n, err
	}
	c := &carried{Download: n}
	d.list = append(d.list, c)
	g.tell(c)
	d.ring()
	return n, nil
}

// nameFor is the name of the file in the library.
func nameFor(v *lora.HubVersion, f *lora.HubFile) string {
	ext := strings.ToLower(path.Ext(f.Name))
	stem := guard.CleanName(strings.TrimSuffix(f.Name, path.Ext(f.Name)))
	if stem == "" {
		stem = guard.CleanName(v.ModelName + " " + v.Name)
	}
	if stem == "" {
		stem = "download " + time.Now().UTC().Format("20060102 150405")
	}
	return stem + ext
}

var placeholder = regexp.MustCompile(`\{[^{}/]*\}`)

// expand replaces the placeholders of a folder and checks the result.
func expand(folder string, v *lora.HubVersion) (string, error) {
	values := map[string]string{
		"{base_model}": v.BaseModel, "{creator}": v.Creator, "{type}": v.Type, "{model}": v.ModelName, "{version}": v.Name,
	}
	bad := ""
	folder = placeholder.ReplaceAllStringFunc(strings.Trim(strings.TrimSpace(folder), "/"), func(name string) string {
		value, known := values[name]
		if !known {
			bad = name
		}
		if value = guard.CleanName(value); value == "" {
			return "unknown"
		}
		return value
	})
	if bad != "" {
		return "", lora.FieldErrorf(lora.Invalid, "folder", "There is no placeholder %s. There are {base_model}, {creator}, {type}, {model} and {version}.", guard.DisplayName(bad))
	}
	if folder == "" {
		return "", nil
	}
	if err := guard.CheckRel(folder); err != nil {
		return "", &lora.Error{Code: lora.Invalid, Field: "folder", Message: told(err), Err: err}
	}
	for part := range strings.SplitSeq(folder, "/") {
		if strings.HasPrefix(part, ".") {
			return "", lora.FieldErrorf(lora.Invalid, "folder", "Scans leave folders out whose name begins with a dot; choose another.")
		}
	}
	return folder, nil
}
