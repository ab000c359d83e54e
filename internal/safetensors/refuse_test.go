package safetensors

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"testing"
)

// one is a valid header of one tensor of 8 bytes; the broken files vary it.
const one = `{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}`

// swap replaces the only occurrence of old in the valid header.
func swap(old, with string) []byte {
	if strings.Count(one, old) != 1 {
		panic("swap needs exactly one " + old)
	}
	return fileOf(strings.Replace(one, old, with, 1), 8)
}

// tensorsOf is a header of U8 tensors a, b, c, ... with the given offsets.
func tensorsOf(offsets ...[2]int64) string {
	var list []string
	for i, o := range offsets {
		list = append(list, fmt.Sprintf(`"%c":{"dtype":"U8","shape":[%d],"data_offsets":[%d,%d]}`, 'a'+i, o[1]-o[0], o[0], o[1]))
	}
	return "{" + strings.Join(list, ",") + "}"
}

func metadataOf(object string) []byte { return fileOf(`{"__metadata__":`+object+`}`, 0) }

type refusal struct {
	name string
	file []byte
	code string
}

func brokenContainers() []refusal {
	length := func(n uint64, rest string) []byte {
		return append(binary.LittleEndian.AppendUint64(nil, n), rest...)
	}
	lfs := "version https://git-lfs.github.com/spec/v1\noid sha256:0123\nsize 144000000\n"
	return []refusal{
		{"an empty file", nil, CodeEmptyFile},
		{"a file of three bytes", []byte{3, 0, 0}, CodeTooShort},
		{"a file of seven zeros", make([]byte, 7), CodeTooShort},
		{"a file of zeros, as a reserved download is", make([]byte, 4096), CodeHeaderLengthZero},
		{"a header length of zero before a header", length(0, one), CodeHeaderLengthZero},
		{"a header length of 2^64-1", length(1<<64-1, one), CodeHeaderTooLarge},
		{"a header length that is negative when signed", length(1<<63, one), CodeHeaderTooLarge},
		{"a header length just above the limit", length(16<<20+1, one), CodeHeaderTooLarge},
		{"a header one byte longer than the file", length(uint64(len(one))+1, one), CodeHeaderBeyondFile},
		{"a download that stopped inside the header", fileOf(one, 8)[:20], CodeHeaderBeyondFile},
		{"a download that stopped after the length", fileOf(one, 8)[:8], CodeHeaderBeyondFile},
		{"a git-lfs pointer", []byte(lfs), CodeLFSPointer},
		{"a web page", []byte("<!DOCTYPE html><html><body>Log in</body></html>"), CodeHTMLPage},
		{"a web page after white space", []byte("\r\n\r\n  <html lang=en>"), CodeHTMLPage},
		{"an XML error of a storage service", []byte(`<?xml version="1.0"?><Error>AccessDenied</Error>`), CodeHTMLPage},
		{"a JSON error answer", []byte(`{"error":"Unauthorized","message":"log in"}`), CodeJSONPage},
		{"a zip archive as PyTorch writes it", append([]byte("PK\x03\x04\x00\x00\x08\x08"), one...), CodePickle},
		{"a zip archive with a brace where the header would begin", []byte("PK\x03\x04\x14\x00\x08\x00{"), CodePickle},
		{"a pickle of protocol 2", []byte("\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19."), CodePickle},
		{"a pickle of protocol 4", []byte("\x80\x04\x95\x19\x01\x00\x00\x00\x00\x00\x00\x00\x8c"), CodePickle},
		{"a pickle shorter than a header length", []byte("\x80\x02N."), CodePickle},
		{"a GGUF file", append([]byte("GGUF\x03\x00\x00\x00"), make([]byte, 64)...), CodeGGUF},
	}
}

func brokenTexts() []refusal {
	return []refusal{
		{"a byte order mark", fileOf("\xEF\xBB\xBF"+one, 8), CodeBOM},
		{"a header that is a list", fileOf(`[`+one+`]`, 8), CodeNotAnObject},
		{"a header with a space in front", fileOf(" "+one, 8), CodeNotAnObject},
		{"random bytes of a plausible length", fileOf("\x01\x02\x03\xFF\xFE", 0), CodeNotAnObject},
		{"UTF-16 text", fileOf("{\x00\"\x00a\x00", 0), CodeNULByte},
		{"a byte that is not UTF-8 in a name", swap(`"a"`, "\"a\xFF\""), CodeInvalidUTF8},
		{"an overlong form in a name", swap(`"a"`, "\"\xC0\xAF\""), CodeInvalidUTF8},
		{"a surrogate in UTF-8", swap(`"a"`, "\"\xED\xA0\x80\""), CodeInvalidUTF8},
		{"UTF-8 cut in the middle", fileOf(one+"\xE2\x82", 8), CodeInvalidUTF8},
		{"a zero byte in a name", swap(`"a"`, "\"a\x00b\""), CodeNULByte},
		{"a zero byte between tokens", swap(`{"dtype"`, "{\x00\"dtype\""), CodeNULByte},
		{"an escaped zero in a name", swap(`"a"`, `"a\u0000"`), CodeNULByte},
		{"an escaped zero in metadata", metadataOf(`{"k":"\u0000"}`), CodeNULByte},
		{"padding with zero bytes", fileOf(one+"\x00\x00", 8), CodeNULByte},
		{"a high surrogate alone", swap(`"a"`, `"\ud83d"`), CodeLoneSurrogate},
		{"a low surrogate alone", swap(`"a"`, `"\ude00"`), CodeLoneSurrogate},
		{"two high surrogates", metadataOf(`{"k":"\ud83d\ud83d"}`), CodeLoneSurrogate},
		{"a high surrogate before another escape", metadataOf(`{"k":"\ud83d\n"}`), CodeLoneSurrogate},
		{"a raw line break in a string", swap(`"a"`, "\"a\nb\""), CodeInvalidJSON},
		{"an unknown escape", swap(`"a"`, `"\x41"`), CodeInvalidJSON},
		{"an escape cut short", swap(`"a"`, `"\u12"`), CodeInvalidJSON},
		{"a string without an end", fileOf(`{"a`, 0), CodeInvalidJSON},
		{"a string that ends in a backslash", fileOf(`{"a\`, 0), CodeInvalidJSON},
		{"a header that is one brace", fileOf(`{`, 0), CodeInvalidJSON},
		{"a comma before the end", fileOf(one[:len(one)-1]+",}", 8), CodeInvalidJSON},
		{"metadata without a comma", metadataOf(`{"k":"" "l":""}`), CodeInvalidJSON},
		{"a metadata key without quotes", metadataOf(`{k:""}`), CodeInvalidJSON},
		{"a metadata key without a colon", metadataOf(`{"k" ""}`), CodeInvalidJSON},
		{"a metadata value without an end", metadataOf(`{"k":"v`), CodeInvalidJSON},
		{"two commas", fileOf(`{"__metadata__":{},,`+one[1:], 8), CodeInvalidJSON},
		{"a missing comma", fileOf(`{"__metadata__":{}`+one[1:], 8), CodeInvalidJSON},
		{"a missing colon", swap(`"a":`, `"a"`), CodeInvalidJSON},
		{"a key without quotes", swap(`"a"`, `a`), CodeInvalidJSON},
		{"a comment", swap(`"a"`, `/**/"a"`), CodeInvalidJSON},
		{"a vertical tab as white space", swap(`"a"`, "\v\"a\""), CodeInvalidJSON},
		{"a no-break space as white space", swap(`"a"`, "\u00A0\"a\""), CodeInvalidJSON},
		{"a number with a leading zero", swap(`[2]`, `[02]`), CodeInvalidJSON},
		{"a comma before the end of a shape", swap(`[2]`, `[2,]`), CodeInvalidJSON},
		{"a plus sign", swap(`[2]`, `[+2]`), CodeInvalidJSON},
		{"NaN as a dimension", swap(`[2]`, `[NaN]`), CodeInvalidJSON},
		{"a second object after the first", fileOf(one+one, 8), CodeTextAfterHeader},
		{"text in the padding", fileOf(one+"   x", 8), CodeTextAfterHeader},
	}
}

func brokenStructures() []refusal {
	return []refusal{
		{"a tensor listed twice", fileOf(one[:len(one)-1]+","+one[1:], 8), CodeDuplicateKey},
		{"a tensor listed twice, once with an escape", fileOf(one[:len(one)-1]+`,"\u0061"`+one[4:], 8), CodeDuplicateKey},
		{"a field given twice", swap(`"shape":[2]`, `"shape":[2],"shape":[2]`), CodeDuplicateKey},
		{"two metadata sections", fileOf(`{"__metadata__":{},"__metadata__":{}}`, 0), CodeDuplicateKey},
		{"a metadata key given twice", metadataOf(`{"k":"1","k":"2"}`), CodeDuplicateKey},
		{"SHAPE beside shape", swap(`"shape":[2]`, `"shape":[2],"SHAPE":[4]`), CodeCaseVariantKey},
		{"Dtype instead of dtype", swap(`"dtype"`, `"Dtype"`), CodeCaseVariantKey},
		{"shape spelled with a long s", swap(`"shape"`, `"ſhape"`), CodeCaseVariantKey},
		{"data_offsets in capitals", swap(`"data_offsets"`, `"DATA_OFFSETS"`), CodeCaseVariantKey},
		{"__METADATA__ in capitals", fileOf(`{"__METADATA__":{}}`, 0), CodeCaseVariantKey},
		{"a field the format does not know", swap(`"shape":[2]`, `"shape":[2],"strides":[1]`), CodeUnknownField},
		{"a tensor without fields", fileOf(`{"a":{}}`, 0), CodeMissingField},
		{"a tensor without dtype", swap(`"dtype":"F32",`, ``), CodeMissingField},
		{"a tensor without shape", swap(`"shape":[2],`, ``), CodeMissingField},
		{"a tensor without offsets", swap(`,"data_offsets":[0,8]`, ``), CodeMissingField},
		{"a tensor that is a number", fileOf(`{"a":1}`, 0), CodeWrongType},
		{"a tensor that is null", fileOf(`{"a":null}`, 0), CodeWrongType},
		{"a dtype that is a number", swap(`"F32"`, `32`), CodeWrongType},
		{"a shape that is a number", swap(`[2]`, `2`), CodeWrongType},
		{"a shape that is null", swap(`[2]`, `null`), CodeWrongType},
		{"a dimension that is a string", swap(`[2]`, `["2"]`), CodeWrongType},
		{"a dimension that is a list", swap(`[2]`, `[[2]]`), CodeWrongType},
		{"a dimension with a fraction", swap(`[2]`, `[2.0]`), CodeWrongType},
		{"a dimension with an exponent", swap(`[2]`, `[2E0]`), CodeWrongType},
		{"offsets that are an object", swap(`[0,8]`, `{"0":8}`), CodeWrongType},
		{"an offset that is true", swap(`[0,8]`, `[true,8]`), CodeWrongType},
		{"a tensor of ten thousand lists", fileOf(`{"a":`+strings.Repeat("[", 10_000), 0), CodeTooDeep},
		{"a shape of nested lists", swap(`[2]`, `[[[2]]]`), CodeTooDeep},
		{"metadata nested five deep", metadataOf(`{"k":{"]":["\"]",[1]]}}`), CodeTooDeep},
		{"a tensor with 9 dimensions", swap(`[2]`, `[2`+strings.Repeat(",1", 8)+`]`), CodeTooManyDimensions},
		{"a tensor name of 1,025 bytes", swap(`"a"`, `"`+strings.Repeat("n", 1025)+`"`), CodeNameTooLong},
		{"a metadata key of 1,025 bytes", metadataOf(`{"` + strings.Repeat("é", 513) + `":""}`), CodeNameTooLong},
		{"metadata that is a list", metadataOf(`[]`), CodeMetadataNotObject},
		{"metadata that is null", metadataOf(`null`), CodeMetadataNotObject},
		{"a metadata value that is a number", metadataOf(`{"k":1}`), CodeMetadataNotString},
		{"a metadata value that is an object", metadataOf(`{"k":{"a":"b"}}`), CodeMetadataNotString},
		{"a metadata value that is null", metadataOf(`{"k":null}`), CodeMetadataNotString},
		{"metadata above 4 MiB", metadataOf(`{"k":"` + strings.Repeat("v", 4<<20) + `"}`), CodeMetadataTooLarge},
		{"100,001 metadata entries", metadataOf(manyPairs(100_001)), CodeMetadataTooLarge},
		{"100,001 tensors", fileOf(manyTensors(100_001), 0), CodeTooManyTensors},
	}
}

func brokenTensors() []refusal {
	huge := `[4611686018427387904,4611686018427387904]`
	return []refusal{
		{"a dtype in lower case", swap(`F32`, `f32`), CodeUnknownDType},
		{"an empty dtype", swap(`F32`, ``), CodeUnknownDType},
		{"a dtype nobody knows", swap(`F32`, `F12`), CodeUnknownDType},
		{"a negative dimension", swap(`[2]`, `[-2]`), CodeNegativeOrHugeShape},
		{"minus zero as a dimension", swap(`[2]`, `[-0]`), CodeNegativeOrHugeShape},
		{"a dimension of 2^63", swap(`[2]`, `[9223372036854775808]`), CodeNegativeOrHugeShape},
		{"a dimension of a thousand digits", swap(`[2]`, `[`+strings.Repeat("9", 1000)+`]`), CodeNegativeOrHugeShape},
		{"dimensions whose product passes 2^64", swap(`[2]`, huge), CodeSizeOverflow},
		{"dimensions whose product wraps to the right size", swap(`[2]`, `[2147483648,4294967296,2]`), CodeSizeOverflow},
		{"an overflow hidden by a zero", swap(`[2]`, `[0,4611686018427387904,4611686018427387904]`), CodeSizeOverflow},
		{"three F4 in one and a half bytes", fileOf(`{"a":{"dtype":"F4","shape":[3],"data_offsets":[0,1]}}`, 1), CodePartialByte},
		{"a negative offset", swap(`[0,8]`, `[-8,0]`), CodeInvalidOffsets},
		{"an offset of 2^64", swap(`[0,8]`, `[0,18446744073709551616]`), CodeInvalidOffsets},
		{"one offset", swap(`[0,8]`, `[8]`), CodeInvalidOffsets},
		{"no offsets", swap(`[0,8]`, `[]`), CodeInvalidOffsets},
		{"three offsets", swap(`[0,8]`, `[0,8,8]`), CodeInvalidOffsets},
		{"offsets in the wrong order", swap(`[0,8]`, `[8,0]`), CodeOffsetsReversed},
		{"fewer bytes than the shape needs", swap(`[2]`, `[3]`), CodeSizeMismatch},
		{"more bytes than the shape needs", swap(`[2]`, `[1]`), CodeSizeMismatch},
		{"bytes for an empty tensor", swap(`[2]`, `[0]`), CodeSizeMismatch},
		{"two tensors in the same place", fileOf(tensorsOf([2]int64{0, 4}, [2]int64{0, 4}), 4), CodeOffsetsOverlap},
		{"a tensor that begins inside another", fileOf(tensorsOf([2]int64{0, 4}, [2]int64{3, 6}), 6), CodeOffsetsOverlap},
		{"a tensor inside another, listed first", fileOf(tensorsOf([2]int64{1, 2}, [2]int64{0, 4}), 4), CodeOffsetsOverlap},
		{"an empty tensor inside another", fileOf(tensorsOf([2]int64{0, 4}, [2]int64{2, 2}), 4), CodeOffsetsOverlap},
		{"a hole before the first tensor", fileOf(tensorsOf([2]int64{4, 8}), 8), CodeOffsetsHole},
		{"a hole between tensors", fileOf(tensorsOf([2]int64{0, 4}, [2]int64{5, 8}), 8), CodeOffsetsHole},
		{"an empty tensor beyond the end", fileOf(tensorsOf([2]int64{0, 4}, [2]int64{9, 9}), 4), CodeOffsetsHole},
		{"the last byte missing", fileOf(one, 7), CodeTruncated},
		{"all tensor bytes missing", fileOf(one, 0), CodeTruncated},
		{"tensors that end at 2^63-1", fileOf(tensorsOf([2]int64{0, 1 << 60}), 8), CodeTruncated},
		{"one byte after the last tensor", fileOf(one, 9), CodeTrailingData},
		{"bytes behind a header without tensors", fileOf(`{}`, 1), CodeTrailingData},
		{"a zip archive behind the last tensor", append(fileOf(one, 8), "PK\x03\x04"...), CodeTrailingData},
	}
}

func manyTensors(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `%c"%d":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}`, "{,"[min(i, 1)], i)
	}
	return b.String() + "}"
}

func manyPairs(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `%c"%d":""`, "{,"[min(i, 1)], i)
	}
	return b.String() + "}"
}

func refusals() []refusal {
	var all []refusal
	all = append(all, brokenContainers()...)
	all = append(all, brokenTexts()...)
	all = append(all, brokenStructures()...)
	return append(all, brokenTensors()...)
}

func TestPromise5_EachBrokenFileIsRefusedWithItsCode(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, r := range refusals() {
		seen[r.code] = true
		t.Run(r.name, func(t *testing.T) {
			t.Parallel()
			_, err := readBytes(r.file)
			var e *Error
			if !errors.As(err, &e) {
				t.Fatalf("got %v, want a finding", err)
			}
			if e.Code != r.code {
				t.Errorf("got code %q (%s), want %q", e.Code, e.Message, r.code)
			}
			if !strings.HasSuffix(e.Message, ".") || len(e.Message) > 600 {
				t.Errorf("message is no short sentence: %q", e.Message)
			}
			if e.Advice() == "" || len(e.Subject) > maxSubject {
				t.Errorf("advice %q, subject of %d bytes", e.Advice(), len(e.Subject))
			}
			if e.Offset < 0 || e.Offset > int64(len(r.file)) {
				t.Errorf("offset %d is outside the file of %d bytes", e.Offset, len(r.file))
			}
		})
	}
	for code := range advice {
		if !seen[code] {
			t.Errorf("no broken file shows the code %s", code)
		}
	}
	for code := range seen {
		if advice[code] == "" {
			t.Errorf("code %s has no advice", code)
		}
	}
}

// A pooled scanner remembers the file before; the finding must not depend on it.
func TestEachBrokenFileIsRefusedByAFreshScannerToo(t *testing.T) {
	t.Parallel()
	for _, r := range append(brokenTexts(), brokenStructures()...) {
		checkFresh(t, r)
	}
	for _, r := range brokenTensors() {
		checkFresh(t, r)
	}
}

func checkFresh(t *testing.T, r refusal) {
	t.Helper()
	n := int(binary.LittleEndian.Uint64(r.file))
	var s scanner
	s.reset(r.file[lengthBytes:lengthBytes+n], DefaultLimits())
	err := s.scan(t.Context())
	if err == nil {
		err = s.layout(int64(len(r.file) - lengthBytes - n))
	}
	if code := codeOf(t, err); code != r.code {
		t.Errorf("%s: got code %q, want %q", r.name, code, r.code)
	}
}

func TestMessagesSayWhatAUserNeedsToKnow(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, want string
		file       []byte
		subject    string
		offset     int64
	}{
		{"how much of a download is missing", "the last 5 bytes are missing", fileOf(one, 3), "", 8 + int64(len(one)) + 3},
		{"how much of the header is missing", "at least 10 bytes are missing", fileOf(one, 0)[:8+len(one)-10], "", 0},
		{"how large the file behind a git-lfs pointer is", "144000000 bytes (137.3 MiB)", []byte("version https://git-lfs.github.com/spec/v1\nsize 144000000\n"), "", 0},
		{"which tensor is wrong and where", `Tensor "a" needs 12 bytes for F32[3] but has 8 bytes`, swap(`[2]`, `[3]`), "a", 9},
		{"which tensors overlap", `Tensors "a" and "b" share`, fileOf(tensorsOf([2]int64{0, 4}, [2]int64{3, 6}), 6), "b", 61},
		{"which metadata key is wrong", `"k"`, metadataOf(`{"k":1}`), "k", 29},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, err := readBytes(c.file)
			var e *Error
			if !errors.As(err, &e) {
				t.Fatal(err)
			}
			if !strings.Contains(e.Message, c.want) {
				t.Errorf("message %q does not say %q", e.Message, c.want)
			}
			if e.Subject != c.subject || e.Offset != c.offset {
				t.Errorf("subject %q at %d, want %q at %d", e.Subject, e.Offset, c.subject, c.offset)
			}
		})
	}
}

func TestAFileOfWrongLengthIsStillDescribed(t *testing.T) {
	t.Parallel()
	for _, size := range []int{0, 7, 9} {
		file := fileOf(one, size)
		h, err := readBytes(file)
		if err == nil || h == nil || len(h.Tensors) != 1 || h.Tensors[0].Name != "a" {
			t.Errorf("%d tensor bytes: header %+v, error %v; want both", size, h, err)
		}
	}
	if h, err := readBytes(fileOf(tensorsOf([2]int64{4, 8}), 8)); h != nil || err == nil {
		t.Errorf("a hole gave header %+v, error %v; want only the error", h, err)
	}
}

func TestClipKeepsCharactersWhole(t *testing.T) {
	t.Parallel()
	for n := range 8 {
		got := clip(strings.Repeat("x", n) + strings.Repeat("語", 60))
		if len(got) > maxSubject || !strings.HasSuffix(got, "語…") {
			t.Errorf("clip gave %d bytes %q", len(got), got)
		}
	}
	if got := clip(bytes.Repeat([]byte{0xFF}, 500)); got != "…" {
		t.Errorf("clip of no text gave %q", got)
	}
}
