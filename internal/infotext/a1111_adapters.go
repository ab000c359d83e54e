package infotext

import (
	"slices"
	"strconv"
	"strings"

	"loramanager/internal/lora"
)

func (f *Facts) readHires(pairs []pair) {
	var h lora.Hires
	for _, p := range pairs {
		switch strings.ToLower(p.key) {
		case "hires upscale":
			if n, ok := numberOf(p.value); ok && n >= 1 && n <= maxScale {
				h.Scale = n
			}
		case "hires upscaler":
			h.Upscaler = short(p.value)
		case "hires steps":
			if n, ok := wholeOf(p.value); ok && n >= 0 && n <= maxSteps {
				h.Steps = int(n)
			}
		}
	}
	if h.Scale == 0 {
		return
	}
	if f.Params.DenoisingStrength != nil { // with hires it is the second pass's
		h.Denoising = *f.Params.DenoisingStrength
		f.Params.DenoisingStrength = nil
		f.Known = slices.DeleteFunc(f.Known, func(field string) bool { return field == "denoising_strength" })
	}
	f.Params.Hires = &h
	known(f, "hires")
}

// readAdapters takes over every way in which pairs name adapters.
func (f *Facts) readAdapters(pairs []pair) {
	var networks, positional []string
	addnet := map[string]*FoundUse{}
	for _, p := range pairs {
		key := strings.ToLower(p.key)
		switch {
		case key == "lora hashes" && strings.Contains(p.value, ":"):
			f.readLoraHashes(p.value)
		case key == "lora hashes":
			positional = split(p.value)
		case key == "lora networks":
			networks = split(p.value)
		case key == "hashes":
			f.readHashes(p.value)
		case key == "civitai resources":
			f.readCivitai(p.value)
		case strings.HasPrefix(key, "addnet "):
			readAddNet(addnet, strings.TrimPrefix(key, "addnet "), p.value)
		}
	}
	f.readNetworks(networks, positional)
	for i := 1; i <= len(addnet); i++ {
		if use := addnet[strconv.Itoa(i)]; use != nil {
			f.addUse(*use)
		}
	}
}

// readLoraHashes reads "name: digest, name2: digest".
func (f *Facts) readLoraHashes(value string) {
	for _, part := range split(value) {
		at := strings.LastIndexByte(part, ':')
		if at < 0 {
			continue
		}
		use := FoundUse{Name: part[:at], Source: FromHashes}
		use.claim(part[at+1:])
		f.addUse(use)
	}
}

// readHashes reads {"lora:name": "digest", "model": ...}.
func (f *Facts) readHashes(value string) {
	hashes, ok := decodeObject(value)
	if !ok {
		return
	}
	for _, key := range sortedKeys(hashes) {
		kind, name, found := strings.Cut(key, ":")
		if kind = strings.ToLower(kind); !found || kind != "lora" && kind != "lyco" && kind != "lycoris" {
			continue
		}
		use := FoundUse{Name: name, Source: FromHashes}
		use.claim(textOf(hashes[key]))
		f.addUse(use)
	}
}

// readNetworks reads SD.Next's two lists: names, perhaps with weights, and digests in the
// same order. When they differ in length the digests belong to nobody for certain.
func (f *Facts) readNetworks(networks, digests []string) {
	for i, network := range networks {
		name, weight, _ := strings.Cut(network, ":")
		use := FoundUse{Name: name, Weight: weightOf(weight), Source: FromHashes}
		if len(digests) == len(networks) {
			use.claim(digests[i])
		}
		f.addUse(use)
	}
}

// readCivitai reads the list that Civitai adds, which states weights and versions but
// names models as its pages do.
func (f *Facts) readCivitai(value string) {
	list, ok := decodeJSON([]byte(value))
	if !ok || len(value) > maxText {
		return
	}
	for _, entry := range listOf(list) {
		o := objectOf(entry)
		switch strings.ToLower(textOf(o["type"])) {
		case "lora", "lycoris", "locon", "dora":
		default:
			continue
		}
		use := FoundUse{Name: short(o["modelName"]), Weight: weightOf(o["weight"]), Source: FromCivitai}
		use.ModelVersion, _ = wholeOf(o["modelVersionId"])
		if use.ModelVersion == 0 { // urn:air:sdxl:lora:civitai:123@456
			air := textOf(o["air"])
			use.ModelVersion, _ = wholeOf(air[strings.LastIndexByte(air, '@')+1:])
		}
		if use.Name == "" && use.ModelVersion > 0 {
			use.Name = "civitai:" + strconv.FormatInt(use.ModelVersion, 10)
		}
		use.claim(textOf(o["hash"]))
		f.addUse(use)
	}
}

// readAddNet reads the numbered pairs of the old additional-networks extension: Module 1,
// Model 1 as "name(digest)", Weight A 1 for the backbone, Weight B 1 for the text encoder.
func readAddNet(uses map[string]*FoundUse, key, value string) {
	at := strings.LastIndexByte(key, ' ')
	if at < 0 {
		return
	}
	kind, number := key[:at], key[at+1:]
	if n, err := strconv.Atoi(number); err != nil || n < 1 || n > maxUses {
		return
	}
	use := uses[number]
	if use == nil {
		use = &FoundUse{Source: FromHashes}
		uses[number] = use
	}
	switch kind {
	case "model":
		name, digest, _ := strings.Cut(value, "(")
		use.Name = name
		use.claim(strings.TrimSuffix(digest, ")"))
	case "weight", "weight a":
		use.Weight = weightOf(value)
	case "weight b":
		use.TextEncoder = weightOf(value)
	}
}

func split(value string) []string {
	var parts []string
	for part := range strings.SplitSeq(value, ",") {
		if part = strings.TrimSpace(part); part != "" {
			parts = append(parts, part)
		}
	}
	return parts
}
