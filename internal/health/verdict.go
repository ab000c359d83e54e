package health

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"loramanager/internal/lora"
)

// areas are in the order of the pages.
var areas = []string{"database", "redis", "worker", "queue", "engine", "disk", "backups", "importer", "recommend", "gpu"}

// byPlace orders checks by area, then by name.
func byPlace(a, b lora.Check) int {
	return cmp.Or(
		cmp.Compare(slices.Index(areas, a.Area), slices.Index(areas, b.Area)),
		strings.Compare(a.Name, b.Name), strings.Compare(a.ID, b.ID),
	)
}

// judge is how the whole is, and what is wrong, worst first.
func judge(checks []lora.Check) (State, []string) {
	state, warnings, errors := Healthy, []string{}, []string{}
	for i := range checks {
		switch c := &checks[i]; c.State {
		case lora.CheckWarning:
			warnings = append(warnings, sentence(c))
		case lora.CheckError:
			errors = append(errors, sentence(c))
		case lora.CheckOK, lora.CheckOff, lora.CheckUnknown:
		}
	}
	switch {
	case len(errors) > 0:
		state = Broken
	case len(warnings) > 0:
		state = Warning
	}
	return state, append(errors, warnings...)
}

func sentence(c *lora.Check) string { return strings.TrimSpace(c.Detail + " " + c.Advice) }

// userinfo is the part of an address that may hold a password, up to the last @ of the
// word, since passwords hold all kinds of characters; secrets are words that usually come
// before one.
var (
	userinfo = regexp.MustCompile(`([A-Za-z][A-Za-z0-9+.-]*://)[^\s"'` + "`" + `]*@`)
	secrets  = regexp.MustCompile(`(?i)\b((?:password|passwd|pwd|secret|token|api[_-]?key|authorization)"?\s*[=:]\s*|(?:bearer|basic)\s+)((?:bearer|basic)\s+)?("[^"]*"|'[^']*'|[^\s&]+)`)
)

// longest is how much of a foreign text is shown.
const longest = 300

// scrub makes a foreign text fit to be shown: no secrets, one line, not long.
func scrub(text string) string {
	text = userinfo.ReplaceAllString(text, "$1")
	text = secrets.ReplaceAllString(text, "$1[hidden]")
	text = strings.Join(strings.Fields(strings.ToValidUTF8(text, "?")), " ")
	if runes := []rune(text); len(runes) > longest {
		text = string(runes[:longest]) + "…"
	}
	return text
}
