package httpapi

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"loramanager/internal/lora"
)

// contractKeys are the keys every client of the prototype relies on, in order.
var contractKeys = strings.Fields(`id name version canonical_version_name description author_username visibility published_at tags
	trained_words triggers file_path weight active ordinal archetype archetype_confidence primary_file_name primary_file_size_kb
	primary_file_sha256 primary_file_download_url primary_file_local_path supports_generation sd_version nsfw_level activation_text
	stats extra json_file_path json_file_mtime json_file_size last_ingested_at created_at updated_at`)

func TestAnAdapterHasTheContractsKeysInOrder(t *testing.T) {
	t.Parallel()
	h := openHouse(t, 3)
	var list struct{ Items []json.RawMessage }
	h.do("GET", "/adapters", nil, 200, &list)
	dec := json.NewDecoder(strings.NewReader(string(list.Items[0])))
	var keys []string
	depth, expectKey := 0, false
	for {
		token, err := dec.Token()
		if err != nil {
			break
		}
		if d, ok := token.(json.Delim); ok {
			if d == '{' || d == '[' {
				depth++
			} else {
				depth--
			}
			expectKey = depth == 1
			continue
		}
		if depth == 1 && expectKey {
			keys = append(keys, token.(string))
			expectKey = false
		} else if depth == 1 {
			expectKey = true
		}
	}
	if len(keys) < len(contractKeys) || !slices.Equal(keys[:len(contractKeys)], contractKeys) {
		t.Errorf("keys %v", keys)
	}
	for _, key := range []string{"tags", "trained_words", "triggers", "findings"} {
		var a map[string]json.RawMessage
		if err := json.Unmarshal(list.Items[0], &a); err != nil || string(a[key]) == "null" {
			t.Errorf("%s is %s", key, a[key])
		}
	}
}

func TestTheListPagesAndSorts(t *testing.T) {
	t.Parallel()
	h := openHouse(t, 30)
	all := h.list("per_page=500")
	if all.Total != 30 || all.Filtered != 30 || all.PerPage != 200 || all.Page != 1 || all.Pages != 1 || len(all.Items) != 30 || all.NextCursor != nil {
		t.Fatalf("%+v", all)
	}
	for _, c := range []struct {
		query         string
		page, perPage int
		pages, items  int
	}{
		{"", 1, 24, 2, 24},
		{"page=2", 2, 24, 2, 6},
		{"page=9", 9, 24, 2, 0},
		{"page=0&per_page=0", 1, 1, 30, 1},
		{"page=-3&per_page=-1", 1, 1, 30, 1},
		{"page=+1&per_page=010", 1, 10, 3, 10},
		{"page=%201&per_page=10.0", 1, 10, 3, 10},
		{"page=7&page=2&per_page=10", 2, 10, 3, 10}, // the last one counts
		{"page=99999999999999", 1 << 40, 24, 2, 0},
	} {
		l := h.list(c.query)
		if l.Page != c.page || l.PerPage != c.perPage || l.Pages != c.pages || len(l.Items) != c.items {
			t.Errorf("%q: page %d of %d with %d items, per page %d", c.query, l.Page, l.Pages, len(l.Items), l.PerPage)
		}
	}
	names := func(l AdapterList) (n []string) {
		for _, a := range l.Items {
			n = append(n, strings.ToLower(a.Name))
		}
		return n
	}
	if n := names(all); !slices.IsSorted(n) {
		t.Errorf("not sorted by name: %v", n)
	}
	if n := names(h.list("per_page=200&sort=NoSuchOrder")); !slices.IsSorted(n) {
		t.Error("an unknown order is not by name")
	}
	big := h.list("per_page=200&sort=FILE_SIZE").Items
	if !slices.IsSortedFunc(big, func(a, b lora.Adapter) int { return b.FileSize - a.FileSize }) {
		t.Error("not sorted by size, largest first")
	}
	var walked []string
	for after := ""; ; {
		l := h.list("per_page=7&after=" + url.QueryEscape(after))
		walked = append(walked, names(l)...)
		if l.NextCursor == nil {
			break
		}
		after = *l.NextCursor
	}
	if !slices.Equal(walked, names(all)) {
		t.Errorf("cursors walk %v", walked)
	}
	h.fails("GET", "/adapters?after=nonsense", "", 422, lora.Invalid)
}

func TestLaxQueryBooleans(t *testing.T) {
	t.Parallel()
	h := openHouse(t, 4)
	id := h.list("").Items[0].ID
	h.do("POST", "/adapters/"+id+"/activate", nil, 200, nil)
	for _, yes := range []string{"1", "true", "True", "yes", "on", "t", "y", "YES"} {
		if l := h.list("active_only=" + yes); l.Filtered != 1 || l.Total != 4 {
			t.Errorf("%s: %d of %d", yes, l.Filtered, l.Total)
		}
	}
	for _, no := range []string{"0", "false", "no", "off", "f", "n"} {
		if l := h.list("active_only=" + no); l.Filtered != 4 {
			t.Errorf("%q: %d", no, l.Filtered)
		}
	}
	for _, odd := range []string{"2", "maybe", ""} {
		h.fails("GET", "/adapters?active_only="+odd, "", 422, lora.Invalid)
	}
	if p := h.fails("GET", "/adapters?active_only=maybe", "", 422, lora.Invalid); len(p.Errors) != 1 || p.Errors[0].Value != "maybe" {
		t.Errorf("the reply does not say what was wrong: %+v", p.Errors)
	}
}

func TestSearchTakesWildcardsLiterally(t *testing.T) {
	t.Parallel()
	h := openHouse(t, 2)
	items := h.list("").Items
	h.do("PATCH", "/adapters/"+items[0].ID, `{"name":"100%_Sure","tags":["Anime","two words"]}`, 200, nil)
	for query, want := range map[string]int{
		"search=%25_": 1, "search=%25": 1, "search=_sure": 1, "search=100": 1, "search=__": 0,
		"tags=anime": 1, "tags=,%20ANIME%20,,nothing": 1, "tags=ani": 0, "tags=two%20words": 1, "tags=,": 2,
	} {
		if l := h.list(query); l.Filtered != want {
			t.Errorf("%s: %d, want %d", query, l.Filtered, want)
		}
	}
	var tags TagList
	h.do("GET", "/adapters/tags", nil, 200, &tags)
	if !slices.Contains(tags.Tags, "Anime") || !slices.IsSortedFunc(tags.Tags, func(a, b string) int { return strings.Compare(strings.ToLower(a), strings.ToLower(b)) }) {
		t.Errorf("%v", tags.Tags)
	}
}

func TestCreateFollowsTheContract(t *testing.T) {
	t.Parallel()
	h := openHouse(t, 0)
	path := h.put("by hand.safetensors")
	var r AdapterReply
	h.do("POST", "/adapters", map[string]any{
		"name": "By hand", "file_path": path, "weight": "0", "active": "yes", "ordinal": "3", "nsfw_level": 2.0, "tags": nil, "visibility": nil,
		"primary_file_size_kb": 12.5, "published_at": "2026-03-04T12:00:00+05:30", "unknown_key": 1, "stats": map[string]any{"downloads": 5},
	}, 201, &r)
	a := r.Adapter
	if a.Name != "By hand" || a.Weight != 0 || !a.Active || a.Ordinal == nil || *a.Ordinal != 3 || a.NSFWLevel != 2 || a.Visibility != "Public" ||
		len(a.Tags) != 0 || a.PrimaryFileSizeKB == nil || *a.PrimaryFileSizeKB != 12 || a.Stats["downloads"] != 5.0 {
		t.Errorf("%+v", a)
	}
	if a.PublishedAt == nil || a.PublishedAt.UTC().Format("15:04") != "06:30" {
		t.Errorf("the offset was dropped: %v", a.PublishedAt)
	}
	if a.BaseModel == lora.UnknownBase || a.FileState != lora.FileOK {
		t.Errorf("the file was not looked at: %s %s", a.BaseModel, a.FileState)
	}
	p := h.fails("POST", "/adapters", fmt.Sprintf(`{"name":"By hand","file_path":%q}`, path), 400, lora.Invalid)
	if p.Detail != "adapter with this name and version already exists" {
		t.Errorf("detail %q", p.Detail)
	}
	for name, bad := range map[string]string{"nothing there": filepath.Join(h.dir, "gone.safetensors"), "a folder": h.dir} {
		if p := h.fails("POST", "/adapters", fmt.Sprintf(`{"name":"x","file_path":%q}`, bad), 400, lora.Invalid); !strings.HasPrefix(p.Detail, "file_path") {
			t.Errorf("%s: %q", name, p.Detail)
		}
	}
}

func TestRoundingIsTheBankers(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int{"12.5": 12, "13.5": 14, `"223109.61"`: 223110, "-0.5": 0, `" 7 "`: 7} {
		var n roundedInt
		if err := json.Unmarshal([]byte(text), &n); err != nil || int(n) != want {
			t.Errorf("%s: %d, %v", text, n, err)
		}
	}
}

func TestFilesOutsideTheRootsAreRefusedWithoutSayingMore(t *testing.T) {
	t.Parallel()
	h := openHouse(t, 1)
	there := filepath.Join(t.TempDir(), "secret.safetensors")
	if err := os.WriteFile(there, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(h.dir, "link.safetensors")
	if err := os.Symlink(there, link); err != nil {
		t.Fatal(err)
	}
	var details []string
	for _, path := range []string{there, there + "x", "/etc/passwd", "/nowhere/at/all", h.dir + "/../secret.safetensors", link} {
		details = append(details, h.fails("POST", "/adapters", fmt.Sprintf(`{"name":"x","file_path":%q}`, path), 403, lora.Forbidden).Detail)
	}
	if unique := slices.Compact(details); len(unique) != 1 {
		t.Errorf("the answers differ: %q", unique)
	}
}

func TestAScannedFileIsAdopted(t *testing.T) {
	t.Parallel()
	h := openHouse(t, 3)
	before := h.list("").Items[0]
	var r AdapterReply
	h.do("POST", "/adapters", map[string]any{"name": "Mine now", "version": "2", "file_path": before.FilePath, "weight": 0.4}, 201, &r)
	if r.Adapter.ID != before.ID || r.Adapter.Name != "Mine now" || r.Adapter.Weight != 0.4 || r.Adapter.BaseModel != before.BaseModel {
		t.Errorf("%+v", r.Adapter)
	}
	if l := h.list(""); l.Total != 3 {
		t.Errorf("%d adapters", l.Total)
	}
}

func TestParallelCreatesOfOneNameHaveOneWinner(t *testing.T) {
	t.Parallel()
	h := openHouse(t, 0)
	var paths []string
	for i := range 32 {
		paths = append(paths, h.put(fmt.Sprintf("file %02d.safetensors", i)))
	}
	statuses := make([]int, len(paths))
	var all sync.WaitGroup
	for i, path := range paths {
		all.Go(func() {
			body := fmt.Sprintf(`{"name":"Same","file_path":%q}`, path)
			r, err := h.http.Client().Post(h.http.URL+apiPrefix+"/adapters", "application/json", strings.NewReader(body))
			if err != nil {
				t.Error(err)
				return
			}
			_ = r.Body.Close()
			statuses[i] = r.StatusCode
		})
	}
	all.Wait()
	slices.Sort(statuses)
	if statuses[0] != http.StatusCreated || statuses[1] != http.StatusBadRequest || statuses[31] != http.StatusBadRequest {
		t.Errorf("%v", statuses)
	}
}

func TestPatchFollowsTheContract(t *testing.T) {
	t.Parallel()
	h := openHouse(t, 2)
	id := h.list("").Items[0].ID
	var r AdapterChanged
	h.do("PATCH", "/adapters/"+id, `{"weight":0,"active":true,"ordinal":7,"tags":[" Anime ","anime","b"],"description":"<b>x</b><script>alert(1)</script>",
		"archetype":"hero","archetype_confidence":1,"visibility":"Private","nsfw_level":3,"supports_generation":true,"sd_version":"SDXL","notes":"n","rating":4,
		"favorite":true,"weight_min":0.2,"weight_max":1.1,"negative_text":"no","source_url":"https://example.com/x"}`, 200, &r)
	a := r.Adapter
	if a.Weight != 0 || !a.Active || *a.Ordinal != 7 || *a.Archetype != "hero" || a.NSFWLevel != 3 || a.Rating != 4 || !a.Favorite || a.Notes != "n" || r.UndoID == nil {
		t.Errorf("%+v", a)
	}
	if strings.Contains(*a.Description, "script") {
		t.Errorf("description %q", *a.Description)
	}
	for body, detail := range map[string]string{
		`{}`:                           "No valid fields provided for update",
		`{"weight":null}`:              "Field 'weight' must be a number",
		`{"active":null}`:              "Field 'active' must be a boolean",
		`{"tags":null}`:                "Field 'tags' must be a list",
		`{"nsfw_level":null}`:          "Field 'nsfw_level' must be an integer",
		`{"trained_words":null}`:       "Field 'trained_words' must be a list",
		`{"triggers":null}`:            "Field 'triggers' must be a list",
		`{"visibility":null}`:          "Field 'visibility' must be a string",
		`{"supports_generation":null}`: "Field 'supports_generation' must be a boolean",
	} {
		if p := h.fails("PATCH", "/adapters/"+id, body, 400, lora.Invalid); p.Detail != detail {
			t.Errorf("%s: %q", body, p.Detail)
		}
	}
	h.do("PATCH", "/adapters/"+id, `{"ordinal":null,"description":null,"activation_text":null,"archetype":null,"archetype_confidence":null,"sd_version":null}`, 200, &r)
	if a := r.Adapter; a.Ordinal != nil || a.Description != nil || a.Archetype != nil || a.ArchetypeConfidence != nil || a.SDVersion != nil {
		t.Errorf("%+v", a)
	}
	if p := h.fails("PATCH", "/adapters/none", `{}`, 404, lora.NotFound); p.Detail == "" {
		t.Error("no detail")
	}
	if h.list("").Filtered != 2 {
		t.Error("the list broke")
	}
}

func TestActivateAndDeactivate(t *testing.T) {
	t.Parallel()
	h := openHouse(t, 1)
	id := h.list("").Items[0].ID
	var r AdapterChanged
	h.do("POST", "/adapters/"+id+"/activate?ordinal=0", nil, 200, &r)
	if !r.Adapter.Active || r.Adapter.Ordinal == nil || *r.Adapter.Ordinal != 0 {
		t.Errorf("%+v", r.Adapter)
	}
	h.do("POST", "/adapters/"+id+"/deactivate", nil, 200, &r)
	if r.Adapter.Active || *r.Adapter.Ordinal != 0 {
		t.Errorf("%+v", r.Adapter)
	}
	h.fails("POST", "/adapters/none/activate", "", 404, lora.NotFound)
	h.fails("POST", "/adapters/"+id+"/activate?ordinal=x", "", 422, lora.Invalid)
	h.do("PUT", "/adapters/"+id+"/rating", `{"rating":5}`, 200, &r)
	h.do("PUT", "/adapters/"+id+"/favorite", `{"is_favorite":true}`, 200, &r)
	if r.Adapter.Rating != 5 || !r.Adapter.Favorite {
		t.Errorf("%+v", r.Adapter)
	}
	h.do("PUT", "/adapters/"+id+"/rating", `{"rating":null}`, 200, &r)
	if r.Adapter.Rating != 0 {
		t.Errorf("rating %d", r.Adapter.Rating)
	}
}
