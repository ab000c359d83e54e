package engine

import (
	"strings"
)

// samplerSpellings are further names of samplers whose plain spellings differ.
var samplerSpellings = map[string]string{
	"eulera": "eulerancestral", "dpm2a": "dpm2ancestral", "dpmpp2sa": "dpmpp2sancestral",
	"heun2": "heunpp2", "k_euler": "euler",
}

// schedulersInNames are schedulers that older programs write behind the sampler.
var schedulersInNames = []string{"karras", "exponential", "polyexponential", "sgmuniform", "simple", "beta", "normal"}

// plainSampler takes out of the name of a sampler what programs spell differently:
// "DPM++ 2M SDE" and "dpmpp_2m_sde" are one.
func plainSampler(name string) string {
	name = strings.ReplaceAll(strings.ToLower(name), "++", "pp")
	plain := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, name)
	plain = strings.TrimPrefix(plain, "sample")
	if other, ok := samplerSpellings[plain]; ok {
		return other
	}
	return plain
}

// findSampler finds the engine's own name of a sampler in its list: written alike,
// spelled alike, or followed by a scheduler, which is returned as well.
func findSampler(list []string, name string) (sampler, scheduler string, ok bool) {
	if sampler, ok := offered(list, name); ok {
		return sampler, "", true
	}
	plain := plainSampler(name)
	for _, listed := range list {
		if plainSampler(listed) == plain {
			return listed, "", true
		}
	}
	for _, end := range schedulersInNames {
		stem, cut := strings.CutSuffix(plain, end)
		if !cut || stem == "" {
			continue
		}
		for _, listed := range list {
			if plainSampler(listed) == plainSampler(stem) {
				return listed, end, true
			}
		}
	}
	return "", "", false
}

// findScheduler finds the engine's own name of a scheduler in its list.
func findScheduler(list []string, name string) (string, bool) {
	if listed, ok := offered(list, name); ok {
		return listed, true
	}
	for _, listed := range list {
		if plainSampler(listed) == plainSampler(name) {
			return listed, true
		}
	}
	return "", false
}

// offered finds a name in an engine's list, if need be in other letter case, or a model
// without the "[hash]" or the extension that lists show behind it.
func offered(list []string, name string) (string, bool) {
	for _, listed := range list {
		if listed == name {
			return listed, true
		}
	}
	for _, listed := range list {
		if strings.EqualFold(listed, name) || strings.EqualFold(bareModel(listed), bareModel(name)) {
			return listed, true
		}
	}
	return "", false
}

var modelEndings = []string{".safetensors", ".ckpt", ".gguf", ".pth", ".pt", ".sft", ".bin"}

// bareModel is a model's name without " [hash]" and without its extension.
func bareModel(name string) string {
	if at := strings.LastIndex(name, " ["); at > 0 && strings.HasSuffix(name, "]") {
		name = name[:at]
	}
	for _, end := range modelEndings {
		name = strings.TrimSuffix(name, end)
	}
	return strings.ReplaceAll(name, `\`, "/")
}
