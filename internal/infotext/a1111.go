package infotext

import (
	"slices"
	"strings"
	"unicode/utf8"
)

const (
	// minPairs is how many pairs a last line must have to be one of parameters.
	minPairs       = 3
	negativePrefix = "Negative prompt:"
	// sdnextLimit is where SD.Next cuts a text, in characters.
	sdnextLimit = 30_000
)

// isParameters reports whether text has a line of parameters in A1111's form.
func isParameters(text string) bool {
	_, _, found := parametersLine(strings.Split(strings.TrimSpace(text), "\n"))
	return found
}

// parametersLine finds the line of parameters: the last one, or the last that begins with
// Steps where a tool has added lines behind it. A line of fewer pairs belongs to the
// prompt. at is the number of the line.
func parametersLine(lines []string) (pairs []pair, at int, found bool) {
	for at := len(lines) - 1; at >= max(0, len(lines)-8); at-- {
		line := strings.TrimSpace(lines[at])
		if at < len(lines)-1 && !strings.HasPrefix(line, "Steps:") {
			continue
		}
		if pairs, _ := pairsOf(line); len(pairs) >= minPairs {
			return pairs, at, true
		}
	}
	return nil, len(lines), false
}

// readA1111 reads the text that A1111 and its relatives write: prompt, negative prompt,
// one line of parameters.
func readA1111(text string) Facts {
	f := Facts{Raw: text}
	lines := strings.Split(strings.TrimSpace(text), "\n")
	pairs, at, found := parametersLine(lines)
	var prompt, negative []string
	inNegative := false
	for _, line := range lines[:at] {
		line = strings.TrimSpace(line)
		if rest, is := strings.CutPrefix(line, negativePrefix); is {
			line, inNegative = strings.TrimSpace(rest), true
		}
		if inNegative {
			negative = append(negative, line)
		} else {
			prompt = append(prompt, line)
		}
	}
	f.Prompt = strings.TrimSpace(strings.Join(prompt, "\n"))
	f.Negative = strings.TrimSpace(strings.Join(negative, "\n"))
	_, cut := pairsOf(lines[len(lines)-1])
	f.Truncated = found && cut || utf8.RuneCountInString(text) == sdnextLimit
	if !found {
		return f
	}
	for _, line := range lines[at+1:] {
		more, _ := pairsOf(line)
		pairs = append(pairs, more...)
	}
	f.readPairs(pairs)
	f.Producer = producerOf(pairs)
	return f
}

// readPairs takes over the parameters.
func (f *Facts) readPairs(pairs []pair) {
	for _, p := range pairs {
		switch strings.ToLower(p.key) {
		case "steps":
			f.setSteps(p.value)
		case "sampler":
			f.setSampler(p.value)
		case "schedule type", "scheduler":
			f.setScheduler(p.value)
		case "cfg scale":
			f.setCFG(p.value)
		case "seed":
			f.setSeed(p.value)
		case "size":
			width, height, _ := strings.Cut(p.value, "x")
			f.setSize(width, height)
		case "model":
			f.setModel(p.value)
		case "vae":
			f.setVAE(p.value)
		case "clip skip":
			f.setClipSkip(p.value)
		case "denoising strength":
			f.setDenoising(p.value)
		case "mask blur":
			f.setMaskBlur(p.value)
		}
	}
	f.readHires(pairs)
	f.readAdapters(pairs)
}

// producerOf tells who has written the pairs; A1111's form without a sign is A1111's.
func producerOf(pairs []pair) Producer {
	for _, p := range pairs {
		value := strings.ToLower(p.value)
		switch strings.ToLower(p.key) {
		case "app":
			if strings.HasPrefix(value, "sd.next") || value == "sdnext" {
				return SDNext
			}
		case "version":
			for _, sign := range []struct {
				word string
				by   Producer
			}{
				{"lora manager", LoRAManager}, {"stable-diffusion.cpp", SDCpp}, {"comfyui", ComfyUI}, {"fooocus", Fooocus},
				{"sd.next", SDNext}, {"stabilitymatrix", StabilityMatrix},
			} {
				if strings.Contains(value, sign.word) {
					return sign.by
				}
			}
			if strings.HasPrefix(value, "f") { // f2.0.1v1.10.1-...
				return Forge
			}
		}
	}
	if slices.ContainsFunc(pairs, func(p pair) bool { return p.key == "Civitai resources" }) {
		return Civitai
	}
	return A1111
}
