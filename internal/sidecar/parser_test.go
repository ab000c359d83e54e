package sidecar

import (
	"bytes"
	"encoding/json"
	"io"
	"reflect"
	"strings"
	"testing"

	"loramanager/internal/lora"
)

// oracle parses as the standard library does.
func oracle(data []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, err
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, io.ErrUnexpectedEOF
	}
	return v, nil
}

func agree(t *testing.T, data []byte) {
	t.Helper()
	for _, beyond := range []string{"NaN", "Infinity", `"images"`} {
		if bytes.Contains(data, []byte(beyond)) {
			return
		}
	}
	got, gotErr := parseJSON(data)
	if lora.CodeOf(gotErr) == lora.TooLarge {
		return
	}
	want, wantErr := oracle(data)
	if (gotErr == nil) != (wantErr == nil) || gotErr == nil && !reflect.DeepEqual(got, want) {
		t.Fatalf("%q:\n got %#v, %v\nwant %#v, %v", data, got, gotErr, want, wantErr)
	}
}

var documents = []string{
	`{}`, `[]`, `null`, `true`, `false`, `0`, `-0`, `-0.5e+10`, `1E9`, `""`, ` [1 , 2,{"a":[]}] `, `{"a":{"b":{"c":null}},"a":2}`,
	`"\"\\\/\b\f\n\r\t"`, `"\u0041\u00e9\u65e5"`, `"\ud83d\ude00"`, `"\ud83d"`, `"\ud83dx"`, `"\ud83d\u0041"`, `"\ude00\ud83d"`, `"\ud83d\ud83d\ude00"`,
	"\"caf\xe9\"", "\"\xff\xfe\"", "\"\xe6\x97\"", "{\"k\xff\":1}", `"\u12"`, `"\x"`, `"\`, `"\"`, `"`, "\"a\nb\"", "\"\x7f\"", "\u2028",
	`01`, `1.`, `.5`, `+1`, `-`, `1e`, `1e+`, `--1`, `0x1`, `nul`, `nullx`, `True`, `tru`, `{`, `[`, `}`, `]`, `{"a"}`, `{"a":}`, `{"a":1,}`, `{a:1}`,
	`[1,]`, `[,1]`, `[1 2]`, `{"a":1 "b":2}`, `{} {}`, `{}x`, ``, ` `, "\x00", "\ufeff{}", `[[[[[[[[]]]]]]]]`, `{"":""}`, `[1,[2,[3,[4]]],{"x":{"y":[{}]}}]`,
}

func TestTheParserAgreesWithTheStandardLibrary(t *testing.T) {
	t.Parallel()
	for _, s := range append(documents, civitaiInfo, a1111JSON, loraManagerJSON, stabilityMatrixJSON, swarmJSON, sdnextJSON, prototypeJSON) {
		agree(t, []byte(s))
		for i := 0; i < len(s); i += 1 + len(s)/50 {
			agree(t, []byte(s[:i]))
		}
	}
}

func TestTheParserLeavesOutWhatNobodyReads(t *testing.T) {
	t.Parallel()
	v, err := parseJSON([]byte(`{"images":[{"url":"u","meta":{"seed":1,"x":["\ud800",null]}}],"meta":{"kept":1},"files":[{"meta":2}],"n":NaN,"i":[Infinity,-Infinity]}`))
	want := map[string]any{
		"images": []any{map[string]any{"url": "u"}}, "meta": map[string]any{"kept": json.Number("1")},
		"files": []any{map[string]any{"meta": json.Number("2")}}, "n": nil, "i": []any{nil, nil},
	}
	if err != nil || !reflect.DeepEqual(v, want) {
		t.Errorf("%#v, %v", v, err)
	}
	for _, s := range []string{`{"images":[{"meta":{"a":}}]}`, `{"images":[{"meta":` + strings.Repeat("[", 100) + `}]}`} {
		if v, err := parseJSON([]byte(s)); err == nil {
			t.Errorf("%s became %v", s, v)
		}
	}
}

func FuzzParser(f *testing.F) {
	for _, s := range documents {
		f.Add([]byte(s))
	}
	f.Add([]byte(loraManagerJSON))
	f.Fuzz(func(t *testing.T, data []byte) { agree(t, data) })
}
