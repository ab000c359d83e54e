package prompt

import "loramanager/internal/lora"

// digestKinds are the kinds of digests, the most telling first.
var digestKinds = []string{"sha256", "blake3", "autov3", "autov2", "autov1", "crc32"}

// Rebuild turns adapters read from a text, a picture or a shared composition, looked up
// in the catalog, into entries of a composition and a list of those not found.
func Rebuild(uses []lora.ResolvedUse) (entries []lora.Composed, lost []lora.LostAdapter) {
	for _, use := range uses {
		if use.AdapterID != "" {
			entries = append(entries, lora.Composed{Use: use.Use, Enabled: true, Digest: use.Digests["sha256"]})
			continue
		}
		missing := lora.LostAdapter{Name: use.Name, Weight: use.Weight}
		for _, kind := range digestKinds {
			if missing.Digest == "" {
				missing.Digest = use.Digests[kind]
			}
		}
		missing.Reason = "No adapter in the catalog is called " + use.Name + "."
		switch {
		case missing.Digest != "" && use.Name != "":
			missing.Reason = "No adapter in the catalog has the digest " + missing.Digest + " or is called " + use.Name + "."
		case missing.Digest != "":
			missing.Reason = "No adapter in the catalog has the digest " + missing.Digest + "."
		}
		lost = append(lost, missing)
	}
	return entries, lost
}
