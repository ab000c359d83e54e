package sidecar

// modelFields are the top-level keys of a model that have a field of their own; all
// others are kept in Extra.
var modelFields = []string{
	"name", "version", "description", "creator", "tags", "weight", "default_weight", "modelVersions",
	"supportsGeneration", "sd version", "nsfwLevel", "activation text", "stats",
}

// readModel reads a whole model with its versions: SD.Next's file, and that of this
// program's first version, which adds a few keys. A weight of 0 is what it says.
func (s *Sidecar) readModel(o object, stem string) {
	if versions := o.objects("modelVersions"); len(versions) > 0 {
		s.readModelVersion(versions, stem)
	}
	s.Name = firstText(o.text("name"), clean(stem))
	s.Version = firstText(s.Version, o.text("version"))
	s.Description = firstText(o.text("description"), s.Description)
	s.Author = o.object("creator").text("username")
	s.Tags = o.texts("tags")
	if s.Weight = o.number("weight"); s.Weight == nil {
		s.Weight = o.number("default_weight")
	}
	s.SupportsGeneration = o.flag("supportsGeneration")
	s.BaseModel = firstText(knownBase(o.text("sd version")), s.BaseModel)
	s.ActivationText = o.text("activation text")
	s.NegativeText = o.text("negative text")
	if n := level(o, "nsfwLevel"); n != nil {
		s.NSFWLevel = n
	} else if s.NSFWLevel == nil {
		s.NSFWLevel = nsfwOf(o)
	}
	if own := stats(o); own != nil {
		s.Stats = own
	}
	s.ModelID = o.integer("id")
	s.SourceURL = civitaiPage(s.ModelID, s.VersionID)
	s.Extra = extra(o)
}

// readModelVersion reads one of the versions. In a Prototype file that is always the
// first, with its primary file; elsewhere the one that has a file of the sidecar's name.
func (s *Sidecar) readModelVersion(versions []object, stem string) {
	chosen := versions[0]
	if s.Format != Prototype {
		for _, v := range versions {
			if fileNamed(v.objects("files"), stem) != nil {
				chosen = v
				break
			}
		}
	}
	s.Version = chosen.text("name")
	s.readVersionFacts(chosen, stem)
	if s.Format == Prototype {
		s.setFile(primaryOf(chosen.objects("files")))
	} else {
		s.Description = chosen.text("description")
	}
}

func extra(o object) map[string]any {
	rest := make(map[string]any, len(o))
	for key, value := range o {
		rest[key] = value
	}
	for _, key := range modelFields {
		delete(rest, key)
	}
	if len(rest) == 0 {
		return nil
	}
	cleaned, _ := cleanTree(rest).(map[string]any)
	return cleaned
}
