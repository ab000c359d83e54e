package archive

import (
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"loramanager/internal/lora"
)

func exampleAdapter() lora.ArchivedAdapter {
	version, stats := "v2", map[string]any{"downloads": 12.0, "nothing": nil}
	moment := time.Date(2026, 3, 4, 5, 6, 7, 891000, time.UTC)
	a := lora.ArchivedAdapter{RelPath: "styles/ink\xff.safetensors", RootPath: "/loras", Alias: "ink", QuickDigest: "q1", Origin: "archive"}
	a.ID, a.Name, a.Version, a.Stats = "6f1de1b6-3e2b-4f9f-9a69-9d3f1f0a2b11", "Ink <lines>", &version, stats
	a.Tags, a.TrainedWords, a.Triggers = []string{"Ink"}, []string{}, []string{"inkstyle"}
	a.FilePath, a.Visibility, a.Weight, a.CreatedAt, a.UpdatedAt = "/loras/styles/ink\\xff.safetensors", "Private", -0.5, moment, moment
	a.RootID, a.Rating, a.Favorite, a.Notes, a.BaseModel = "root-1", 4, true, "mine", "sdxl"
	a.Sources = map[string]lora.Source{"weight": "user"}
	a.Digests = map[string]string{"sha256": strings.Repeat("ab", 32)}
	a.Claimed = []lora.Claim{{Kind: "autov2", Value: "abab", Source: "sidecar"}}
	a.Preview, a.Findings, a.FileState = &lora.Preview{URL: "/x"}, []lora.Finding{}, "ok"
	return a
}

func TestPromise5_MetadataComesBackAsItWas(t *testing.T) {
	t.Parallel()
	a := exampleAdapter()
	data, err := encodeAdapter(&a, "Loras")
	if err != nil {
		t.Fatal(err)
	}
	if text := string(data); !strings.HasPrefix(text, "{\n  \"id\": ") || strings.Contains(text, ": null,\n  \"") || strings.Contains(text, "preview") {
		t.Errorf("not as the contract writes it:\n%s", text)
	}
	back, fields, err := decodeAdapter(data)
	if err != nil {
		t.Fatal(err)
	}
	want := a
	want.Preview, want.Findings, want.FileState = nil, nil, ""
	want.Folder, want.FileName, want.SHA256 = "styles", "ink\xff.safetensors", textOrNil(a.Digests["sha256"])
	if !reflect.DeepEqual(back, want) {
		t.Errorf("got  %+v\nwant %+v", back, want)
	}
	if len(fields) < 20 || fields[0] != "id" {
		t.Errorf("fields %v", fields)
	}
}

func TestPromise5_MetadataOfThePrototypeIsRead(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, text, wrong string }{
		{"the least there is", `{"name":"ink","file_path":"/loras/ink.safetensors"}`, ""},
		{"moments without an offset", `{"name":"ink","published_at":"2026-11-23T04:39:54.698148","last_ingested_at":"2026-11-23T04:39:54"}`, ""},
		{"sizes that are fractions", `{"name":"ink","primary_file_size_kb":12.7,"ordinal":3.0}`, ""},
		{"lists where objects belong", `{"name":"ink","stats":[],"extra":"x"}`, ""},
		{"no name", `{"file_path":"/loras/ink.safetensors"}`, "name"},
		{"a name that is a number", `{"name":7}`, "name"},
		{"lists that are nothing", `{"name":"ink","tags":null,"trained_words":null,"triggers":null}`, ""},
		{"tags that are a number", `{"name":"ink","tags":7}`, "tags"},
		{"a moment that is none", `{"name":"ink","published_at":"yesterday"}`, "published_at"},
		{"a size that is none", `{"name":"ink","primary_file_size_kb":"large"}`, "primary_file_size_kb"},
		{"a list", `[]`, "?"},
		{"not JSON", `{"name":`, "?"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			a, _, err := decodeAdapter([]byte(c.text))
			if c.wrong == "" {
				if err != nil || a.Name != "ink" || a.Weight != 1 || a.Visibility != "Public" {
					t.Errorf("%+v, %v", a, err)
				}
				return
			}
			if lora.CodeOf(err) != lora.Invalid {
				t.Fatalf("%v", err)
			}
			var e *lora.Error
			if errors.As(err, &e); c.wrong != "?" && e.Field != c.wrong {
				t.Errorf("the field named is %q: %v", e.Field, err)
			}
		})
	}
}

func TestPromise5_TextsOfThePrototypeBecomeLists(t *testing.T) {
	t.Parallel()
	a, fields, err := decodeAdapter([]byte(`{"name":"ink","version":1.50,"tags":" line art,, Ink ","trained_words":"inkstyle","triggers":""}`))
	if err != nil || !slices.Equal(fields, []string{"name", "version", "tags", "trained_words", "triggers"}) {
		t.Fatalf("%v %v", fields, err)
	}
	if a.Version == nil || *a.Version != "1.50" {
		t.Errorf("the version is %v", a.Version)
	}
	for _, list := range []struct{ got, want []string }{{a.Tags, []string{"line art", "Ink"}}, {a.TrainedWords, []string{"inkstyle"}}, {a.Triggers, nil}} {
		if !slices.Equal(list.got, list.want) {
			t.Errorf("%q, want %q", list.got, list.want)
		}
	}
}

func TestPromise5_ManifestsAreJudgedInTheContractsWords(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ text, want string }{
		{`{"adapters":[{"id":"a","metadata_path":"m.json","files":[]}]}`, ""},
		{`{"adapters":[],"generated_at":"2026-11-23T04:39:54+00:00"}`, ""},
		{`{"adapters":[{"id":"a","metadata_path":"m.json","files":[{"kind":"primary","exists":false,"size":null}]}]}`, ""},
		{`nonsense`, "Invalid manifest JSON"},
		{`{"adapters":[]} {}`, "Invalid manifest JSON"},
		{`{"adapters":[`, "Invalid manifest JSON"},
		{`[]`, "Manifest must be a JSON object"},
		{`{}`, "Manifest missing adapters section"},
		{`{"adapters":{}}`, "Manifest adapters section must be a list"},
		{`{"adapters":[7]}`, "Manifest adapter entries must be objects"},
		{`{"adapters":[null]}`, "Manifest adapter entries must be objects"},
		{`{"adapters":[{"id":"q"}]}`, "Adapter entry 'q' missing metadata_path"},
		{`{"adapters":[{"id":"q","metadata_path":"m","files":7}]}`, "Manifest files section must be a list"},
		{`{"adapters":[{"id":"q","metadata_path":"m","files":[7]}]}`, "Manifest files"},
		{`{"adapters":[{"id":"q","metadata_path":"m","files":[{"exists":true}]}]}`, "Manifest file entry missing archive_path"},
		{`{"format":"loramanager-archive","format_version":2,"adapters":[]}`, "newer version"},
		{`{"x":"` + strings.Repeat("a", maxManifestEntry+4096) + `","adapters":[]}`, "larger than is allowed"},
	} {
		err := readManifest(strings.NewReader(c.text), 1<<30, func(manifestHead) error { return nil }, func(manifestAdapter) error { return nil })
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%.80s: %v, want %q", c.text, err, c.want)
		}
	}
}

func TestPromise5_RecordsComeBackAsTheyWere(t *testing.T) {
	t.Parallel()
	rating, moment := 4, time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	session := &lora.ArchivedSession{Feedback: []lora.Feedback{{ID: "f", SessionID: "s", AdapterID: "a", Type: "positive", Kind: "prompt", Query: "a cat"}}}
	session.ID, session.Kind, session.Query = "s", "prompt", "a cat"
	for _, r := range []lora.ArchiveRecord{
		{Root: &lora.Root{ID: "r", Path: "/loras"}},
		{Setting: &lora.ArchivedSetting{Name: "theme", Value: json.RawMessage(`{"dark":true}`)}},
		{Engine: &lora.EngineConfig{Name: "e", URL: "http://e"}},
		{Search: &lora.SavedSearch{ID: "s", Q: "tag:ink"}},
		{Preset: &lora.Preset{ID: "p", Name: "p"}},
		{Workflow: &lora.Workflow{Name: "w", Graph: "{}"}},
		{Preference: &lora.Preference{ID: "p", Type: "tag", Value: "ink"}},
		{Composition: []lora.Composition{{ID: "c"}, {ID: "c"}}},
		{Job: &lora.Job{ID: "j", Prompt: "a cat", Rating: &rating, CreatedAt: moment, Params: json.RawMessage(`{"steps":3}`), Images: []lora.Image{{SHA256: "ab"}}}, Inputs: []lora.Image{{SHA256: "cd"}}},
		{Session: session},
		{Figure: json.RawMessage(`{"day":"2026-01-01"}`)},
	} {
		kind, line, err := encodeRecord(&r)
		if err != nil {
			t.Fatal(err)
		}
		if k, ok := dataKindOf(kind.member()); !ok || k != kind {
			t.Errorf("%s is not found by its member", kind)
		}
		back, err := decodeRecord(kind, line)
		if err != nil || !reflect.DeepEqual(back, r) {
			t.Errorf("%s: %s\ngot  %+v, %v\nwant %+v", kind, line, back, err, r)
		}
	}
	for _, k := range dataKinds {
		for _, line := range []string{"null", "[", "7"} {
			if _, err := decodeRecord(k, []byte(line)); k != dataFigures && lora.CodeOf(err) != lora.Invalid {
				t.Errorf("%s takes %s", k, line)
			}
		}
	}
}

func TestFieldsOfAnObjectAreFound(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`{}`:                                     "",
		` { } `:                                  "",
		`{"a":1}`:                                "a=1;",
		"{\n\t\"a\" : -1.5e3 ,\n\"b\":null\n}\n": "a=-1.5e3;b=null;",
		`{"a":"}\\\"]","b":[1,{"c":"]"}],"d":{"e":[]}}`: `a="}\\\"]";b=[1,{"c":"]"}];d={"e":[]};`,
		`{"\u0061\"":true}`:                             `a"=true;`,
		`{"a":{}}`:                                      "a={};",
		`[]`:                                            "!",
		`7`:                                             "!",
		``:                                              "!",
		`{"a":1`:                                        "!",
		`{"a":1}x`:                                      "!",
	} {
		got := ""
		if err := eachField([]byte(text), func(name string, value json.RawMessage) error {
			got += name + "=" + string(value) + ";"
			return nil
		}); err != nil {
			got = "!"
		}
		if got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}

func TestPartsOfASplitArchiveAreMissedOnlyWhenTheyAre(t *testing.T) {
	t.Parallel()
	part := func(name string, number, of, second int) Source {
		head := manifestHead{Program: "p", Part: manifestPart{Number: number, Of: of}, GeneratedAt: time.Unix(int64(second), 0)}
		return &archiveSource{name: name, head: head}
	}
	for _, c := range []struct {
		sources []Source
		want    []string
	}{
		{[]Source{part("a", 1, 1, 0), &filesSource{}}, nil},
		{[]Source{part("a", 2, 2, 0), part("b", 1, 2, 0)}, nil},
		{[]Source{part("a", 1, 3, 0), part("copy", 1, 3, 0)}, []string{"a is one of 3 parts, of which 2 are missing here. Import those as well."}},
		{[]Source{part("a", 1, 2, 0), part("b", 2, 2, 9)}, []string{
			"a is one of 2 parts, of which 1 are missing here. Import those as well.", "b is one of 2 parts, of which 1 are missing here. Import those as well.",
		}},
	} {
		if got := missingParts(c.sources); !slices.Equal(got, c.want) {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}

func FuzzManifest(f *testing.F) {
	f.Add(`{"adapters":[{"id":"a","name":"n","version":null,"metadata_path":"m.json","files":[{"kind":"primary","exists":true,"size":3,"archive_path":"x"}]}]}`)
	f.Add(`{"format":"loramanager-archive","format_version":1,"kind":"backup","part":{"number":1,"of":1},"counts":{},"adapters":[]}`)
	f.Add(`{"adapters":[[[[[[`)
	f.Fuzz(func(_ *testing.T, text string) {
		_ = readManifest(strings.NewReader(text), 1<<20, func(manifestHead) error { return nil }, func(manifestAdapter) error { return nil })
		_, _, _ = decodeAdapter([]byte(text))
		for _, k := range dataKinds {
			_, _ = decodeRecord(k, []byte(text))
		}
	})
}
