package inspect

import (
	"strings"

	"loramanager/internal/lora"
)

// emptyDigest is the SHA-256 of nothing. Some trainers write it for every file.
const emptyDigest = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

// digestKeys are the digests trainers write into the header, with their length in hex digits.
var digestKeys = []struct {
	key, kind string
	digits    int
}{
	{"sshs_model_hash", "sshs", 64},
	{"sshs_legacy_hash", "sshs_legacy", 8},
	{"modelspec.hash_sha256", "modelspec", 64},
}

// embeddedDigests puts the usable ones into out, lower-case and without "0x".
func embeddedDigests(md map[string]string, out map[string]string) []lora.Finding {
	var findings []lora.Finding
	for _, d := range digestKeys {
		v, ok := md[d.key]
		if !ok || v == "" || v == "None" {
			continue
		}
		v = strings.TrimPrefix(strings.ToLower(strings.TrimSpace(clean(v, maxName))), "0x")
		switch {
		case v == emptyDigest || v == emptyDigest[:8]:
			findings = append(findings, lora.Finding{
				Code: "empty_digest", Severity: lora.Info, Subject: d.key,
				Message: "The digest stored in the file is that of an empty file, a known mistake of some trainers; it is ignored.",
				Advice:  "Nothing to do: the real digest is computed from the file.",
			})
		case len(v) != d.digits || !isHex(v) || strings.Count(v, v[:1]) == len(v):
			findings = append(findings, lora.Finding{
				Code: "bad_digest", Severity: lora.Info, Subject: d.key,
				Message: "The digest stored in the file is not a digest; it is ignored.",
				Advice:  "Nothing to do: the real digest is computed from the file.",
			})
		default:
			out[d.kind] = v
		}
	}
	return findings
}

func isHex(s string) bool {
	for i := range len(s) {
		if c := s[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}
