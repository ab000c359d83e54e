package sample

import (
	"encoding/json"
	"fmt"
	"strings"
)

// object is a JSON object.
type object = map[string]any

// sidecar returns the name and content of the JSON file that some tool wrote beside
// the adapter. The tools, and what they know, are those of package sidecar.
func (c *character) sidecar() (name string, data []byte) {
	var suffix string
	var o object
	switch c.format {
	case "civitai":
		suffix, o = ".civitai.info", c.civitaiVersion()
		o["model"] = object{"name": c.name, "type": "LORA", "nsfw": false, "poi": false, "description": c.description(), "tags": c.tags()}
		o["creator"] = object{"username": c.author}
	case "a1111":
		suffix, o = ".json", object{
			"description": "A made-up adapter for trying things out.", "sd version": c.shortBase(), "activation text": c.words()[0],
			"preferred weight": c.weight(), "negative text": "blurry, low quality", "notes": "Works well at low strength.",
		}
	case "lora-manager":
		suffix, o = ".metadata.json", object{
			"file_name": c.stem, "model_name": c.name, "base_model": c.base.label, "tags": c.tags(), "notes": "", "from_civitai": true,
			"favorite": c.rng.IntN(5) == 0, "modelDescription": c.description(), "preview_nsfw_level": 1,
			"usage_tips": fmt.Sprintf(`{"strength": %.2f, "strength_min": 0.4, "strength_max": 1.2}`, c.weight()), "civitai": c.civitaiVersion(),
		}
	case "stability-matrix":
		suffix, o = ".cm-info.json", object{
			"ModelId": 100_000 + c.number, "ModelName": c.name, "ModelDescription": c.description(), "Nsfw": false, "Tags": c.tags(),
			"ModelType": "LORA", "VersionId": 200_000 + c.number, "VersionName": c.version, "BaseModel": c.base.label,
			"TrainedWords": c.words(), "ImportedAt": c.trained, "AuthorUsername": c.author,
		}
	case "swarmui":
		suffix, o = ".swarm.json", object{
			"modelspec.title": c.name, "modelspec.author": c.author, "modelspec.description": c.description(), "modelspec.tags": strings.Join(c.tags(), ", "),
			"modelspec.trigger_phrase": c.words()[0], "modelspec.usage_hint": "Use it with short prompts.", "modelspec.date": c.trained.Format("2006-01-02"),
		}
	case "sdnext":
		suffix, o = ".json", object{
			"id": 100_000 + c.number, "name": c.name, "type": "LORA", "description": c.description(), "tags": c.tags(), "nsfw": false,
			"creator": object{"username": c.author}, "modelVersions": []object{c.civitaiVersion()},
		}
	default: // the prototype
		suffix, o = ".json", object{
			"name": c.name, "version": c.version, "description": c.description(), "creator": object{"username": c.author}, "tags": c.tags(),
			"weight": c.weight(), "supportsGeneration": true, "sd version": c.shortBase(), "nsfwLevel": 1, "activation text": c.words()[0],
			"modelVersions": []object{c.civitaiVersion()},
		}
	}
	data, err := json.MarshalIndent(o, "", "  ")
	if err != nil {
		data = []byte("{}") // texts and numbers can always be written
	}
	return c.stem + suffix, data
}

// civitaiVersion is one version of a model as the site's API describes it.
func (c *character) civitaiVersion() object {
	return object{
		"id": 200_000 + c.number, "modelId": 100_000 + c.number, "name": c.version, "baseModel": c.base.label, "trainedWords": c.words(),
		"publishedAt": c.trained.Format("2006-01-02T15:04:05.000Z"), "nsfwLevel": 1, "stats": object{"downloadCount": c.rng.IntN(50_000), "thumbsUpCount": c.rng.IntN(3000)},
		"files": []object{{"name": c.fileName(), "type": "Model", "primary": true, "sizeKB": float64(64 + c.rng.IntN(400))}},
	}
}

func (c *character) words() []string {
	words := []string{c.trigger}
	if c.rng.IntN(2) == 0 {
		words = append(words, c.subject.tags[0])
	}
	return words
}

func (c *character) tags() []string {
	tags := append([]string{}, c.subject.tags...)
	return append(tags, strings.ToLower(strings.Fields(c.name)[0]), pick(c.rng, captionTags))
}

func (c *character) weight() float64 { return float64(4+c.rng.IntN(8)) / 10 }

func (c *character) description() string {
	return fmt.Sprintf("<p><b>%s</b> is a made-up adapter. Start with the word <code>%s</code> and a strength of %.1f.</p><ul><li>Base model: %s</li><li>Subject: %s</li></ul>",
		c.name, c.trigger, c.weight(), c.base.label, strings.ToLower(c.subject.folder))
}

// shortBase is the base model in the few words the A1111 family knows.
func (c *character) shortBase() string {
	switch c.base.id {
	case "sd1":
		return "SD1"
	case "sdxl":
		return "SDXL"
	}
	return "Unknown"
}
