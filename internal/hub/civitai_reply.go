package hub

import (
	"cmp"
	"fmt"
	"math"
	"net/url"
	"slices"
	"strings"
	"time"

	"loramanager/internal/lora"
)

// model reads a model with its versions, newest first.
func (c *civitai) model(o object) (lora.HubModel, bool) {
	m := lora.HubModel{Hub: c.name, ModelID: o.id("id"), Name: o.text("name"), Versions: []lora.HubVersion{}, FetchedAt: time.Now().UTC().Truncate(time.Microsecond)}
	for _, item := range o.objects("modelVersions", maxVersions) {
		if item.id("modelId") == "" {
			item["modelId"] = o["id"]
		}
		if v := c.version(item, o); v != nil {
			m.Versions = append(m.Versions, *v)
		}
	}
	newestFirst(m.Versions)
	return m, m.ModelID != ""
}

// newestFirst orders versions by when they were published; those without a date stay where
// the hub has put them.
func newestFirst(versions []lora.HubVersion) {
	slices.SortStableFunc(versions, func(a, b lora.HubVersion) int {
		if a.PublishedAt == nil || b.PublishedAt == nil {
			return 0
		}
		return cmp.Compare(b.PublishedAt.UnixMicro(), a.PublishedAt.UnixMicro())
	})
}

// version reads a version; nil when it does not say which it is.
func (c *civitai) version(o, model object) *lora.HubVersion {
	v := &lora.HubVersion{
		Hub: c.name, ModelID: o.id("modelId"), VersionID: o.id("id"),
		ModelName: model.text("name"), Name: o.text("name"), Type: model.text("type"), BaseModel: o.text("baseModel"),
		Description:  description(model.html("description"), o.html("description")),
		TrainedWords: o.texts("trainedWords"), Tags: model.texts("tags"),
		Creator:   first(model.object("creator").text("username"), o.object("creator").text("username")),
		Licence:   licence(model),
		NSFWLevel: nsfwLevel(o, model), PublishedAt: o.when("publishedAt"),
		AIR: o.text("air"), Downloads: o.object("stats").whole("downloadCount"), Rating: rating(o.object("stats")),
	}
	if v.VersionID == "" || v.ModelID == "" {
		return nil
	}
	if v.PublishedAt == nil {
		v.PublishedAt = o.when("createdAt")
	}
	v.PageURL = fmt.Sprintf("%s/models/%s?modelVersionId=%s", c.base, url.PathEscape(v.ModelID), url.QueryEscape(v.VersionID))
	v.Files = c.files(o)
	v.Images = exampleImages(o)
	c.judge(v, o)
	return v
}

// description joins what is said of the model and of the version.
func description(model, version string) string {
	if model == "" || version == "" || model == version {
		return first(model, version)
	}
	return model + "\n" + version
}

// judge says whether the version can be downloaded.
func (c *civitai) judge(v *lora.HubVersion, o object) {
	v.EarlyAccess = o.when("earlyAccessEndsAt")
	if v.EarlyAccess == nil {
		v.EarlyAccess = o.when("earlyAccessDeadline")
	}
	if v.EarlyAccess != nil && !v.EarlyAccess.After(time.Now()) {
		v.EarlyAccess = nil
	}
	usage := o.text("usageControl")
	switch {
	case usage != "" && !strings.EqualFold(usage, "Download"):
		v.Why = "Its author allows this version to be used on " + c.title + " only, not to be downloaded."
	case v.EarlyAccess != nil && c.token == "":
		v.Why = "It is in early access until " + v.EarlyAccess.Format("2 January 2006") + ". Whoever bought access can download it with a token."
	case len(v.Files) == 0:
		v.Why = "The hub lists no file for this version."
	}
	v.Downloadable = v.Why == ""
}

func licence(model object) *lora.Licence {
	if model["allowNoCredit"] == nil && model["allowCommercialUse"] == nil && model["allowDerivatives"] == nil && model["allowDifferentLicense"] == nil {
		return nil
	}
	return &lora.Licence{
		NoCredit: model.flag("allowNoCredit"), CommercialUse: commercial(model),
		Derivatives: model.flag("allowDerivatives"), DifferentLicence: model.flag("allowDifferentLicense"),
	}
}

// commercial reads the uses, which older answers write as "{Image,Rent}".
func commercial(model object) []string {
	uses := []string{}
	for _, use := range model.texts("allowCommercialUse") {
		for part := range strings.SplitSeq(strings.Trim(use, "{}"), ",") {
			if part = strings.Trim(part, `" `); part != "" {
				uses = append(uses, part)
			}
		}
	}
	return uses
}

// nsfwLevel reads the level, a set of bits; the old yes becomes R.
func nsfwLevel(o, model object) int {
	const restricted = 4
	level := max(o.whole("nsfwLevel"), 0)
	switch {
	case level > 0 && level <= 255:
		return level
	case model.flag("nsfw"):
		return restricted
	}
	return 0
}

func rating(stats object) float64 {
	r := stats.number("rating")
	if r < 0 || r > 5 {
		return 0
	}
	return r
}

func (c *civitai) files(o object) []lora.HubFile {
	files := []lora.HubFile{}
	for _, item := range o.objects("files", maxFiles) {
		kb := item.number("sizeKB")
		if kb < 0 || kb > 1<<40 {
			kb = 0
		}
		f := lora.HubFile{
			ID: item.id("id"), Name: item.fileName("name"), Type: item.text("type"), SizeBytes: int64(math.Round(kb * 1024)),
			Format: item.object("metadata").text("format"), Primary: item.flag("primary"),
			Digests: item.digests("hashes"), Scan: scans(item), URL: item.link("downloadUrl"),
		}
		if f.URL == "" && o.id("id") != "" {
			f.URL = c.base + "/api/download/models/" + url.PathEscape(o.id("id"))
		}
		files = append(files, f)
	}
	return files
}

func scans(file object) string {
	var said []string
	for _, scan := range []struct{ key, name string }{{"virusScanResult", "virus scan"}, {"pickleScanResult", "pickle scan"}} {
		if result := file.text(scan.key); result != "" {
			said = append(said, scan.name+": "+result)
		}
	}
	return strings.Join(said, ", ")
}

func exampleImages(o object) []lora.HubImage {
	list := []lora.HubImage{}
	for _, item := range o.objects("images", maxImages) {
		address := item.link("url")
		if address == "" {
			continue
		}
		prompt, _ := item.object("meta")["prompt"].(string)
		list = append(list, lora.HubImage{
			URL: address, Width: item.whole("width"), Height: item.whole("height"),
			NSFWLevel: min(item.whole("nsfwLevel"), 255), Video: strings.EqualFold(item.text("type"), "video"),
			Prompt: cut(strings.ToValidUTF8(strings.ReplaceAll(prompt, "\x00", ""), "\ufffd"), maxPrompt),
		})
	}
	return list
}
