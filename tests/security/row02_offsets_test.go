package security

import (
	"fmt"
	"strings"
	"testing"
)

// span is where one tensor says its bytes lie.
type span struct{ begin, end int64 }

// spans is a header of U8 tensors a, b, c, ...
func spans(list ...span) string {
	var tensors []string
	for i, s := range list {
		tensors = append(tensors, fmt.Sprintf(`"%c":{"dtype":"U8","shape":[%d],"data_offsets":[%d,%d]}`, 'a'+i, s.end-s.begin, s.begin, s.end))
	}
	return "{" + strings.Join(tensors, ",") + "}"
}

func vary(old, with string, data int) []byte {
	return container(strings.Replace(entry, old, with, 1), data)
}

func TestRow02_OffsetsThatLieGetTheirFinding(t *testing.T) {
	t.Parallel()
	files := []crafted{
		{"two tensors in one place", container(spans(span{0, 4}, span{0, 4}), 4), "offsets_overlap"},
		{"a tensor that begins in another", container(spans(span{0, 4}, span{3, 6}), 6), "offsets_overlap"},
		{"a tensor inside another, listed first", container(spans(span{1, 2}, span{0, 4}), 4), "offsets_overlap"},
		{"an empty tensor inside another", container(spans(span{0, 4}, span{2, 2}), 4), "offsets_overlap"},
		{"a hole at the beginning, where a program could hide", container(spans(span{4, 8}), 8), "offsets_hole"},
		{"a hole in the middle", container(spans(span{0, 4}, span{5, 8}), 8), "offsets_hole"},
		{"an empty tensor far beyond the end", container(spans(span{0, 4}, span{1 << 40, 1 << 40}), 4), "offsets_hole"},
		{"a zip archive behind the last tensor", append(container(entry, 8), "PK\x05\x06"+strings.Repeat("\x00", 18)...), "trailing_data"},
		{"a web page behind the last tensor", append(container(entry, 8), "<script>alert(1)</script>"...), "trailing_data"},
		{"bytes behind a header without tensors", container("{}", 1), "trailing_data"},
		{"one byte missing", container(entry, 7), "truncated"},
		{"all bytes missing", container(entry, 0), "truncated"},
		{"an end at 2^60", container(spans(span{0, 1 << 60}), 8), "truncated"},
		{"an end before the beginning", vary("[0,8]", "[8,0]", 8), "offsets_reversed"},
		{"a negative beginning", vary("[0,8]", "[-8,0]", 8), "invalid_offsets"},
		{"an end of 2^63", vary("[0,8]", "[0,9223372036854775808]", 8), "invalid_offsets"},
		{"an end of 2^64", vary("[0,8]", "[0,18446744073709551616]", 8), "invalid_offsets"},
		{"one offset", vary("[0,8]", "[8]", 8), "invalid_offsets"},
		{"three offsets", vary("[0,8]", "[0,8,8]", 8), "invalid_offsets"},
		{"a shape that needs more bytes than there are", vary("[2]", "[3]", 8), "size_mismatch"},
		{"a shape that needs fewer bytes", vary("[2]", "[1]", 8), "size_mismatch"},
		{"bytes for an empty tensor", vary("[2]", "[0]", 8), "size_mismatch"},
		{"a product that passes 2^64", vary("[2]", "[4294967296,4294967296]", 8), "size_overflow"},
		{"a product that wraps to the right size", vary("[2]", "[2147483648,4294967296,2]", 8), "size_overflow"},
		{"an overflow behind a zero", vary("[2]", "[0,4611686018427387904,4611686018427387904]", 8), "size_overflow"},
		{"a negative dimension", vary("[2]", "[-2]", 8), "negative_or_huge_shape"},
		{"two negative dimensions, positive together", vary("[2]", "[-1,-2]", 8), "negative_or_huge_shape"},
		{"half a byte", container(`{"a":{"dtype":"F4","shape":[3],"data_offsets":[0,1]}}`, 1), "partial_byte"},
	}
	if len(files) < 25 {
		t.Fatalf("only %d files", len(files))
	}
	scanCrafted(t, files, 128*mib)
}
