package guard

import (
	"path/filepath"
	"strings"
	"unicode"
	"unicode/utf8"

	"loramanager/internal/lora"
)

const (
	maxPathBytes = 4096 // PATH_MAX of Linux
	maxNameBytes = 255  // NAME_MAX of every common file system
	maxDepth     = 64
)

// CheckRel says whether rel may be used as a new path inside a library folder. It
// is for names a person or a program typed: slash-separated, relative, and valid on
// Linux, macOS and Windows alike, because libraries are shared between them.
// The error is a *lora.Error with code Invalid and field "path".
//
// Names that already lie on the disk are not held to this: they only must not
// leave their Root.
func CheckRel(rel string) error {
	if err := checkLocal(rel); err != nil {
		return err
	}
	if err := checkDepth(rel); err != nil {
		return err
	}
	for part := range strings.SplitSeq(rel, "/") {
		if err := checkName(part); err != nil {
			return err
		}
	}
	return nil
}

func checkDepth(rel string) error {
	if strings.Count(rel, "/") >= maxDepth {
		return refuse("The path has more than %d parts.", maxDepth)
	}
	return nil
}

// checkLocal refuses what could lead out of a folder on this system. It accepts
// every name that can lie on the disk.
func checkLocal(rel string) error {
	switch {
	case rel == "":
		return refuse("The path is empty.")
	case len(rel) > maxPathBytes:
		return refuse("The path is longer than %d bytes.", maxPathBytes)
	case strings.IndexByte(rel, 0) >= 0:
		return refuse("The path contains a NUL byte.")
	case !filepath.IsLocal(filepath.FromSlash(rel)):
		return refuse("The path must lie inside the folder: no leading slash and no \"..\".")
	}
	for part := range strings.SplitSeq(rel, "/") {
		// IsLocal tolerates "a/../b"; a link at "a" would make that mean something else.
		if part == ".." {
			return refuse("The path must not contain \"..\".")
		}
	}
	return nil
}

// checkName judges one component of a new path.
func checkName(name string) error {
	switch {
	case name == "" || name == ".":
		return refuse("The path contains an empty name.")
	case len(name) > maxNameBytes:
		return refuse("The name %s is longer than %d bytes.", DisplayName(name[:32]+"..."), maxNameBytes)
	case !utf8.ValidString(name):
		return refuse("The name %s is not valid UTF-8.", DisplayName(name))
	case strings.HasSuffix(name, ".") || strings.HasSuffix(name, " ") || strings.HasPrefix(name, " "):
		return refuse("The name %s must not begin with a space or end with a dot or space.", DisplayName(name))
	case percentEncoded(name):
		return refuse("The name %s contains percent-encoded characters.", DisplayName(name))
	case isDevice(name):
		return refuse("The name %s is reserved for a device on Windows.", DisplayName(name))
	}
	dots := true
	for _, r := range name {
		if unsafeRune(r) {
			return refuse("The name %s contains a character that is not allowed in file names.", DisplayName(name))
		}
		dots = dots && isDot(r)
	}
	if dots {
		return refuse("The name %s consists of dots only.", DisplayName(name))
	}
	return nil
}

// unsafeRune reports runes that separate paths somewhere, look as if they did, or
// change how the rest of a line is shown.
func unsafeRune(r rune) bool {
	switch r {
	case '\\', ':', '<', '>', '"', '|', '?', '*',
		'\u2044', '\u2215', '\u2216', '\u29f8', '\u29f9', '\ufe68', '\uff0f', '\uff3c', // slash look-alikes
		'\uff1a', '\u2236', // colon look-alikes
		utf8.RuneError:
		return true
	}
	return hiddenRune(r)
}

func isDot(r rune) bool {
	return r == '.' || r == '\u2024' || r == '\u2025' || r == '\u2026' || r == '\ufe52' || r == '\uff0e' || unicode.IsSpace(r)
}

// percentEncoded finds encodings of dots, separators, NUL, the percent sign itself
// and the start bytes of overlong UTF-8: never part of a name somebody means.
func percentEncoded(name string) bool {
	lower := strings.ToLower(name)
	for _, code := range []string{"%2e", "%2f", "%5c", "%00", "%25", "%c0", "%c1", "%u"} {
		if strings.Contains(lower, code) {
			return true
		}
	}
	return false
}

// isDevice reports names that Windows takes for a device, with any extension.
func isDevice(name string) bool {
	stem, _, _ := strings.Cut(name, ".")
	stem = strings.ToLower(strings.TrimRight(stem, " "))
	switch stem {
	case "con", "prn", "aux", "nul", "conin$", "conout$", "clock$":
		return true
	}
	port, found := strings.CutPrefix(stem, "com")
	if !found {
		port, found = strings.CutPrefix(stem, "lpt")
	}
	if !found {
		return false
	}
	switch port {
	case "0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "\u00b9", "\u00b2", "\u00b3":
		return true
	}
	return false
}

func refuse(format string, args ...any) error {
	return lora.FieldErrorf(lora.Invalid, "path", format, args...)
}
