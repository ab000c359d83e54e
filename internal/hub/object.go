package hub

import (
	"math"
	"path"
	"strconv"
	"strings"
	"time"

	"loramanager/internal/guard"
)

// Bounds of what is kept of one version.
const (
	maxText     = 500
	maxWord     = 1000
	maxList     = 200
	maxFiles    = 100
	maxImages   = 40
	maxVersions = 500
	maxPrompt   = 2000
	maxURL      = 4000
)

// object is a JSON object of a hub. Every member may be null, missing or of another type;
// then it is as if it were not there.
type object map[string]any

// text reads a short text on one line, safe to show.
func (o object) text(key string) string {
	s, _ := o[key].(string)
	return cut(strings.TrimSpace(strings.ToValidUTF8(strings.ReplaceAll(s, "\x00", ""), "\ufffd")), maxText)
}

// fileName reads the name of a file; one that is too long keeps its extension.
func (o object) fileName(key string) string {
	s, _ := o[key].(string)
	if ext := path.Ext(s); len(s) > maxText && len(ext) < maxText {
		s = cut(s, maxText-len(ext)) + ext
	}
	return object{key: s}.text(key)
}

// html reads a description and sanitises it.
func (o object) html(key string) string {
	s, _ := o[key].(string)
	return guard.SafeHTML(strings.ToValidUTF8(strings.ReplaceAll(s, "\x00", ""), "\ufffd"))
}

// id reads a number or text that names something.
func (o object) id(key string) string {
	switch v := o[key].(type) {
	case float64:
		if v > 0 && v < 1<<53 && v == math.Trunc(v) {
			return strconv.FormatInt(int64(v), 10)
		}
	case string:
		return o.text(key)
	}
	return ""
}

// number reads a finite number, 0 without one.
func (o object) number(key string) float64 {
	v, _ := o[key].(float64)
	return v
}

// whole reads a count; what is negative or absurd is 0.
func (o object) whole(key string) int {
	v := o.number(key)
	if v < 0 || v > 1<<52 {
		return 0
	}
	return int(v)
}

func (o object) flag(key string) bool {
	v, _ := o[key].(bool)
	return v
}

// object reads a member that is an object; it is nil, and empty, otherwise.
func (o object) object(key string) object {
	v, _ := o[key].(map[string]any)
	return v
}

// objects reads a list of objects; an object by itself is a list of one.
func (o object) objects(key string, limit int) []object {
	return objectsOf(o[key], limit)
}

func objectsOf(v any, limit int) []object {
	list, ok := v.([]any)
	if !ok {
		list = []any{v}
	}
	objects := make([]object, 0, min(len(list), limit))
	for _, item := range list {
		if m, ok := item.(map[string]any); ok && len(objects) < limit {
			objects = append(objects, m)
		}
	}
	return objects
}

// texts reads a list of texts in its order, without repetitions; a text by itself is a
// list of one, and objects in it may carry a name.
func (o object) texts(key string) []string {
	list, ok := o[key].([]any)
	if !ok {
		list = []any{o[key]}
	}
	texts := []string{}
	seen := map[string]bool{}
	for _, item := range list {
		if m, ok := item.(map[string]any); ok {
			item = m["name"]
		}
		s, _ := item.(string)
		s = strings.TrimSpace(strings.ToValidUTF8(strings.ReplaceAll(s, "\x00", ""), "\ufffd"))
		if s == "" || len(s) > maxWord || seen[s] || len(texts) == maxList {
			continue
		}
		seen[s] = true
		texts = append(texts, s)
	}
	return texts
}

// link reads a web address.
func (o object) link(key string) string {
	s, _ := o[key].(string)
	if len(s) > maxURL || !strings.HasPrefix(s, "https://") && !strings.HasPrefix(s, "http://") || guard.DisplayName(s) != s {
		return ""
	}
	return s
}

// when reads a moment.
func (o object) when(key string) *time.Time {
	s, _ := o[key].(string)
	t, err := time.Parse(time.RFC3339, s)
	if err != nil || t.Year() < 1990 || t.Year() > 9000 {
		return nil
	}
	t = t.UTC().Truncate(time.Microsecond)
	return &t
}

// digests reads the hashes of a file and keeps what has the form of its kind.
func (o object) digests(key string) map[string]string {
	found := map[string]string{}
	hashes := o.object(key)
	for _, k := range []struct {
		key, kind string
		lengths   []int
	}{
		{"SHA256", "sha256", []int{64}}, {"AutoV1", "autov1", []int{8}}, {"AutoV2", "autov2", []int{10}},
		{"AutoV3", "autov3", []int{12, 64}}, {"BLAKE3", "blake3", []int{64}}, {"CRC32", "crc32", []int{8}},
	} {
		value := strings.TrimPrefix(strings.ToLower(hashes.text(k.key)), "0x")
		for _, n := range k.lengths {
			if isHex(value, n) {
				found[k.kind] = value
			}
		}
	}
	return found
}

func isHex(s string, n int) bool {
	return len(s) == n && strings.Trim(s, "0123456789abcdef") == ""
}

func first(texts ...string) string {
	for _, s := range texts {
		if s != "" {
			return s
		}
	}
	return ""
}

// cut shortens s to at most n bytes without splitting a character.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "")
}
