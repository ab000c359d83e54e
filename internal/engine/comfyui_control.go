package engine

import (
	"cmp"
	"strings"

	"loramanager/internal/lora"
)

// addControls steers the texts by the control pictures, one after the other.
func (b *comfyBuild) addControls() error {
	for _, unit := range b.order.Params.Controls {
		name, err := pick(b.lists.Controls, unit.Model, "control model")
		if err != nil {
			return err
		}
		image := b.load("control image", unit.Image)
		if class := preprocessorClass(unit.Preprocessor); class != "" {
			if image, err = b.preprocess(class, image); err != nil {
				return err
			}
		}
		id := b.graph.add("control", "ControlNetApplyAdvanced", map[string]any{
			"positive": b.positive, "negative": b.negative, "image": image, "vae": b.vae,
			"control_net":   b.add("control model", "ControlNetLoader", map[string]any{"control_net_name": name}),
			"strength":      unit.Weight,
			"start_percent": unit.Start, "end_percent": cmp.Or(unit.End, 1),
		})
		b.positive, b.negative = comfyLink{id, 0}, comfyLink{id, 1}
	}
	return nil
}

// preprocessorClass is the node class of a preprocessor; empty where none is wanted.
func preprocessorClass(name string) string {
	switch strings.ToLower(name) {
	case "", "none":
		return ""
	case "canny":
		return "Canny"
	}
	return name
}

// preprocess adds the node of the preprocessor, whose other inputs keep the defaults the
// engine states for them.
func (b *comfyBuild) preprocess(class string, image comfyLink) (comfyLink, error) {
	declared, ok := b.classes[class]
	if _, takesImage := declared.Input.Required["image"]; !ok || !takesImage {
		return comfyLink{}, failure(lora.EngineNotFound, nil, "The engine has no preprocessor called %s. Name a ComfyUI node that takes an image, such as Canny.", shown(class))
	}
	inputs := map[string]any{"image": image}
	for name, input := range declared.Input.Required {
		if name == "image" {
			continue
		}
		if input.Default == nil && len(input.Choices) > 0 {
			input.Default = input.Choices[0]
		}
		if input.Default == nil {
			return comfyLink{}, failure(lora.EngineRefused, nil, "The preprocessor %s needs its input %s set, which only a workflow can do.", shown(class), shown(name))
		}
		inputs[name] = input.Default
	}
	return b.add("preprocessor", class, inputs), nil
}
