package infotext

// readInvoke reads InvokeAI's metadata: loras with one weight each, {model or lora, weight}.
func readInvoke(o object) (Facts, bool) {
	_, hasPrompt := o["positive_prompt"]
	if !hasPrompt && o["generation_mode"] == nil {
		return Facts{}, false
	}
	f := Facts{Producer: InvokeAI, Prompt: textOf(o["positive_prompt"]), Negative: textOf(o["negative_prompt"])}
	f.setSteps(o["steps"])
	f.setCFG(o["cfg_scale"])
	f.setSeed(o["seed"])
	f.setSize(o["width"], o["height"])
	f.setSampler(o["scheduler"]) // what it calls a scheduler others call a sampler
	f.setModel(modelName(o["model"]))
	f.setVAE(modelName(o["vae"]))
	f.setClipSkip(o["clip_skip"])
	f.setDenoising(o["strength"])
	for _, entry := range listOf(o["loras"]) {
		l := objectOf(entry)
		model := first(l, "model", "lora")
		use := FoundUse{Name: modelName(model), Weight: weightOf(l["weight"]), Source: FromModels}
		use.claim(textOf(objectOf(model)["hash"]))
		f.addUse(use)
	}
	return f, true
}

// modelName reads a model that is an object with a name, or the name itself.
func modelName(value any) string {
	if o := objectOf(value); o != nil {
		return short(first(o, "name", "model_name"))
	}
	return short(value)
}
