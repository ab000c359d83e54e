package httpapi

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// etagOf names a body by its content.
func etagOf(body []byte) string {
	sum := sha256.Sum256(body)
	return `"` + hex.EncodeToString(sum[:12]) + `"`
}

// splitTagList splits an If-None-Match list; weak tags count as their strong form,
// which is what the comparison for reading asks for.
func splitTagList(text string) []string {
	var tags []string
	for tag := range strings.SplitSeq(text, ",") {
		if tag = strings.TrimPrefix(strings.TrimSpace(tag), "W/"); tag != "" {
			tags = append(tags, tag)
		}
	}
	return tags
}
