package sidecar

import (
	"maps"
	"strings"
)

// readA1111 reads the user metadata of the A1111 family. Its editor writes weight 0
// for "not set".
func (s *Sidecar) readA1111(o object) {
	s.Description = o.text("description")
	s.Notes = o.text("notes")
	s.ActivationText = o.text("activation text")
	s.NegativeText = o.text("negative text")
	s.BaseModel = knownBase(o.text("sd version"))
	s.Weight = notZero(o.number("preferred weight"))
}

// readLoraManager reads ComfyUI-Lora-Manager's file: its own fields, and below
// "civitai" the version as it was fetched.
func (s *Sidecar) readLoraManager(o object, stem string) {
	version := o.object("civitai")
	s.readVersion(version, version, stem)
	s.Name = firstText(o.text("model_name"), s.Name, o.text("file_name"))
	s.Description = firstText(o.text("modelDescription"), s.Description)
	s.Notes = o.text("notes")
	s.Favorite = o.flag("favorite")
	if tags := o.texts("tags"); tags != nil {
		s.Tags = tags
	}
	if base := knownBase(o.text("base_model")); base != "" {
		s.BaseModel = base
	}
	if s.NSFWLevel == nil {
		if n := level(o, "preview_nsfw_level"); n != nil && *n > 0 {
			s.NSFWLevel = n
		}
	}
	if page := o.link("hf_url"); page != "" && s.SourceURL == "" {
		s.SourceURL = page
	}
	own := digests(object{"SHA256": o["sha256"], "AutoV3": o["autov3"]})
	if own["sha256"] != "" && own["sha256"] != s.Digests["sha256"] {
		s.Digests = own // the file's own digest; the fetched ones describe another file
	} else if own["autov3"] != "" && s.Digests["autov3"] == "" {
		s.Digests = merge(s.Digests, own)
	}
	s.readUsageTips(o)
}

// readUsageTips reads the recommended strengths, an object stored as a JSON text.
func (s *Sidecar) readUsageTips(o object) {
	tips := o.object("usage_tips")
	if text, ok := o["usage_tips"].(string); ok && len(text) <= maxText {
		if parsed, err := decode([]byte(text)); err == nil {
			tips = parsed
		}
	}
	s.Weight = tips.number("strength")
	s.WeightMin, s.WeightMax = tips.number("strength_min"), tips.number("strength_max")
	if s.WeightMin == nil && s.WeightMax == nil {
		s.WeightMin, s.WeightMax = parseRange(tips.text("strength_range"))
	}
}

// readStabilityMatrix reads StabilityMatrix's description of a connected model.
func (s *Sidecar) readStabilityMatrix(o object) {
	s.Name = o.text("UserTitle", "ModelName")
	s.Version = o.text("VersionName")
	s.Description = joinTexts(o.text("ModelDescription"), o.text("VersionDescription"))
	s.Author = o.text("AuthorUsername")
	s.Tags = o.texts("Tags")
	s.TrainedWords = o.texts("TrainedWords")
	s.BaseModel = knownBase(o.text("BaseModel"))
	s.NSFWLevel = nsfwOf(o)
	s.ModelID, s.VersionID = o.integer("ModelId"), o.integer("VersionId")
	if s.SourceURL = o.link("SourceUrl"); s.SourceURL == "" {
		s.SourceURL = civitaiPage(s.ModelID, s.VersionID)
	}
	s.Digests = digests(o.object("Hashes"))
	if u := o.link("ThumbnailImageUrl"); u != "" {
		s.PreviewURLs = []string{u}
	}
	if sub := o.object("Stats"); len(sub) > 0 {
		s.Stats = stats(object{"stats": map[string]any(sub)})
	}
	if name := o.text("RemoteFileName"); name != "" {
		s.PrimaryFile = &File{Name: name, SHA256: o.object("Hashes").text("SHA256")}
	}
}

// readSwarm reads SwarmUI's edits: ModelSpec keys, with or without their prefix.
func (s *Sidecar) readSwarm(o object) {
	spec := func(key string) string { return o.text("modelspec."+key, key) }
	s.Name = spec("title")
	s.Author = spec("author")
	s.Description = spec("description")
	s.Notes = spec("usage_hint")
	s.BaseModel = knownBase(spec("architecture"))
	if s.Tags = o.texts("modelspec.tags"); s.Tags == nil {
		s.Tags = o.texts("tags")
	}
	if phrase := spec("trigger_phrase"); phrase != "" {
		s.TrainedWords = []string{cut(phrase, maxItem)}
	}
	if s.PublishedAt = o.when("modelspec.date"); s.PublishedAt == nil {
		s.PublishedAt = o.when("date")
	}
	if s.Weight = o.number("modelspec.lora_default_weight"); s.Weight == nil {
		s.Weight = o.number("lora_default_weight")
	}
	if h := strings.TrimPrefix(strings.ToLower(spec("hash_sha256")), "0x"); isHex(h, 64) {
		s.Digests = map[string]string{"modelspec": h}
	}
}

func notZero(f *float64) *float64 {
	if f != nil && *f == 0 {
		return nil
	}
	return f
}

// parseRange reads "0.3-0.8". The separator is looked for after the first character,
// which may be a minus sign.
func parseRange(s string) (low, high *float64) {
	if len(s) < 3 {
		return nil, nil
	}
	i := strings.IndexAny(s[1:], "-~") + 1
	if i == 0 {
		return nil, nil
	}
	low, high = toNumber(s[:i]), toNumber(s[i+1:])
	if low == nil || high == nil || *low > *high {
		return nil, nil
	}
	return low, high
}

// merge returns a and what only b has.
func merge(a, b map[string]string) map[string]string {
	out := maps.Clone(b)
	maps.Copy(out, a)
	return out
}
