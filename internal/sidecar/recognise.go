package sidecar

import "strings"

// foreign are keys of well-known JSON files that are not about an adapter. They win
// over weak signs such as "name" and "tags".
var foreign = []string{
	"nodes", "links", "last_node_id", "class_type", // workflows
	"dependencies", "devDependencies", "scripts", "$schema", "compilerOptions", // programs
	"_class_name", "architectures", "_name_or_path", "peft_type", "added_tokens", // model configurations
	"sui_image_params", "sampler_name", "steps", // pictures
}

// recognise tells the format from the file name and, where several programs use the
// same name, from the keys.
func recognise(lowerName string, o object) (Format, bool) {
	switch {
	case strings.HasSuffix(lowerName, ".civitai.info"):
		return Civitai, true
	case strings.HasSuffix(lowerName, ".cm-info.json"):
		return StabilityMatrix, o.hasAny("ModelId", "ModelName", "VersionId", "VersionName", "Hashes", "TrainedWords", "UserTitle")
	case strings.HasSuffix(lowerName, ".swarm.json"):
		return SwarmUI, isSwarm(o)
	case strings.HasSuffix(lowerName, ".metadata.json") && o.hasAny("file_name", "model_name", "file_path", "sha256", "civitai", "usage_tips", "from_civitai"):
		return LoraManager, true
	}
	return recogniseJSON(o)
}

// recogniseJSON judges a plain X.json by its content alone.
func recogniseJSON(o object) (Format, bool) {
	versions, hasVersions := o["modelVersions"].([]any)
	hasVersions = hasVersions && len(versions) > 0
	ours := o.hasAny("supportsGeneration", "default_weight")
	userText := o.hasAny("activation text", "preferred weight", "negative text", "sd version")
	switch {
	case hasVersions && o.integer("id") != 0 && o.text("type") != "" && !ours && !userText:
		return SDNext, true
	case hasVersions || ours:
		return Prototype, true
	case o.hasAny("modelId") && o.hasAny("trainedWords", "files", "baseModel"):
		return Civitai, true
	case userText && o.hasAny("name", "creator", "weight", "nsfwLevel"):
		return Prototype, true
	case userText:
		return A1111, true
	case o.hasAny(foreign...):
		return "", false
	case o.text("name") != "" && o.hasAny("weight", "tags", "creator", "stats", "nsfwLevel"):
		return Prototype, true
	case o.hasOnly("description", "notes", "activation text", "preferred weight", "negative text", "sd version"):
		return A1111, true
	}
	return "", false
}

func isSwarm(o object) bool {
	for key := range o {
		if strings.HasPrefix(key, "modelspec.") {
			return true
		}
	}
	return o.hasAny("title", "trigger_phrase", "usage_hint", "author", "description")
}
