package sample

import (
	"encoding/json"
	"fmt"
	"strconv"
	"time"
)

// metadata is what the trainer wrote into the file.
func (c *character) metadata() map[string]string {
	switch c.trainer {
	case "kohya":
		return c.kohya()
	case "onetrainer":
		return map[string]string{
			"ot_branch": "master", "ot_revision": fmt.Sprintf("%07x", c.rng.Uint32()>>4),
			"modelspec.architecture": c.base.spec, "modelspec.title": c.stem, "modelspec.date": c.trained.Format("2006-01-02"),
		}
	case "ai-toolkit":
		m := map[string]string{
			"software":      `{"name": "ai-toolkit", "repo": "https://github.com/ostris/ai-toolkit", "version": "0.1.0"}`,
			"training_info": fmt.Sprintf(`{"step": %d, "epoch": %d}`, 500*(1+c.rng.IntN(8)), 1+c.rng.IntN(10)),
			"name":          c.stem, "format": "pt",
		}
		if c.base.kohya != "" {
			m["ss_base_model_version"] = c.base.kohya
		}
		return c.padded(m)
	}
	return c.padded(map[string]string{})
}

func (c *character) kohya() map[string]string {
	epochs := 4 + c.rng.IntN(16)
	images := 20 + c.rng.IntN(200)
	m := map[string]string{
		"ss_output_name": c.stem, "ss_network_module": "networks.lora", "ss_network_dim": strconv.FormatInt(c.rank, 10),
		"ss_network_alpha": strconv.FormatFloat(c.alpha, 'f', -1, 64), "ss_learning_rate": "0.0001", "ss_unet_lr": "0.0001",
		"ss_optimizer": "bitsandbytes.optim.adamw.AdamW8bit", "ss_lr_scheduler": "cosine",
		"ss_epoch": strconv.Itoa(epochs), "ss_num_epochs": strconv.Itoa(epochs), "ss_steps": strconv.Itoa(epochs * images),
		"ss_max_train_steps": strconv.Itoa(epochs * images), "ss_num_train_images": strconv.Itoa(images),
		"ss_resolution": "(1024, 1024)", "ss_mixed_precision": "bf16", "ss_seed": strconv.Itoa(c.rng.IntN(1 << 30)),
		"ss_training_started_at":  strconv.FormatFloat(float64(c.trained.Unix()), 'f', 1, 64),
		"ss_training_finished_at": strconv.FormatFloat(float64(c.trained.Add(time.Hour).Unix()), 'f', 1, 64),
		"ss_sd_model_name":        c.modelName(),
	}
	if c.kind != "lora" {
		m["ss_network_module"] = "lycoris.kohya"
		m["ss_network_args"] = fmt.Sprintf(`{"algo": %q}`, c.kind)
	}
	if c.base.kohya != "" {
		m["ss_base_model_version"] = c.base.kohya
	}
	if c.base.spec != "" {
		m["modelspec.architecture"], m["modelspec.title"] = c.base.spec, c.name
		m["modelspec.date"], m["modelspec.sai_model_spec"] = c.trained.Format("2006-01-02T15:04:05"), "1.0.0"
		m["modelspec.trigger_phrase"] = c.trigger
		m["modelspec.author"] = c.author
	}
	m["ss_tag_frequency"] = c.tagFrequency(images, 0)
	return c.padded(m)
}

func (c *character) modelName() string {
	switch c.base.label {
	case "Illustrious":
		return "Illustrious-XL-v0.1.safetensors"
	case "Pony":
		return "ponyDiffusionV6XL.safetensors"
	}
	return c.base.id + ".safetensors"
}

// captionTags are ordinary words of captions.
var captionTags = []string{
	"solo", "looking at viewer", "outdoors", "sky", "cloud", "smile", "simple background", "white background", "short hair", "long hair", "standing",
	"upper body", "night", "day", "water", "tree", "flower", "hat", "window", "indoors", "from side", "full body", "closed mouth", "blue eyes",
	"brown hair", "holding", "sitting", "no humans", "scenery", "building", "grass", "mountain", "sunset", "depth of field", "bokeh", "city lights",
}

// tagFrequency counts the words of made-up captions; extra adds rare ones, as large
// sets of pictures have them.
func (c *character) tagFrequency(images, extra int) string {
	tags := map[string]int{c.trigger: images}
	for _, tag := range c.subject.tags {
		tags[tag] = images/2 + c.rng.IntN(images/2)
	}
	for range 12 {
		tags[pick(c.rng, captionTags)] = 1 + c.rng.IntN(images)
	}
	for i := range extra {
		tags[fmt.Sprintf("%s %s %d", pick(c.rng, captionTags), pick(c.rng, captionTags), i)] = 1 + c.rng.IntN(3)
	}
	text, err := json.Marshal(map[string]map[string]int{fmt.Sprintf("%d_%s", 1+c.rng.IntN(10), c.trigger): tags})
	if err != nil {
		return "{}" // maps of numbers can always be written
	}
	return string(text)
}

// padded adds captions until the header has about the wished length.
func (c *character) padded(m map[string]string) map[string]string {
	const perTag = 38
	if left := c.header * 4 / 10; left > 1024 {
		m["ss_tag_frequency"] = c.tagFrequency(100, left/perTag)
	}
	return m
}
