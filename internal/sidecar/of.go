package sidecar

import (
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"loramanager/internal/lora"
)

// Of returns what a sidecar can say about an adapter of the catalog. computed are the
// digests of its file, claims those somebody stated; computed ones win.
func Of(a *lora.Adapter, computed map[string]string, claims []lora.Claim) *Sidecar {
	s := &Sidecar{
		Name: a.Name, Version: text(a.Version), Description: text(a.Description), Author: text(a.AuthorUsername), Tags: slices.Clone(a.Tags),
		TrainedWords: slices.Clone(a.TrainedWords), ActivationText: text(a.ActivationText), NegativeText: text(a.NegativeText),
		WeightMin: a.WeightMin, WeightMax: a.WeightMax, Notes: a.Notes, SourceURL: text(a.SourceURL), PublishedAt: a.PublishedAt,
		Stats: maps.Clone(a.Stats), Digests: map[string]string{},
	}
	for _, word := range a.Triggers { // those the user added come after those it was trained with
		if !slices.Contains(s.TrainedWords, word) {
			s.TrainedWords = append(s.TrainedWords, word)
		}
	}
	if a.Sources["weight"] != "" || a.Weight != 1 {
		weight := a.Weight
		s.Weight = &weight
	}
	if s.BaseModel = text(a.SDVersion); s.BaseModel == "" && a.BaseModel != lora.UnknownBase {
		s.BaseModel = a.BaseModel
	}
	if a.NSFWLevel > 0 {
		level := a.NSFWLevel
		s.NSFWLevel = &level
	}
	if a.Favorite || a.Sources["favorite"] != "" {
		favorite := a.Favorite
		s.Favorite = &favorite
	}
	if a.Rating > 0 {
		rating := a.Rating
		s.Rating = &rating
	}
	if a.SupportsGeneration {
		yes := true
		s.SupportsGeneration = &yes
	}
	for _, c := range claims {
		s.Digests[c.Kind] = c.Value
	}
	maps.Copy(s.Digests, computed)
	if u := text(a.PrimaryFileDownloadURL); u != "" {
		s.PrimaryFile = &File{Name: a.FileName, DownloadURL: u}
	}
	s.ModelID, s.VersionID = civitaiIDs(s.SourceURL)
	return s
}

func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// civitaiIDs reads a model's and a version's id out of the address of a Civitai page.
func civitaiIDs(page string) (model, version int64) {
	u, err := url.Parse(page)
	if err != nil || u.Hostname() != "civitai.com" && u.Hostname() != "civitai.red" {
		return 0, 0
	}
	rest, ok := strings.CutPrefix(u.Path, "/models/")
	if !ok {
		return 0, 0
	}
	first, _, _ := strings.Cut(rest, "/")
	model, err = strconv.ParseInt(first, 10, 53)
	if err != nil || model <= 0 {
		return 0, 0
	}
	version, err = strconv.ParseInt(u.Query().Get("modelVersionId"), 10, 53)
	if err != nil || version < 0 {
		version = 0
	}
	return model, version
}
