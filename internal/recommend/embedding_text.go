package recommend

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"loramanager/internal/vector"
)

// textVersion changes whenever embedText makes other texts of the same words: vectors of
// another version are not comparable and are made anew.
const textVersion = 1

// Bounds of what a model is given of one adapter. Small models read 256 or 512 tokens.
const (
	maxEmbedText     = 1200 // bytes
	maxEmbedTraining = 20
)

// embedModel names vectors that are comparable: the model and the version of the texts.
func embedModel(model string) string { return fmt.Sprintf("%s/text%d", model, textVersion) }

// textDigest tells texts apart: the beginning of their SHA-256.
type textDigest [16]byte

// digestOf returns the digest of a text, and all of it in hex for the database.
func digestOf(text string) (textDigest, string) {
	sum := sha256.Sum256([]byte(text))
	return textDigest(sum[:]), hex.EncodeToString(sum[:])
}

// parseDigest reads what digestOf wrote; other texts give a digest nothing has.
func parseDigest(text string) (digest textDigest) {
	if b, err := hex.DecodeString(text); err == nil && len(b) == sha256.Size {
		copy(digest[:], b)
	}
	return digest
}

// embedText is what a model is given of an adapter: its words as a list, the most telling
// first, as prompts are written; its name last, and its file's only where it has nothing
// else. The description is not among them.
func embedText(a *adapter, t *terms) string {
	var b strings.Builder
	said := make(map[string]bool)
	add := func(text string) {
		text = strings.Join(strings.Fields(text), " ")
		folded := strings.Join(vector.Words(text), " ")
		if text == "" || folded != "" && said[folded] || b.Len()+len(text)+2 > maxEmbedText {
			return
		}
		said[folded] = true
		if b.Len() > 0 {
			b.WriteString(", ")
		}
		b.WriteString(text)
	}
	list := func(ids []termID) {
		for _, id := range ids {
			add(t.text(id))
		}
	}
	list(a.triggers())
	list(a.trained())
	list(a.tags())
	add(t.text(a.archetype))
	add(withoutTags(t.text(a.activation)))
	list(a.training()[:min(len(a.training()), maxEmbedTraining)])
	worded := b.Len() > 0
	add(a.name)
	if !worded {
		add(a.file)
	}
	return b.String()
}
