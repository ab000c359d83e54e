package store

import (
	"slices"
	"strings"
)

// Bounds of tags on one result.
const (
	maxTags     = 50
	maxTagBytes = 100
)

// trimmedTags returns tags without blanks around them, each once in any case.
func trimmedTags(tags []string) []string {
	trimmed := make([]string, 0, len(tags))
	for _, tag := range tags {
		tag = strings.TrimSpace(clean(tag))
		if tag != "" && !slices.ContainsFunc(trimmed, func(t string) bool { return strings.EqualFold(t, tag) }) {
			trimmed = append(trimmed, tag)
		}
	}
	return trimmed
}
