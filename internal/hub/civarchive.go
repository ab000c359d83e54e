package hub

import (
	"context"
	"maps"
	"net/url"
	"regexp"
	"strings"
	"time"

	"loramanager/internal/lora"
)

// civArchive asks CivArchive, which remembers models that Civitai has deleted. It knows
// files by their SHA-256, one at a time. Its answers carry a version like Civitai's, with
// the model's facts around it.
type civArchive struct{ *client }

// LookUp implements Hub.
func (c *civArchive) LookUp(ctx context.Context, queries []lora.HubQuery) ([]*lora.HubVersion, error) {
	answers := make([]*lora.HubVersion, len(queries))
	for i := range queries {
		digest := queries[i].Digests["sha256"]
		if digest == "" {
			continue
		}
		var o object
		_, err := c.get(ctx, "/api/sha256/"+digest, &o)
		if err == nil {
			answers[i], err = c.found(ctx, o)
		}
		if err != nil && !isMissing(err) {
			return answers[:i], err
		}
	}
	return answers, nil
}

// found reads an answer about a file. Some name only where the file belongs.
func (c *civArchive) found(ctx context.Context, o object) (*lora.HubVersion, error) {
	facts, version := split(o)
	if v := c.version(version, facts); v != nil {
		return v, nil
	}
	for _, file := range facts.objects("files", maxFiles) {
		model, version := first(file.id("model_id"), file.id("modelId")), first(file.id("model_version_id"), file.id("modelVersionId"))
		if model == "" || version == "" {
			continue
		}
		v, err := c.Version(ctx, model, version)
		if err != nil {
			return nil, err
		}
		return &v, nil
	}
	return nil, nil
}

// split takes the facts of a model and one of its versions apart: they come as
// {"data": {...facts, "version": {...}}}, without data, or with the facts under model.
func split(o object) (facts, version object) {
	if data := o.object("data"); data != nil {
		o = data
	}
	facts = object{}
	maps.Copy(facts, o)
	version = o.object("version")
	if model := o.object("model"); model != nil {
		if version == nil {
			version = model.object("version")
		}
		maps.Copy(facts, model)
	}
	return facts, version
}

func (c *civArchive) version(o, facts object) *lora.HubVersion {
	v := &lora.HubVersion{
		Hub: c.name, ModelID: first(o.id("modelId"), o.id("model_id"), facts.id("id")), VersionID: o.id("id"),
		ModelName: facts.text("name"), Name: o.text("name"), Type: facts.text("type"),
		BaseModel:    first(o.text("baseModel"), o.text("base_model")),
		Description:  description(facts.html("description"), o.html("description")),
		TrainedWords: o.texts("trigger"), Tags: facts.texts("tags"),
		Creator: first(facts.text("creator_username"), facts.text("username"), facts.text("creator_name")),
		Licence: licence(facts), NSFWLevel: archiveLevel(o, facts),
		PublishedAt: o.when("publishedAt"), Downloads: o.whole("downloadCount"), Rating: rating(o),
		Images: exampleImages(o),
	}
	if v.VersionID == "" || v.ModelID == "" {
		return nil
	}
	if len(v.TrainedWords) == 0 {
		v.TrainedWords = o.texts("trainedWords")
	}
	if v.PublishedAt == nil {
		v.PublishedAt = o.when("createdAt")
	}
	v.PageURL = c.base + "/models/" + url.PathEscape(v.ModelID) + "?modelVersionId=" + url.QueryEscape(v.VersionID)
	if v.Files = archiveFiles(o); len(v.Files) == 0 {
		v.Files = archiveFiles(facts)
	}
	v.Why = "CivArchive knows no place any more from which the file can be fetched."
	for _, f := range v.Files {
		if f.URL != "" {
			v.Why = ""
		}
	}
	v.Downloadable = v.Why == ""
	return v
}

func archiveLevel(o, facts object) int {
	if level := max(o.whole("nsfw_level"), o.whole("nsfwLevel"), facts.whole("nsfw_level")); level > 0 && level <= 255 {
		return level
	}
	if facts.flag("is_nsfw") || facts.flag("nsfw") {
		return 4
	}
	return 0
}

func archiveFiles(o object) []lora.HubFile {
	files := []lora.HubFile{}
	for i, item := range o.objects("files", maxFiles) {
		f := lora.HubFile{
			ID: item.id("id"), Name: item.fileName("name"), Type: item.text("type"), SizeBytes: int64(max(0, min(item.number("sizeKB"), 1<<40)) * 1024),
			Primary: i == 0 || item.flag("is_primary"), Digests: item.digests("hashes"), URL: item.link("downloadUrl"),
		}
		if sha := strings.ToLower(item.text("sha256")); isHex(sha, 64) {
			f.Digests["sha256"] = sha
		}
		for _, mirror := range item.objects("mirrors", maxFiles) {
			if mirror["deletedAt"] != nil || mirror.flag("is_gated") || mirror.flag("is_paid") {
				continue
			}
			if f.URL == "" {
				f.URL = mirror.link("url")
			}
			if f.Name == "" {
				f.Name = mirror.fileName("filename")
			}
		}
		files = append(files, f)
	}
	return files
}

// Models implements Hub.
func (c *civArchive) Models(ctx context.Context, ids []string) ([]lora.HubModel, error) {
	models := []lora.HubModel{}
	for _, id := range ids {
		var o object
		_, err := c.get(ctx, "/api/models/"+url.PathEscape(id), &o)
		if isMissing(err) {
			continue
		}
		if err != nil {
			return models, err
		}
		models = append(models, c.model(id, o))
	}
	return models, nil
}

// model reads a model. Besides the version the answer describes whole, it lists the others
// by name.
func (c *civArchive) model(id string, o object) lora.HubModel {
	facts, whole := split(o)
	m := lora.HubModel{Hub: c.name, ModelID: id, Name: facts.text("name"), Versions: []lora.HubVersion{}, FetchedAt: time.Now().UTC().Truncate(time.Microsecond)}
	described := c.version(whole, facts)
	for _, item := range facts.objects("versions", maxVersions) {
		if item.id("modelId") == "" {
			item["modelId"] = id
		}
		v := c.version(item, facts)
		switch {
		case v == nil:
		case described != nil && v.VersionID == described.VersionID:
			m.Versions = append(m.Versions, *described)
			described = nil
		default:
			m.Versions = append(m.Versions, *v)
		}
	}
	if described != nil {
		m.Versions = append(m.Versions, *described)
	}
	newestFirst(m.Versions)
	return m
}

// Version implements Hub.
func (c *civArchive) Version(ctx context.Context, modelID, versionID string) (lora.HubVersion, error) {
	path := "/api/models/" + url.PathEscape(modelID)
	if versionID != "" {
		path += "?modelVersionId=" + url.QueryEscape(versionID)
	}
	var o object
	if _, err := c.get(ctx, path, &o); err != nil {
		return lora.HubVersion{}, err
	}
	facts, version := split(o)
	v := c.version(version, facts)
	if v == nil || versionID != "" && v.VersionID != versionID {
		return lora.HubVersion{}, c.fail(lora.HubMissing, 0, lora.NotFound, "%s does not have this version, or no longer.", c.title)
	}
	return *v, nil
}

var archivePage = regexp.MustCompile(`^/models/(\d+)`)

// Read implements Hub.
func (c *civArchive) Read(address string) (Ref, bool) {
	u, ok := c.here(address, "civarchive.com", "www.civarchive.com")
	if !ok {
		return Ref{}, false
	}
	m := archivePage.FindStringSubmatch(u.Path)
	if m == nil {
		return Ref{}, false
	}
	return Ref{ModelID: m[1], VersionID: strings.TrimSpace(u.Query().Get("modelVersionId"))}, true
}
