package guard

import (
	"path/filepath"
	"strings"
	"unicode"
	"unicode/utf8"

	"loramanager/internal/lora"
)

// maxZipName bounds a member's name, in bytes.
const maxZipName = 1024

// checkZipName judges the name of a member of an archive, ours or another's: relative, of
// plain names with / between them, and the same on every system. Files are never made
// under such a name; it must only not be able to mean another one.
func checkZipName(name string) error {
	shown := DisplayName(name)
	if len(name) > maxNameBytes {
		shown = DisplayName(name[:64]) + "..."
	}
	why := ""
	switch {
	case name == "":
		return lora.Errorf(lora.Invalid, "The archive has a member without a name.")
	case len(name) > maxZipName:
		why = "longer than any name may be"
	case !utf8.ValidString(name):
		why = "not valid UTF-8"
	case strings.ContainsFunc(name, unicode.IsControl):
		why = "with control characters"
	case strings.Contains(name, `\`):
		why = "with a backslash"
	case len(name) > 1 && name[1] == ':', name[0] == '/':
		why = "absolute"
	case !filepath.IsLocal(filepath.FromSlash(name)):
		why = "leading out of the folder it is unpacked to"
	case strings.Count(name, "/") >= maxDepth:
		why = "too deep"
	}
	for part := range strings.SplitSeq(name, "/") {
		switch {
		case why != "":
		case part == "..":
			why = "leading out of the folder it is unpacked to"
		case part == "" || part == ".":
			why = "with an empty part"
		case len(part) > maxNameBytes:
			why = "longer than any name may be"
		}
	}
	if why == "" {
		return nil
	}
	return lora.Errorf(lora.Invalid, "The archive has an unsafe member name, %s: %s", why, shown)
}

// foldName makes names equal that some file system takes for one.
func foldName(name string) string { return strings.ToLower(name) }
