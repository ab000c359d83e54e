package safetensors

import (
	"bytes"
	"errors"
	"reflect"
	"strings"
	"testing"
)

// FuzzRead looks for panics, for errors that are no findings, and for accepted
// headers that break a promise.
func FuzzRead(f *testing.F) {
	for _, r := range refusals() {
		if len(r.file) < 4096 {
			f.Add(r.file)
		}
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		h, err := readBytes(file)
		if err != nil {
			code := codeOf(t, err)
			if kept := code == CodeTruncated || code == CodeTrailingData; advice[code] == "" || kept != (h != nil) {
				t.Fatalf("finding %v with header %+v", err, h)
			}
			return
		}
		at := int64(0)
		for _, tensor := range h.Tensors {
			if tensor.Begin != at || tensor.End < at || strings.ContainsRune(tensor.Name, 0) {
				t.Fatalf("bad tensor %+v", tensor)
			}
			at = tensor.End
		}
		if lengthBytes+h.HeaderBytes+at != int64(len(file)) {
			t.Fatalf("tensors end at %d of %d bytes", at, len(file))
		}
	})
}

// FuzzDifferential holds Read against the oracle.
func FuzzDifferential(f *testing.F) {
	for _, r := range refusals() {
		if len(r.file) > lengthBytes && len(r.file) < 4096 {
			f.Add(string(r.file[lengthBytes:]), uint16(8))
		}
	}
	header, dataBytes := realisticHeader(9, 2000)
	f.Add(header, uint16(dataBytes))
	f.Fuzz(func(t *testing.T, header string, dataBytes uint16) {
		compareWithOracle(t, fileOf(header, int(dataBytes)))
	})
}

func compareWithOracle(t *testing.T, file []byte) {
	t.Helper()
	got, err := readBytes(file)
	want, wantErr := oracleRead(file)
	if (err == nil) != (wantErr == nil) {
		t.Fatalf("Read says %v, the oracle says %v, of %q", err, wantErr, file)
	}
	if err == nil && !reflect.DeepEqual(got, want) {
		t.Fatalf("Read gives %+v, the oracle %+v, of %q", got, want, file)
	}
}

func TestPromise4_TheOracleAgreesOnEveryBrokenFile(t *testing.T) {
	t.Parallel()
	for _, r := range refusals() {
		if strings.HasPrefix(r.name, "100,001") {
			continue // a limit the oracle does not know
		}
		t.Run(r.name, func(t *testing.T) {
			t.Parallel()
			compareWithOracle(t, r.file)
		})
	}
	header, dataBytes := realisticHeader(800, 10<<10)
	compareWithOracle(t, fileOf(header, dataBytes))
	compareWithOracle(t, fileOf(shuffleTensors(header), dataBytes))
}

// FuzzRoundTrip writes whatever it is given and reads it back.
func FuzzRoundTrip(f *testing.F) {
	f.Add("lora_unet_a.alpha", "F16", uint8(0), "lora_unet_a.lora_up.weight", "BF16", uint8(6), "ss_tag_frequency", `{"1girl": 4}`)
	f.Add("a", "F4", uint8(2), "b", "F6_E2M3", uint8(4), "", "")
	f.Add("é😀", "U8", uint8(1), "\"\\\n\x1f", "F64", uint8(3), "k", "\u2028\u202e")
	f.Add("same", "U8", uint8(1), "same", "U8", uint8(1), "k", "v")
	f.Add("nul\x00", "U8", uint8(1), "bad\xFF", "X", uint8(1), "__metadata__", "v")
	f.Fuzz(func(t *testing.T, name1, type1 string, n1 uint8, name2, type2 string, n2 uint8, key, value string) {
		in := []TensorData{zeros(name1, type1, int64(n1)), zeros(name2, type2, int64(n2), 1)}
		var file bytes.Buffer
		if err := Write(&file, map[string]string{key: value}, in); err != nil {
			if code := codeOf(t, err); advice[code] == "" || file.Len() > 0 {
				t.Fatalf("finding %v after %d bytes", err, file.Len())
			}
			return
		}
		compareWithOracle(t, file.Bytes())
		h, err := readBytes(file.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		if h.HeaderBytes%8 != 0 || len(h.Tensors) != 2 || !reflect.DeepEqual(h.Metadata, map[string]string{key: value}) {
			t.Fatalf("read back %+v", h)
		}
		for _, want := range in {
			found := false
			for _, got := range h.Tensors {
				found = found || got.Name == want.Name && got.DType == want.DType && reflect.DeepEqual(got.Shape, want.Shape)
			}
			if !found {
				t.Fatalf("tensor %q is lost: %+v", want.Name, h.Tensors)
			}
		}
	})
}

// zeros is a tensor of the size its type and shape need, if they have one.
func zeros(name, dtype string, shape ...int64) TensorData {
	size, _ := dtypes[dtype].byteSize(shape)
	return TensorData{Name: name, DType: dtype, Shape: shape, Data: bytes.NewReader(make([]byte, size))}
}

// FuzzSniff checks that Sniff and Read never contradict each other.
func FuzzSniff(f *testing.F) {
	for _, r := range brokenContainers() {
		if len(r.file) < 4096 {
			f.Add(r.file)
		}
	}
	f.Add(fileOf(one, 8))
	f.Fuzz(func(t *testing.T, file []byte) {
		format := Sniff(file[:min(len(file), SniffBytes)])
		_, err := readBytes(file)
		var finding *Error
		errors.As(err, &finding)
		want := map[string]string{
			FormatPickle: CodePickle, FormatGGUF: CodeGGUF, FormatLFSPointer: CodeLFSPointer, FormatEmpty: CodeEmptyFile,
		}[format]
		switch {
		case err == nil && format != FormatSafetensors:
			t.Fatalf("Read accepts what Sniff calls %s", format)
		case want != "" && (finding == nil || finding.Code != want):
			t.Fatalf("Sniff says %s, Read says %v", format, err)
		}
	})
}

func TestSniffNamesTheFormat(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, first, want string }{
		{"nothing", "", FormatEmpty},
		{"safetensors", string(fileOf(one, 8)), FormatSafetensors},
		{"safetensors with a header of 640 bytes", "\x80\x02\x00\x00\x00\x00\x00\x00{", FormatSafetensors},
		{"a damaged safetensors file", "\x80\x02\x00\x00\x00\x00\x00\x00x", FormatUnknown},
		{"zeros", strings.Repeat("\x00", 64), FormatUnknown},
		{"a pickle", "\x80\x02}q\x00.", FormatPickle},
		{"a zip archive", "PK\x03\x04\x00\x00\x08\x08\x00", FormatPickle},
		{"a zip archive with a brace at byte eight", "PK\x03\x04\x14\x00\x08\x00{", FormatPickle},
		{"GGUF", "GGUF\x03\x00\x00\x00\x00", FormatGGUF},
		{"a git-lfs pointer", "version https://git-lfs.github.com/spec/v1", FormatLFSPointer},
		{"a web page", "<!doctype html>", FormatHTML},
		{"a web page after a byte order mark", "\xEF\xBB\xBF\n<html>", FormatHTML},
		{"XML", "<?xml version=\"1.0\"?>", FormatHTML},
		{"mathematics", "<5 bytes of text", FormatUnknown},
		{"plain text", "not a model at all", FormatUnknown},
	} {
		if got := Sniff([]byte(c.first)); got != c.want {
			t.Errorf("%s: got %s, want %s", c.name, got, c.want)
		}
	}
}
