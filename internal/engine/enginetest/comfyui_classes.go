package enginetest

import (
	"fmt"
	"slices"
)

// The samplers, schedulers and ways of enlarging a fake ComfyUI lists.
var (
	comfySamplers   = []string{"euler", "euler_ancestral", "dpmpp_2m", "dpmpp_2m_sde", "uni_pc"}
	comfySchedulers = []string{"normal", "karras", "simple", "ddim_uniform", "sgm_uniform"}
	comfyLatent     = []string{"nearest-exact", "bilinear", "area", "bicubic", "bislerp"}
)

type object = map[string]any

// classes are the nodes it knows, as /object_info tells of them.
func (f *ComfyUI) classes() object {
	o := f.options
	link := func(kind string) []any { return []any{kind} }
	choice := func(list []string) []any { return []any{list} }
	number := func(usual any) []any { return []any{"FLOAT", object{"default": usual}} }
	whole := func(usual any) []any { return []any{"INT", object{"default": usual}} }
	text := []any{"STRING", object{"multiline": true}}
	required := func(inputs object) object { return object{"input": object{"required": inputs}} }
	latents := link("LATENT")
	images := link("IMAGE")
	return object{
		"CheckpointLoaderSimple": required(object{"ckpt_name": choice(o.Models)}),
		"LoraLoader": required(object{
			"model": link("MODEL"), "clip": link("CLIP"), "lora_name": choice(o.LoRAs),
			"strength_model": number(1.0), "strength_clip": number(1.0),
		}),
		"LoraLoaderModelOnly": required(object{"model": link("MODEL"), "lora_name": choice(o.LoRAs), "strength_model": number(1.0)}),
		"CLIPSetLastLayer":    required(object{"clip": link("CLIP"), "stop_at_clip_layer": whole(-1)}),
		"CLIPTextEncode":      required(object{"text": text, "clip": link("CLIP")}),
		// The newer form of a list of choices.
		"VAELoader":        required(object{"vae_name": []any{"COMBO", object{"options": o.VAEs}}}),
		"VAEEncode":        required(object{"pixels": images, "vae": link("VAE")}),
		"VAEDecode":        required(object{"samples": latents, "vae": link("VAE")}),
		"EmptyLatentImage": required(object{"width": whole(512), "height": whole(512), "batch_size": whole(1)}),
		"VAEEncodeForInpaint": required(object{
			"pixels": images, "vae": link("VAE"), "mask": link("MASK"), "grow_mask_by": whole(6),
		}),
		"SetLatentNoiseMask": required(object{"samples": latents, "mask": link("MASK")}),
		"LatentUpscaleBy":    required(object{"samples": latents, "upscale_method": choice(comfyLatent), "scale_by": number(1.5)}),
		"KSampler": required(object{
			"model": link("MODEL"), "seed": whole(0), "steps": whole(20), "cfg": number(8.0),
			"sampler_name": choice(comfySamplers), "scheduler": choice(comfySchedulers),
			"positive": link("CONDITIONING"), "negative": link("CONDITIONING"), "latent_image": latents, "denoise": number(1.0),
		}),
		"LoadImage":     required(object{"image": []any{[]string{}, object{"image_upload": true}}}),
		"LoadImageMask": required(object{"image": []any{[]string{}, object{"image_upload": true}}, "channel": choice([]string{"alpha", "red"})}),
		"ImageScale": required(object{
			"image": images, "upscale_method": choice([]string{"nearest-exact", "bilinear", "area", "bicubic", "lanczos"}),
			"width": whole(512), "height": whole(512), "crop": choice([]string{"disabled", "center"}),
		}),
		"ImageBlur":            required(object{"image": images, "blur_radius": whole(1), "sigma": number(1.0)}),
		"ImageToMask":          required(object{"image": images, "channel": choice([]string{"red", "green", "blue", "alpha"})}),
		"InvertMask":           required(object{"mask": link("MASK")}),
		"ImageCompositeMasked": required(object{"destination": images, "source": images, "x": whole(0), "y": whole(0), "resize_source": []any{"BOOLEAN"}}),
		"Canny":                required(object{"image": images, "low_threshold": number(0.4), "high_threshold": number(0.8)}),
		"ControlNetLoader":     required(object{"control_net_name": choice(o.Controls)}),
		"ControlNetApplyAdvanced": required(object{
			"positive": link("CONDITIONING"), "negative": link("CONDITIONING"), "control_net": link("CONTROL_NET"), "image": images,
			"strength": number(1.0), "start_percent": number(0.0), "end_percent": number(1.0),
		}),
		"UpscaleModelLoader":    required(object{"model_name": choice(o.Upscalers)}),
		"ImageUpscaleWithModel": required(object{"upscale_model": link("UPSCALE_MODEL"), "image": images}),
		"SaveImage":             required(object{"images": images, "filename_prefix": []any{"STRING", object{"default": "ComfyUI"}}}),
		"PreviewImage":          required(object{"images": images}),
		"PrimitiveString":       required(object{"value": text}),
	}
}

// validate checks a graph as ComfyUI does. It returns the outputs that can be run, the
// errors of nodes, and the error of the whole, which is nil when anything can be run.
func (f *ComfyUI) validate(prompt object) (outputs []string, broken, refused object) {
	classes := f.classes()
	broken = object{}
	wrong := map[string]bool{}
	for id, node := range prompt {
		class, _ := node.(object)["class_type"].(string)
		known, ok := classes[class].(object)
		if !ok {
			return nil, broken, object{"type": "missing_node_type", "message": fmt.Sprintf("Cannot execute because node %s does not exist.", class), "details": "Node ID '#" + id + "'", "extra_info": object{}}
		}
		if errors := f.checkNode(node.(object), known["input"].(object)["required"].(object)); len(errors) > 0 {
			wrong[id] = true
			broken[id] = object{"errors": errors, "dependent_outputs": []string{}, "class_type": class}
		}
	}
	for id, node := range prompt {
		class := node.(object)["class_type"]
		if (class == "SaveImage" || class == "PreviewImage") && !dependsOn(prompt, id, wrong) {
			outputs = append(outputs, id)
		}
	}
	if len(outputs) == 0 {
		kind, says := "prompt_no_outputs", "Prompt has no outputs"
		if len(broken) > 0 {
			kind, says = "prompt_outputs_failed_validation", "Prompt outputs failed validation"
		}
		return nil, broken, object{"type": kind, "message": says, "details": "", "extra_info": object{}}
	}
	slices.Sort(outputs)
	return outputs, broken, nil
}

func (f *ComfyUI) checkNode(node, declared object) []object {
	var errors []object
	inputs, _ := node["inputs"].(object)
	for name, input := range declared {
		value, ok := inputs[name]
		if !ok {
			errors = append(errors, object{"type": "required_input_missing", "message": "Required input is missing", "details": name, "extra_info": object{"input_name": name}})
			continue
		}
		choices, listed := input.([]any)[0].([]string)
		if parts := input.([]any); len(parts) > 1 && !listed {
			choices, listed = parts[1].(object)["options"].([]string)
		}
		text, isText := value.(string)
		switch {
		case listed && name == "image":
			if f.files["input/"+text] == nil {
				errors = append(errors, object{"type": "custom_validation_failed", "message": "Custom validation failed for node", "details": fmt.Sprintf("image - Invalid image file: %s", text), "extra_info": object{}})
			}
		case listed && isText && !slices.Contains(choices, text):
			errors = append(errors, object{
				"type": "value_not_in_list", "message": "Value not in list", "details": fmt.Sprintf("%s: '%s' not in %v", name, text, choices),
				"extra_info": object{"input_name": name, "input_config": input, "received_value": text},
			})
		}
	}
	return errors
}

// dependsOn reports whether a node reads, near or far, from one of the others.
func dependsOn(prompt object, id string, others map[string]bool) bool {
	if others[id] {
		return true
	}
	node, _ := prompt[id].(object)
	inputs, _ := node["inputs"].(object)
	for _, value := range inputs {
		if source, ok := linkOf(value); ok && dependsOn(prompt, source, others) {
			return true
		}
	}
	return false
}

// linkOf returns the node an input reads from.
func linkOf(value any) (string, bool) {
	pair, ok := value.([]any)
	if !ok || len(pair) != 2 {
		return "", false
	}
	id, ok := pair[0].(string)
	return id, ok
}
