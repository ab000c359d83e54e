package movein

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/uuid"

	"loramanager/internal/lora"
	"loramanager/internal/prompt"
)

// The budgets of one composition.
const (
	maxComposed   = 200
	maxPromptText = 64 << 10
	maxName       = 200
)

// fromPrompt makes a composition of a prompt: its tags become entries, the rest stands
// before them.
func fromPrompt(text, negative string) lora.Composition {
	p, _ := prompt.Parse(prompt.A1111, cut(text, maxPromptText))
	c := lora.Composition{Version: 1, Prefix: strings.TrimSpace(p.Words()), Negative: cut(negative, maxPromptText), Entries: []lora.Composed{}}
	for _, u := range p.Uses() {
		if len(c.Entries) < maxComposed {
			c.Entries = append(c.Entries, lora.Composed{Use: u, Enabled: true})
		}
	}
	return c
}

// compositions is the name space of the ids that compositions get here.
var compositions = uuid.MustParse("5b0f7d4e-7d0c-4c53-9a41-8d2a6f5a9c11")

// composed gives a composition its name, and an id that is the same whenever it is read
// again, so that moving in twice does not make two of it. at is when it was made.
func composed(c lora.Composition, m Manager, where, name string, at time.Time) Record {
	c.ID = uuid.NewSHA1(compositions, []byte(string(m)+"\x00"+where+"\x00"+name)).String()
	c.Name = name
	c.CreatedAt, c.UpdatedAt = at.UTC(), at.UTC()
	return Record{Manager: m, Record: lora.ArchiveRecord{Composition: []lora.Composition{c}}}
}

// clean makes a name of text from outside: one line, bounded.
func clean(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == utf8.RuneError {
			return -1
		}
		return r
	}, s)
	return strings.TrimSpace(cut(s, maxName))
}

// cut shortens text to at most n bytes of whole letters, valid UTF-8.
func cut(s string, n int) string {
	s = strings.ToValidUTF8(s, "")
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

func firstOf(texts ...string) string {
	for _, s := range texts {
		if s = clean(s); s != "" {
			return s
		}
	}
	return "Unnamed"
}

// isHex reports that s looks like a digest or the beginning of one.
func isHex(s string) bool {
	if len(s) < 8 || len(s) > 64 {
		return false
	}
	return strings.IndexFunc(s, func(r rune) bool { return !strings.ContainsRune("0123456789abcdef", r) }) < 0
}
