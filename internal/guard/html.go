package guard

import (
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/microcosm-cc/bluemonday"
)

var htmlPolicy = sync.OnceValue(func() *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	p.AllowElements("p", "ul", "ol", "li", "b", "i", "em", "strong", "code", "pre", "br",
		"h1", "h2", "h3", "h4", "h5", "h6")
	p.AllowAttrs("href").OnElements("a")
	p.AllowURLSchemes("https")
	p.RequireParseableURLs(true)
	p.AllowRelativeURLs(false)
	p.RequireNoFollowOnLinks(true)
	p.RequireNoReferrerOnLinks(true)
	p.AddTargetBlankToFullyQualifiedLinks(true) // also adds rel="noopener"
	return p
})

// SafeHTML reduces a description written by a stranger to paragraphs, headings,
// lists, emphasis, code and https links. Pictures, styles, scripts and everything
// else are dropped. Text beyond Default().HTMLBytes is cut off before it is parsed.
func SafeHTML(s string) string {
	s = cutBytes(s, Default().HTMLBytes)
	if !strings.ContainsAny(s, "<>&\"'\x00\r") {
		return s // nothing to parse or escape, as in most descriptions people type
	}
	return htmlPolicy().Sanitize(s)
}

// cutBytes shortens s to at most n bytes without splitting a rune.
func cutBytes(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}
