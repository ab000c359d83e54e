package origin_test

import (
	"encoding/binary"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"loramanager/internal/hub"
	"loramanager/internal/lora"
	"loramanager/internal/origin"
	"loramanager/tests/fakehub"
)

// longHeader puts metadata of n bytes into the header of an adapter.
func longHeader(t *testing.T, data []byte, n int) []byte {
	t.Helper()
	length := binary.LittleEndian.Uint64(data)
	var header map[string]any
	if err := json.Unmarshal(data[8:8+length], &header); err != nil {
		t.Fatal(err)
	}
	header["__metadata__"].(map[string]any)["ss_tag_frequency"] = strings.Repeat("x", n) //nolint:forcetypeassert // made so
	text, err := json.Marshal(header)
	if err != nil {
		t.Fatal(err)
	}
	return append(append(binary.LittleEndian.AppendUint64(nil, uint64(len(text))), text...), data[8+length:]...)
}

func TestPromise7_AHeaderTellsWhatAFileIs(t *testing.T) {
	t.Parallel()
	k := newKit(t, []string{hub.Civitai})
	for name, c := range map[string]struct {
		data     func(t *testing.T) []byte
		fault    fakehub.Fault
		requests int
		note     string // instead of a report
	}{
		"with one request":                        {func(*testing.T) []byte { return fakehub.Adapter(2, 1<<20) }, "", 1, ""},
		"with two when the header is long":        {func(t *testing.T) []byte { return longHeader(t, fakehub.Adapter(2, 1<<20), 300<<10) }, "", 2, ""},
		"when the hub sends everything":           {func(*testing.T) []byte { return fakehub.Adapter(2, 1<<20) }, fakehub.Whole, 1, ""},
		"when it sends everything for the second": {func(t *testing.T) []byte { return longHeader(t, fakehub.Adapter(2, 1<<20), 300<<10) }, fakehub.Whole, 2, ""},
		"when it is no safetensors file":          {func(*testing.T) []byte { return []byte(strings.Repeat("PK\x03\x04", 1<<16)) }, "", 1, "no sound safetensors file"},
		"when the header claims 2 GiB":            {func(*testing.T) []byte { return append([]byte{0, 0, 0, 0x80, 0, 0, 0, 0}, make([]byte, 1<<20)...) }, "", 1, "no sound safetensors file"},
		"when it is empty":                        {func(*testing.T) []byte { return nil }, "", 1, "no sound safetensors file"},
		"when it is shorter than a header":        {func(*testing.T) []byte { return []byte("abc") }, "", 1, "no sound safetensors file"},
	} {
		t.Run(name, func(t *testing.T) {
			before := len(k.fake.Seen("/files/"))
			data := c.data(t)
			k.fake.Change(func(models []fakehub.Model) []fakehub.Model {
				models[0].Versions[1].Files[0].Data = data
				return models
			})
			k.fake.Show(c.fault, 9)
			defer k.fake.Show(c.fault, 0)
			peek, err := k.Peek(t.Context(), origin.FileRequest{URL: "https://civitai.com/models/1001?modelVersionId=5002"})
			k.ok(err)
			if seen := k.fake.Seen("/files/")[before:]; len(seen) != c.requests || slices.ContainsFunc(seen, func(s fakehub.Seen) bool { return s.Range == "" }) {
				t.Errorf("requests: %+v", seen)
			}
			if c.note != "" {
				if peek.Report != nil || !strings.Contains(peek.Note, c.note) {
					t.Errorf("note %q, report %v", peek.Note, peek.Report)
				}
				return
			}
			if peek.Report == nil || peek.Report.Base.ID != "sdxl" || peek.Report.Kind != "lora" || *peek.Report.Rank != 4 || peek.Size != int64(len(data)) {
				t.Fatalf("peek: %q, %d bytes, %+v", peek.Note, peek.Size, peek.Report)
			}
			if len(peek.Space) != 1 || peek.Space[0].RootID != rootID || peek.Space[0].FreeBytes <= 0 || len(peek.Here) != 0 {
				t.Errorf("space %+v, here %v", peek.Space, peek.Here)
			}
		})
	}
}

func TestPeekingSaysWhetherTheLibraryHasIt(t *testing.T) {
	t.Parallel()
	k := newKit(t, []string{hub.Civitai}, 2)
	peek, err := k.Peek(t.Context(), origin.FileRequest{Hub: hub.Civitai, VersionID: "5002"})
	if err != nil || !slices.Equal(peek.Here, []string{k.id(2)}) {
		t.Errorf("here: %v, %v", peek.Here, err)
	}
	peek, err = k.Peek(t.Context(), origin.FileRequest{Hub: hub.Civitai, VersionID: "5021"})
	if err != nil || peek.Report != nil || !strings.Contains(peek.Note, "not to be downloaded") || len(k.fake.Seen("/files/5021")) != 0 {
		t.Errorf("what nobody may download: %q, %v", peek.Note, err)
	}
	k.fake.Show(fakehub.Redirected, 1)
	k.fake.RedirectTo("http://127.0.0.1:1/")
	_, err = k.Peek(t.Context(), origin.FileRequest{Hub: hub.Civitai, VersionID: "5001"})
	k.fails(err, lora.Forbidden, "by https only")
}
