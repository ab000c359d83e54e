package sidecar

import (
	"fmt"
	"math"
	"path"
	"strings"
)

const maxPreviewURLs = 20

// digestKinds maps the names Civitai uses to this program's, with the lengths in
// which each occurs.
var digestKinds = []struct {
	key, kind string
	lengths   []int
}{
	{"SHA256", "sha256", []int{64}},
	{"AutoV1", "autov1", []int{8}},
	{"AutoV2", "autov2", []int{10}},
	{"AutoV3", "autov3", []int{12, 64}},
	{"BLAKE3", "blake3", []int{64}},
	{"CRC32", "crc32", []int{8}},
}

// readVersion reads one version of a model as Civitai's API returns it. outer is the
// object that may hold creator and tags beside it, in files that keep them apart.
func (s *Sidecar) readVersion(v, outer object, stem string) {
	model := v.object("model")
	s.Name = model.text("name")
	s.Version = v.text("name")
	s.Description = joinTexts(model.text("description"), v.text("description"))
	s.Author = firstText(v.object("creator").text("username"), model.object("creator").text("username"), outer.object("creator").text("username"))
	if s.Tags = outer.texts("tags"); s.Tags == nil {
		s.Tags = model.texts("tags")
	}
	s.readVersionFacts(v, stem)
	s.ModelID = v.integer("modelId")
	s.SourceURL = civitaiPage(s.ModelID, s.VersionID)
	if s.NSFWLevel == nil {
		s.NSFWLevel = nsfwOf(model)
	}
}

// readVersionFacts reads what a version object says about itself.
func (s *Sidecar) readVersionFacts(v object, stem string) {
	s.VersionID = v.integer("id")
	s.TrainedWords = v.texts("trainedWords")
	s.BaseModel = knownBase(v.text("baseModel"))
	s.NSFWLevel = level(v, "nsfwLevel")
	s.PublishedAt = v.when("publishedAt")
	s.Stats = stats(v)
	for _, image := range v.objects("images") {
		if u := image.link("url"); u != "" && len(s.PreviewURLs) < maxPreviewURLs {
			s.PreviewURLs = append(s.PreviewURLs, u)
		}
	}
	s.setFile(chooseFile(v.objects("files"), stem))
}

func (s *Sidecar) setFile(file object) {
	s.PrimaryFile, s.Digests = nil, nil
	if file != nil {
		s.PrimaryFile = primaryFile(file)
		s.Digests = digests(file.object("hashes"))
	}
}

// chooseFile picks the file the sidecar is about. Training data and archives never
// are: their digests would be compared with an adapter they do not describe.
func chooseFile(files []object, stem string) object {
	if f := fileNamed(files, stem); f != nil {
		return f
	}
	var models []object
	for _, f := range files {
		if t := f.text("type"); t == "" || strings.EqualFold(t, "Model") || strings.EqualFold(t, "Pruned Model") {
			models = append(models, f)
		}
	}
	return primaryOf(models)
}

func fileNamed(files []object, stem string) object {
	for _, f := range files {
		name := f.text("name")
		if stem != "" && strings.EqualFold(strings.TrimSuffix(name, path.Ext(name)), stem) {
			return f
		}
	}
	return nil
}

// primaryOf returns the first file marked as primary, else the largest.
func primaryOf(files []object) object {
	var best object
	bestSize := math.Inf(-1)
	for _, f := range files {
		if primary := f.flag("primary"); primary != nil && *primary {
			return f
		}
		size := 0.0
		if kb := f.number("sizeKB"); kb != nil {
			size = *kb
		}
		if size > bestSize {
			best, bestSize = f, size
		}
	}
	return best
}

func primaryFile(f object) *File {
	out := &File{
		Name:        f.text("name"),
		DownloadURL: f.link("downloadUrl"),
		SHA256:      f.object("hashes").text("SHA256"),
	}
	if kb := f.number("sizeKB"); kb != nil && math.Abs(*kb) < 1<<53 {
		rounded := int(math.RoundToEven(*kb))
		out.SizeKB = &rounded
	}
	return out
}

// digests keeps what has the form of its kind; the rest is noise.
func digests(hashes object) map[string]string {
	var out map[string]string
	for _, d := range digestKinds {
		value := strings.TrimPrefix(strings.ToLower(hashes.text(d.key)), "0x")
		for _, n := range d.lengths {
			if isHex(value, n) {
				if out == nil {
					out = map[string]string{}
				}
				out[d.kind] = value
			}
		}
	}
	return out
}

func stats(o object) map[string]any {
	sub := o.object("stats")
	if len(sub) == 0 {
		return nil
	}
	cleaned, _ := cleanTree(map[string]any(sub)).(map[string]any)
	return cleaned
}

func level(o object, key string) *int {
	f := o.number(key)
	if f == nil || *f < 0 || *f > 1<<20 {
		return nil
	}
	n := int(*f)
	return &n
}

// nsfwOf reads the old yes-or-no mark. Yes becomes R, the mildest level that a
// "safe only" view hides; no means only that nobody marked it.
func nsfwOf(o object) *int {
	marked := o.flag("nsfw")
	if marked == nil {
		marked = o.flag("Nsfw")
	}
	if marked == nil || !*marked {
		return nil
	}
	restricted := 4
	return &restricted
}

func civitaiPage(model, version int64) string {
	switch {
	case model <= 0:
		return ""
	case version <= 0:
		return fmt.Sprintf("https://civitai.com/models/%d", model)
	}
	return fmt.Sprintf("https://civitai.com/models/%d?modelVersionId=%d", model, version)
}

// knownBase drops the words programs write when they know nothing.
func knownBase(s string) string {
	switch strings.ToLower(s) {
	case "unknown", "other", "none", "null":
		return ""
	}
	return s
}

func joinTexts(a, b string) string {
	if a == "" || b == "" || a == b {
		return firstText(a, b)
	}
	return cut(a+"\n\n"+b, maxText)
}

func firstText(texts ...string) string {
	for _, s := range texts {
		if s != "" {
			return s
		}
	}
	return ""
}
