package sidecar

import (
	"encoding/json"
	"strings"
)

// writeA1111 writes the user metadata of the A1111 family. Its editor knows four base
// models and shows trigger words only as part of the activation text.
func writeA1111(o object, s *Sidecar, _ Subject) {
	o.put("description", s.Description)
	o.put("notes", s.Notes)
	o.put("activation text", firstText(s.ActivationText, strings.Join(s.TrainedWords, ", ")))
	o.put("negative text", s.NegativeText)
	o.put("preferred weight", s.Weight)
	o.put("sd version", a1111Base(s.BaseModel))
}

// a1111Base is a base model in the words of the A1111 family's editor; others are
// written as they are, which it shows as text.
func a1111Base(base string) string {
	lower := strings.ToLower(base)
	switch {
	case strings.HasPrefix(lower, "sdxl"), strings.HasPrefix(lower, "pony"), strings.HasPrefix(lower, "illustrious"), strings.HasPrefix(lower, "noobai"):
		return "SDXL"
	case strings.HasPrefix(lower, "sd 1"), strings.HasPrefix(lower, "sd1"):
		return "SD1"
	case strings.HasPrefix(lower, "sd 2"), strings.HasPrefix(lower, "sd2"):
		return "SD2"
	}
	return base
}

// writeCivitai writes a version as Civitai's API returns it, which is what its helpers
// keep beside a file.
func writeCivitai(o object, s *Sidecar, about Subject) {
	writeVersion(o, s, about)
	if s.Author != "" {
		o.within("creator").put("username", s.Author)
	}
}

func writeVersion(o object, s *Sidecar, about Subject) {
	o.put("id", s.VersionID)
	o.put("modelId", s.ModelID)
	o.put("name", s.Version)
	writeVersionFacts(o, s, about)
	model := o.within("model")
	model.put("name", s.Name)
	model.put("tags", s.Tags)
	if _, has := model["type"]; !has {
		model["type"] = "LORA"
	}
	// Model and version have a description each; what is known is the two in one.
	if s.Description != "" {
		model["description"] = s.Description
		delete(o, "description")
	}
}

func writeVersionFacts(o object, s *Sidecar, about Subject) {
	o.put("trainedWords", s.TrainedWords)
	o.put("baseModel", s.BaseModel)
	o.put("publishedAt", s.PublishedAt)
	o.put("nsfwLevel", s.NSFWLevel)
	o.put("stats", s.Stats)
	writeFile(o, s, about)
	if len(o.objects("images")) == 0 && len(s.PreviewURLs) > 0 {
		images := make([]any, len(s.PreviewURLs))
		for i, u := range s.PreviewURLs {
			images[i] = map[string]any{"url": u}
		}
		o["images"] = images
	}
}

// writeFile puts the adapter's file first among those of a version, under the name it
// has here, so that a reader finds its digests by that name.
func writeFile(o object, s *Sidecar, about Subject) {
	file := object{"name": about.FileName, "type": "Model", "primary": true}
	if about.SizeBytes > 0 {
		file["sizeKB"] = float64(about.SizeBytes) / 1024
	}
	if h := hashes(s); len(h) > 0 {
		file["hashes"] = h
	}
	if s.PrimaryFile != nil {
		file.put("downloadUrl", s.PrimaryFile.DownloadURL)
	}
	files := []any{map[string]any(file)}
	for _, other := range o.objects("files") {
		if strings.EqualFold(other.text("name"), about.FileName) {
			for key, value := range other {
				if _, has := file[key]; !has {
					file[key] = value
				}
			}
			continue
		}
		other["primary"] = false
		files = append(files, map[string]any(other))
	}
	o["files"] = files
}

// writeLoraManager writes ComfyUI-Lora-Manager's file. It skips a model whose file
// lacks these keys, so all are written.
func writeLoraManager(o object, s *Sidecar, about Subject) {
	o["file_name"] = about.Stem
	o["model_name"] = firstText(s.Name, about.Stem)
	o.put("file_path", about.FilePath)
	o.put("size", about.SizeBytes)
	if !about.ModifiedAt.IsZero() {
		o["modified"] = float64(about.ModifiedAt.UnixMilli()) / 1000
	}
	o.put("sha256", s.Digests["sha256"])
	o.put("autov3", s.Digests["autov3"])
	o["base_model"] = firstText(s.BaseModel, "Unknown")
	o.put("preview_nsfw_level", s.NSFWLevel)
	o.put("notes", s.Notes)
	o.put("tags", s.Tags)
	o.put("modelDescription", s.Description)
	o.put("favorite", s.Favorite)
	o.put("rating", s.Rating)
	for key, usual := range map[string]any{
		"preview_url": "", "preview_nsfw_level": 0, "notes": "", "tags": []string{}, "modelDescription": "",
		"from_civitai": s.ModelID != 0, "civitai_deleted": false, "favorite": false, "exclude": false,
	} {
		if _, has := o[key]; !has {
			o[key] = usual
		}
	}
	writeUsageTips(o, s)
	version := o.within("civitai")
	writeVersion(version, s, about)
	if s.Author != "" {
		version.within("creator").put("username", s.Author)
	}
	if s.ModelID == 0 {
		o.put("hf_url", s.SourceURL)
	}
}

// writeUsageTips writes the recommended strengths, an object stored as a JSON text.
func writeUsageTips(o object, s *Sidecar) {
	tips := object{}
	if text, ok := o["usage_tips"].(string); ok && len(text) <= maxText {
		if parsed, err := decode([]byte(text)); err == nil {
			tips = parsed
		}
	}
	tips.put("strength", s.Weight)
	tips.put("strength_min", s.WeightMin)
	tips.put("strength_max", s.WeightMax)
	text, err := json.Marshal(map[string]any(tips))
	if err == nil { // a map of texts and numbers always can be
		o["usage_tips"] = string(text)
	}
}

// writeStabilityMatrix writes StabilityMatrix's description of a connected model.
func writeStabilityMatrix(o object, s *Sidecar, about Subject) {
	o.put("ModelId", s.ModelID)
	o.put("VersionId", s.VersionID)
	o["ModelName"] = firstText(s.Name, about.Stem)
	if title := o.text("UserTitle"); title != "" || o.text("ModelName") == "" {
		o.put("UserTitle", s.Name)
	}
	o.put("ModelDescription", s.Description)
	if s.Description != "" {
		o["VersionDescription"] = nil // it is part of the other
	}
	o["ModelType"] = "LORA"
	o.put("VersionName", s.Version)
	o.put("AuthorUsername", s.Author)
	o.put("BaseModel", s.BaseModel)
	o.put("Tags", s.Tags)
	o.put("TrainedWords", s.TrainedWords)
	o.put("Stats", s.Stats)
	o.put("SourceUrl", s.SourceURL)
	o.put("rating", s.Rating)
	if h := hashes(s); len(h) > 0 {
		o["Hashes"] = h
	}
	if s.NSFWLevel != nil {
		o["Nsfw"] = *s.NSFWLevel >= nsfwMarked
	}
	if s.PrimaryFile != nil {
		o.put("RemoteFileName", s.PrimaryFile.Name)
	}
	if len(s.PreviewURLs) > 0 {
		o.put("ThumbnailImageUrl", s.PreviewURLs[0])
	}
}

// nsfwMarked is Civitai's level from which on yes-or-no marks say yes.
const nsfwMarked = 4

// writeSwarm writes SwarmUI's edits as ModelSpec keys. The base model is not written:
// its ids name architectures, and a wrong one would make SwarmUI load the file wrong.
func writeSwarm(o object, s *Sidecar, about Subject) {
	spec := func(key string, value any) {
		name := "modelspec." + key
		if _, plain := o[key]; plain {
			name = key
		}
		o.put(name, value)
	}
	spec("title", firstText(s.Name, about.Stem))
	spec("author", s.Author)
	spec("description", s.Description)
	spec("usage_hint", s.Notes)
	spec("tags", strings.Join(s.Tags, ", "))
	spec("trigger_phrase", strings.Join(s.TrainedWords, ", "))
	spec("lora_default_weight", s.Weight)
	o.put("rating", s.Rating)
	if s.PublishedAt != nil {
		spec("date", s.PublishedAt)
	}
}

// writeSDNext writes a whole model with one version: this file's.
func writeSDNext(o object, s *Sidecar, about Subject) {
	o.put("id", s.ModelID)
	o["type"] = "LORA"
	writeModel(o, s, about)
}

// writePrototype writes what this program's first version reads: the same, and what it
// keeps beside.
func writePrototype(o object, s *Sidecar, about Subject) {
	o.put("id", s.ModelID)
	writeModel(o, s, about)
	o.put("sd version", s.BaseModel)
	o.put("activation text", s.ActivationText)
	o.put("negative text", s.NegativeText)
	o.put("weight", s.Weight)
	o["supportsGeneration"] = s.SupportsGeneration != nil && *s.SupportsGeneration
}

func writeModel(o object, s *Sidecar, about Subject) {
	o["name"] = firstText(s.Name, about.Stem)
	o.put("description", s.Description)
	o.put("tags", s.Tags)
	o.put("nsfwLevel", s.NSFWLevel)
	o.put("stats", s.Stats)
	o.put("rating", s.Rating)
	if s.Author != "" {
		o.within("creator").put("username", s.Author)
	}
	// The version of this file comes first: the prototype reads no other.
	versions := []any{}
	own := object{}
	for _, v := range o.objects("modelVersions") {
		if fileNamed(v.objects("files"), about.Stem) != nil && len(own) == 0 {
			own = v
			continue
		}
		versions = append(versions, map[string]any(v))
	}
	own.put("id", s.VersionID)
	own["name"] = s.Version
	writeVersionFacts(own, s, about)
	if s.Description != "" {
		delete(own, "description") // it is part of the model's
	}
	o["modelVersions"] = append([]any{map[string]any(own)}, versions...)
}
