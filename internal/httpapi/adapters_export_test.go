package httpapi

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"

	"loramanager/internal/catalog"
	"loramanager/internal/lora"
)

// export downloads a file and checks what every such reply has in common.
func (h *house) export(format, body string) string {
	h.t.Helper()
	r := h.ask(h.t, "POST", apiPrefix+"/adapters/export", body)
	raw := text(h.t, r)
	if r.StatusCode != 200 {
		h.t.Fatalf("%s: status %d: %s", body, r.StatusCode, raw)
	}
	contentType := map[string]string{"json": "application/json", "csv": "text/csv; charset=utf-8"}[format]
	name := regexp.MustCompile(`^attachment; filename="loramanager-adapters-\d{8}\.` + format + `"$`)
	if r.Header.Get("Content-Type") != contentType || r.Header.Get("X-Content-Type-Options") != "nosniff" || !name.MatchString(r.Header.Get("Content-Disposition")) {
		h.t.Errorf("%s: headers %v", body, r.Header)
	}
	return raw
}

func (h *house) exportJSON(body string) (adapters []lora.Adapter) {
	h.t.Helper()
	raw := h.export("json", body)
	if err := json.Unmarshal([]byte(raw), &adapters); err != nil {
		h.t.Fatalf("%s: %v: %.200s", body, err, raw)
	}
	if lines := strings.Count(raw, "\n"); lines != len(adapters)+2 {
		h.t.Errorf("%s: %d lines for %d adapters and two brackets", body, lines, len(adapters))
	}
	return adapters
}

func (h *house) exportCSV(body string) [][]string {
	h.t.Helper()
	rows, err := csv.NewReader(strings.NewReader(h.export("csv", body))).ReadAll()
	if err != nil {
		h.t.Fatal(err)
	}
	return rows
}

// crowd lists n adapters that have no files.
func (h *house) crowd(n int) {
	h.t.Helper()
	roots, err := h.store.Roots(h.t.Context())
	if err != nil {
		h.t.Fatal(err)
	}
	files := make([]lora.ScannedFile, n)
	for i := range files {
		name := fmt.Sprintf("crowd %05d", i)
		files[i] = lora.ScannedFile{
			RootID: roots[0].ID, RelPath: name + ".safetensors", QuickDigest: "00",
			Stamp: lora.FileStamp{Size: int64(1000 + i), MtimeNS: 1, Dev: 1, Inode: uint64(i)}, //nolint:gosec // not negative
			Proposed: lora.Adapter{
				Name: name, FileName: name + ".safetensors", FilePath: "/srv/" + name + ".safetensors", FileState: lora.FileOK,
				Weight: 1, BaseModel: "sdxl", Kind: "lora", Sources: map[string]lora.Source{"name": lora.FromGuess},
			},
		}
	}
	for chunk := range slices.Chunk(files, 1000) {
		if _, err := h.store.SaveScanned(h.t.Context(), chunk); err != nil {
			h.t.Fatal(err)
		}
	}
}

func TestAnExportIsTheListItself(t *testing.T) {
	t.Parallel()
	h := openHouse(t, 12)
	for query, body := range map[string]string{
		"":                              `{"q":"","format":"json"}`,
		"sort=file_size":                `{"q":"","format":"json","sort":"file_size"}`,
		"sort=rank&order=asc":           `{"q":"","format":"json","sort":"rank","order":"asc"}`,
		"q=kind%3Alora":                 `{"q":"kind:lora","format":"json"}`,
		"q=a&sort=relevance":            `{"q":"a","format":"json","sort":"relevance"}`,
		"q=nothing-has-this-name":       `{"q":"nothing-has-this-name","format":"json"}`,
		"q=is%3Atrashed&sort=file_size": `{"q":"is:trashed","sort":"file_size","format":"json"}`,
	} {
		want, got := settled(h.list("per_page=200&"+query).Items), settled(h.exportJSON(body))
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %v, the list has %v", body, ids(got), ids(want))
		}
	}
}

// settled leaves out what the digest lane may write between two questions.
func settled(adapters []lora.Adapter) []lora.Adapter {
	for i := range adapters {
		adapters[i].SHA256, adapters[i].DuplicateCount = nil, 0
	}
	return adapters
}

func TestAnExportTakesTheSelectionOfABulkAction(t *testing.T) {
	t.Parallel()
	h := openHouse(t, 5)
	all := ids(h.list("").Items)
	for _, c := range []struct {
		name, body string
		want       []string
	}{
		{"ids, in the order of the list and once each", `{"lora_ids":["` + all[3] + `","` + all[1] + `","unknown","` + all[3] + `"],"format":"json"}`, []string{all[1], all[3]}},
		{"all but a few", `{"q":"","except_ids":["` + all[0] + `","` + all[4] + `"],"format":"json"}`, all[1:4]},
		{"no ids, although there is a search", `{"lora_ids":[],"q":"","format":"json"}`, nil},
	} {
		if got := ids(h.exportJSON(c.body)); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
	for body, location := range map[string]string{
		`{"format":"json"}`:                      "body.q",
		`{"q":"nosuch:field","format":"csv"}`:    "body.q",
		`{"q":""}`:                               "body.format",
		`{"q":"","format":"xml"}`:                "body.format",
		`{"q":"","format":"csv","order":"up"}`:   "body.order",
		`{"lora_ids":[1],"q":"","format":"csv"}`: "body.lora_ids[0]",
	} {
		p := h.fails("POST", "/adapters/export", body, 422, lora.Invalid)
		if !slices.ContainsFunc(p.Errors, func(f ProblemField) bool { return f.Location == location }) {
			t.Errorf("%s: no error at %s: %+v", body, location, p.Errors)
		}
	}
}

// header is part of the interface: spreadsheets and scripts refer to columns by name and place.
const header = "id,name,version,canonical_version_name,description,author_username,visibility,published_at,tags,trained_words,triggers," +
	"file_path,weight,active,ordinal,archetype,archetype_confidence,primary_file_name,primary_file_size_kb,primary_file_sha256," +
	"primary_file_download_url,primary_file_local_path,supports_generation,sd_version,nsfw_level,activation_text,json_file_path," +
	"json_file_mtime,json_file_size,last_ingested_at,created_at,updated_at,root_id,folder,file_name,file_state,file_size," +
	"file_modified_at,base_model,base_variant,base_confidence,kind,rank,alpha,trainer,weight_min,weight_max,negative_text,notes," +
	"rating,favorite,source_url,findings,sha256,duplicate_count,use_count,last_used_at,trashed_at"

func TestATableHasOneColumnForEveryFieldThatFitsIntoOne(t *testing.T) {
	t.Parallel()
	h := openHouse(t, 1)
	a := h.list("").Items[0]
	h.do("PATCH", "/adapters/"+a.ID, map[string]any{
		"name": "=HYPERLINK(\"//x\")", "tags": []string{"@one", "two, three"}, "notes": "plain\n\"quoted\", text", "weight": -0.5,
		"author_username": "-1+1", "favorite": true, "rating": 4,
	}, 200, nil)
	a = h.read(a.ID)
	rows := h.exportCSV(`{"q":"","format":"csv"}`)
	if got := strings.Join(rows[0], ","); got != header {
		t.Errorf("header\n%s\nwant\n%s", got, header)
	}
	cells := map[string]string{}
	for i, name := range rows[0] {
		cells[name] = rows[1][i]
	}
	for name, want := range map[string]string{
		"id": a.ID, "name": "'=HYPERLINK(\"//x\")", "tags": "'@one, two, three", "notes": "plain\n\"quoted\", text", "weight": "-0.5",
		"author_username": "'-1+1", "favorite": "true", "active": "false", "rating": "4", "file_state": string(a.FileState),
		"file_size": fmt.Sprint(a.FileSize), "created_at": a.CreatedAt.UTC().Format(time.RFC3339Nano), "trashed_at": "", "last_used_at": "",
	} {
		if cells[name] != want {
			t.Errorf("%s is %q, want %q", name, cells[name], want)
		}
	}
	if empty := h.exportCSV(`{"lora_ids":[],"format":"csv"}`); len(empty) != 1 {
		t.Errorf("an empty selection has the rows %v", empty)
	}
}

func TestCellsThatWouldBeFormulasAreTexts(t *testing.T) {
	t.Parallel()
	negative := -3
	for _, c := range []struct {
		value any
		want  string
	}{
		{"=1+1", "'=1+1"}, {"+1", "'+1"}, {"-1", "'-1"}, {"@SUM(A1)", "'@SUM(A1)"}, {"\t=1", "'\t=1"}, {"\r=1", "'\r=1"}, {"\n=1", "'\n=1"}, {"＝1", "'＝1"},
		{[]string{"=1", "b"}, "'=1, b"}, {lora.FileState("-x"), "'-x"},
		{"a=1", "a=1"}, {"", ""}, {"\xff", "\xff"}, {-1.5, "-1.5"}, {&negative, "-3"}, {(*string)(nil), ""}, {1e21, "1000000000000000000000"},
		{[]lora.Finding{{Code: "truncated"}, {Code: "empty"}}, "truncated, empty"},
	} {
		if got := cell(c.value); got != c.want {
			t.Errorf("%#v becomes %q, want %q", c.value, got, c.want)
		}
	}
}

func TestAnExportOfManyChunksIsWhole(t *testing.T) {
	t.Parallel()
	h := openHouse(t, 0)
	const many = 2*exportChunk + 3
	h.crowd(many)
	adapters := h.exportJSON(`{"q":"crowd","sort":"name","format":"json"}`)
	rows := h.exportCSV(`{"q":"crowd","sort":"name","format":"csv"}`)
	if len(adapters) != many || len(rows) != many+1 {
		t.Fatalf("%d adapters and %d rows, want %d", len(adapters), len(rows), many)
	}
	for i := range adapters {
		if want := fmt.Sprintf("crowd %05d", i); adapters[i].Name != want || rows[i+1][1] != want {
			t.Fatalf("at %d: %q and %q, want %q", i, adapters[i].Name, rows[i+1][1], want)
		}
	}
}

// stubborn takes some bytes and then nothing more.
type stubborn struct{ left int }

func (w *stubborn) Write(p []byte) (int, error) {
	if w.left -= len(p); w.left < 0 {
		return 0, io.ErrClosedPipe
	}
	return len(p), nil
}

func TestAnExportEndsWhenNobodyTakesIt(t *testing.T) {
	t.Parallel()
	h := openHouse(t, 0)
	h.crowd(exportChunk + 1)
	all, err := h.store.MatchingIDs(t.Context(), catalog.Query{})
	if err != nil {
		t.Fatal(err)
	}
	if err := h.fill(t.Context(), sheetOf("json", &stubborn{left: 10_000}), nil, all); err == nil {
		t.Error("a client that is gone was sent everything")
	}
	gone, leave := context.WithCancel(t.Context())
	leave()
	if err := h.fill(gone, sheetOf("csv", io.Discard), nil, all); err == nil {
		t.Error("adapters were read for a client that has left")
	}
}

func TestAnExportThatFailsHalfwayIsCutOff(t *testing.T) {
	t.Parallel()
	h := openHouse(t, 2)
	all := h.list("").Items
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		failing, fail := context.WithCancel(r.Context())
		fail()
		h.sendExport(humachi.NewContext(&huma.Operation{}, r.WithContext(failing), w), "json", all[:1], ids(all[1:]))
	}))
	defer web.Close()
	r, err := web.Client().Get(web.URL)
	if err == nil {
		_, err = io.ReadAll(r.Body)
		_ = r.Body.Close()
	}
	if err == nil {
		t.Error("half a file arrived as if it were whole")
	}
}
