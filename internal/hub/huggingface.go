package hub

import (
	"context"
	"net/http"
	"net/url"
	"path"
	"regexp"
	"strings"
	"time"

	"loramanager/internal/lora"
)

// huggingFace asks Hugging Face. It knows no look-up by digest, but tells the SHA-256 of
// every file of a repository: adapters of which somebody says that they came from one are
// looked for there. A repository is a model with one version, its main branch.
type huggingFace struct{ *client }

const (
	mainBranch = "main"
	treePages  = 10 // of 1,000 files
)

// LookUp implements Hub.
func (c *huggingFace) LookUp(ctx context.Context, queries []lora.HubQuery) ([]*lora.HubVersion, error) {
	answers := make([]*lora.HubVersion, len(queries))
	known := map[string]*lora.HubVersion{} // by repository
	for i := range queries {
		ref, ok := c.Read(queries[i].SourceURL)
		if queries[i].Hub == c.name {
			ref, ok = Ref{ModelID: queries[i].ModelID}, true
		}
		digest := queries[i].Digests["sha256"]
		if !ok || digest == "" {
			continue
		}
		v, asked := known[ref.ModelID]
		if !asked {
			read, err := c.Version(ctx, ref.ModelID, "")
			if err == nil {
				v = &read
			} else if !isMissing(err) {
				return answers[:i], err
			}
			known[ref.ModelID] = v
		}
		answers[i] = withFile(v, digest)
	}
	return answers, nil
}

// withFile returns the version with the file of a digest alone; nil when it has none.
func withFile(v *lora.HubVersion, digest string) *lora.HubVersion {
	if v == nil {
		return nil
	}
	for _, f := range v.Files {
		if f.Digests["sha256"] == digest {
			mine := *v
			f.Primary = true
			mine.Files = []lora.HubFile{f}
			return &mine
		}
	}
	return nil
}

// Models implements Hub.
func (c *huggingFace) Models(ctx context.Context, ids []string) ([]lora.HubModel, error) {
	models := []lora.HubModel{}
	for _, id := range ids {
		v, err := c.Version(ctx, id, "")
		if isMissing(err) {
			continue
		}
		if err != nil {
			return models, err
		}
		models = append(models, lora.HubModel{Hub: c.name, ModelID: v.ModelID, Name: v.ModelName, Versions: []lora.HubVersion{v}, FetchedAt: time.Now().UTC().Truncate(time.Microsecond)})
	}
	return models, nil
}

// Version implements Hub: the facts of a repository and its adapter files.
func (c *huggingFace) Version(ctx context.Context, modelID, _ string) (lora.HubVersion, error) {
	if !repository.MatchString(modelID) {
		return lora.HubVersion{}, c.fail(lora.HubMissing, 0, lora.NotFound, "A repository of Hugging Face is called owner/name.")
	}
	var o object
	if _, err := c.get(ctx, "/api/models/"+modelID, &o); err != nil {
		return lora.HubVersion{}, err
	}
	v := c.version(modelID, o)
	files, err := c.tree(ctx, modelID, first(o.text("sha"), mainBranch))
	if err != nil {
		return lora.HubVersion{}, err
	}
	if v.Files = files; len(files) == 0 && v.Why == "" {
		v.Why = "The repository has no safetensors file."
	}
	v.Downloadable = v.Why == ""
	return v, nil
}

func (c *huggingFace) version(id string, o object) lora.HubVersion {
	card := o.object("cardData")
	v := lora.HubVersion{
		Hub: c.name, ModelID: id, VersionID: mainBranch, ModelName: path.Base(id), Name: mainBranch,
		TrainedWords: card.texts("instance_prompt"), Tags: o.texts("tags"), Creator: first(o.text("author"), path.Dir(id)),
		PublishedAt: o.when("lastModified"), PageURL: c.base + "/" + id, Downloads: o.whole("downloads"),
		Images: []lora.HubImage{},
	}
	if bases := card.texts("base_model"); len(bases) > 0 {
		v.BaseModel = path.Base(bases[0])
	}
	if name := card.text("license"); name != "" {
		v.Licence = &lora.Licence{Name: first(card.text("license_name"), name), CommercialUse: []string{}}
	}
	gated := o.text("gated") != "" || o.flag("gated")
	switch {
	case o.flag("disabled"):
		v.Why = "Hugging Face has disabled this repository."
	case gated && c.token == "":
		v.Why = "The repository is gated: accept its terms on its page and configure a token."
	}
	return v
}

// tree lists the adapter files of a repository.
func (c *huggingFace) tree(ctx context.Context, id, revision string) ([]lora.HubFile, error) {
	files := []lora.HubFile{}
	next := "/api/models/" + id + "/tree/" + url.PathEscape(revision) + "?recursive=true&limit=1000"
	for range treePages {
		var list any
		header, err := c.get(ctx, next, &list)
		if err != nil {
			return nil, err
		}
		for _, item := range objectsOf(list, 1000) {
			name := item.text("path")
			if item.text("type") != "file" || !strings.EqualFold(path.Ext(name), ".safetensors") || len(files) == maxFiles {
				continue
			}
			files = append(files, c.file(id, revision, name, item))
		}
		if next = c.nextPage(header); next == "" {
			break
		}
	}
	return files, nil
}

func (c *huggingFace) file(id, revision, name string, item object) lora.HubFile {
	large := item.object("lfs")
	f := lora.HubFile{
		ID: name, Name: path.Base(name), Type: "Model", Format: "SafeTensor", SizeBytes: int64(max(large.whole("size"), item.whole("size"))),
		Digests: map[string]string{}, URL: c.base + "/" + id + "/resolve/" + url.PathEscape(revision) + "/" + escaped(name),
	}
	if sha := strings.ToLower(large.text("oid")); isHex(sha, 64) {
		f.Digests["sha256"] = sha
	}
	return f
}

// escaped escapes each name of a path.
func escaped(name string) string {
	parts := strings.Split(name, "/")
	for i := range parts {
		parts[i] = url.PathEscape(parts[i])
	}
	return strings.Join(parts, "/")
}

var linkNext = regexp.MustCompile(`<([^<>]+)>;\s*rel="next"`)

// nextPage reads where a list goes on, below the hub's own base.
func (c *huggingFace) nextPage(header http.Header) string {
	m := linkNext.FindStringSubmatch(header.Get("Link"))
	if m == nil {
		return ""
	}
	next, ok := strings.CutPrefix(m[1], c.base)
	if !ok || !strings.HasPrefix(next, "/") {
		return ""
	}
	return next
}

var (
	repository = regexp.MustCompile(`^[A-Za-z0-9][\w.-]{0,95}/[A-Za-z0-9][\w.-]{0,95}$`)
	repoPage   = regexp.MustCompile(`^/([A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*)(?:/(?:blob|resolve)/[^/]+/(.+)|/tree/.*)?/?$`)
)

// notOwners are first parts of addresses at Hugging Face that are no repositories of models.
var notOwners = map[string]bool{"api": true, "datasets": true, "spaces": true, "docs": true, "blog": true, "collections": true, "papers": true, "models": true}

// Read implements Hub.
func (c *huggingFace) Read(address string) (Ref, bool) {
	u, ok := c.here(address, "huggingface.co", "www.huggingface.co", "hf.co")
	if !ok {
		return Ref{}, false
	}
	m := repoPage.FindStringSubmatch(u.Path)
	if m == nil || notOwners[strings.SplitN(m[1], "/", 2)[0]] || !repository.MatchString(m[1]) {
		return Ref{}, false
	}
	return Ref{ModelID: m[1], VersionID: mainBranch, FileID: m[2]}, true
}
