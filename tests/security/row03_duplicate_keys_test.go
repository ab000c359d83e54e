package security

import (
	"strings"
	"testing"
)

func TestRow03_KeysThatMeanTwoThingsAreRefused(t *testing.T) {
	t.Parallel()
	twice := strings.TrimSuffix(entry, "}") + "," + strings.TrimPrefix(entry, "{")
	meta := func(object string) []byte { return container(`{"__metadata__":`+object+`}`, 0) }
	scanCrafted(t, []crafted{
		{"a tensor twice", container(twice, 8), "duplicate_key"},
		{"a tensor twice, once in escapes", container(strings.Replace(twice, `,"a"`, `,"\u0061"`, 1), 8), "duplicate_key"},
		{"a shape twice, the second one larger", vary(`"shape":[2]`, `"shape":[2],"shape":[9]`, 8), "duplicate_key"},
		{"a shape twice, once in escapes", vary(`"shape":[2]`, `"shape":[2],"sh\u0061pe":[9]`, 8), "duplicate_key"},
		{"two metadata sections", container(`{"__metadata__":{},"__metadata__":{}}`, 0), "duplicate_key"},
		{"a metadata key twice", meta(`{"k":"1","k":"2"}`), "duplicate_key"},
		{"SHAPE beside shape", vary(`"shape":[2]`, `"shape":[2],"SHAPE":[9]`, 8), "case_variant_key"},
		{"DType for dtype", vary(`"dtype"`, `"DType"`, 8), "case_variant_key"},
		{"shape with a long s, which folds to s", vary(`"shape"`, `"ſhape"`, 8), "case_variant_key"},
		{"__Metadata__", container(`{"__Metadata__":{}}`, 0), "case_variant_key"},
		{"a byte order mark", container("\xEF\xBB\xBF"+entry, 8), "bom"},
		{"a zero byte in a name", vary(`"a"`, "\"a\x00b\"", 8), "nul_byte"},
		{"an escaped zero in a name", vary(`"a"`, `"a\u0000b"`, 8), "nul_byte"},
		{"an escaped zero in metadata", meta(`{"k":"v\u0000"}`), "nul_byte"},
		{"half a surrogate pair", vary(`"a"`, `"\ud83d"`, 8), "lone_surrogate"},
		{"the other half", meta(`{"k":"\ude00"}`), "lone_surrogate"},
		{"a name that is not UTF-8", vary(`"a"`, "\"a\xff\"", 8), "invalid_utf8"},
		{"a slash in overlong UTF-8", vary(`"a"`, "\"\xc0\xaf\"", 8), "invalid_utf8"},
		{"a surrogate in UTF-8", vary(`"a"`, "\"\xed\xa0\x80\"", 8), "invalid_utf8"},
		{"a field nobody knows", vary(`"shape":[2]`, `"shape":[2],"strides":[1]`, 8), "unknown_field"},
		{"a second object behind the first", container(entry+entry, 8), "text_after_header"},
		{"a comment", vary(`{"a"`, `{/**/"a"`, 8), "invalid_json"},
	}, 64*mib)
}
