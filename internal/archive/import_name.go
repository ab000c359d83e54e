package archive

import (
	"path"
	"strconv"
	"strings"
	"unicode/utf8"

	"loramanager/internal/guard"
	"loramanager/internal/lora"
	"loramanager/internal/sidecar"
)

const (
	maxNameBytes = 200 // of 255, so that " (2)" and longer endings fit
	maxFolders   = 20
)

// cleanName makes one component of a path of whatever a source calls a file: characters
// that some system does not take become "_", and what no system takes for a name becomes
// fallback. The ending stays.
func cleanName(name, fallback string) string {
	if i := strings.LastIndexAny(name, `/\`); i >= 0 {
		name = name[i+1:]
	}
	name = strings.ToValidUTF8(name, "_")
	var b strings.Builder
	for _, r := range name {
		if guard.CheckRel("x"+string(r)+"x") != nil {
			r = '_'
		}
		b.WriteRune(r)
	}
	name = strings.ReplaceAll(b.String(), "%", "_")
	name = strings.TrimLeft(shorten(strings.TrimRight(strings.TrimSpace(name), ". ")), " .")
	if guard.CheckRel(name) == nil {
		return name
	}
	if prefixed := "_" + name; name != "" && guard.CheckRel(prefixed) == nil { // a device of Windows
		return prefixed
	}
	return fallback
}

// shorten cuts a name to what fits, before its ending.
func shorten(name string) string {
	if len(name) <= maxNameBytes {
		return name
	}
	ext := path.Ext(name)
	if len(ext) > 20 {
		ext = ""
	}
	cut := maxNameBytes - len(ext)
	for cut > 0 && !utf8.RuneStart(name[cut]) {
		cut--
	}
	return name[:cut] + ext
}

// cleanPath cleans each component of a relative path. What leads up or begins at the top
// is refused with Invalid: nobody means that.
func cleanPath(rel string) (string, error) {
	parts := strings.Split(rel, "/")
	if len(parts) > maxFolders {
		return "", lora.FieldErrorf(lora.Invalid, "path", "%s lies below more than %d folders.", guard.DisplayName(shorten(rel)), maxFolders)
	}
	for i, part := range parts {
		if part == "" || part == "." || part == ".." || strings.ContainsRune(part, 0) {
			return "", lora.FieldErrorf(lora.Invalid, "path", "%s is not the path of a file below a folder.", guard.DisplayName(shorten(rel)))
		}
		parts[i] = cleanName(part, "_")
	}
	return path.Join(parts...), nil
}

// numbered is the n-th name for a file whose own name is taken: "ink (2).safetensors".
func numbered(rel string, n int) string {
	if n < 2 {
		return rel
	}
	stem, role, _ := sidecar.Split(path.Base(rel))
	if role == sidecar.Other {
		stem = strings.TrimSuffix(path.Base(rel), path.Ext(rel))
	}
	return path.Join(path.Dir(rel), stem+" ("+strconv.Itoa(n)+")"+path.Base(rel)[len(stem):])
}
