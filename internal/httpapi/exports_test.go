package httpapi

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"testing"

	"loramanager/internal/lora"
)

// members are the names in an archive, in order.
func members(t *testing.T, raw []byte) []string {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range z.File {
		names = append(names, f.Name)
	}
	return names
}

// member is the content of one member of an archive.
func member(t *testing.T, raw []byte, name string) []byte {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		t.Fatal(err)
	}
	f, err := z.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	content, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

func TestAnExportIsTheContractsArchive(t *testing.T) {
	t.Parallel()
	h := openHouse(t, 3)
	r, raw := h.fetch("POST", "/export", `{"loras":true,"max_size_mb":1024,"password":null,"date_from":null,"generation_range":"all","compression":"balanced"}`)
	if r.StatusCode != 200 || r.Header.Get("Content-Type") != "application/zip" || r.Header.Get("Content-Length") != strconv.Itoa(len(raw)) {
		t.Fatalf("%d %v %.300s", r.StatusCode, r.Header, raw)
	}
	if name := r.Header.Get("Content-Disposition"); !strings.HasPrefix(name, "attachment; filename=lora_export_") || !strings.HasSuffix(name, ".zip") || strings.Contains(name, `"`) {
		t.Errorf("Content-Disposition %q", name)
	}
	var manifest struct {
		Count    int `json:"adapter_count"`
		Adapters []struct {
			ID, Name string
			Path     string `json:"metadata_path"`
			Files    []struct {
				Kind, SHA256 string
				Exists       bool
				Path         string `json:"archive_path"`
			}
		}
	}
	if err := json.Unmarshal(member(t, raw, "manifest.json"), &manifest); err != nil {
		t.Fatal(err)
	}
	if manifest.Count != 3 || len(manifest.Adapters) != 3 {
		t.Fatalf("%+v", manifest)
	}
	for _, a := range manifest.Adapters {
		var metadata lora.Adapter
		if err := json.Unmarshal(member(t, raw, a.Path), &metadata); err != nil || metadata.Name != h.read(a.ID).Name {
			t.Errorf("%s: %q %v", a.ID, metadata.Name, err)
		}
		if len(a.Files) == 0 || a.Files[0].Kind != "primary" || !slices.Contains(members(t, raw), a.Files[0].Path) {
			t.Errorf("%s: files %+v", a.Name, a.Files)
		}
	}
	var transfers TransferList
	h.do("GET", "/transfers", nil, 200, &transfers)
	if len(transfers.Transfers) != 1 || transfers.Transfers[0].State != lora.TransferDone {
		t.Errorf("%+v", transfers.Transfers)
	}
}

func TestEveryKeyOfAnExportHasEffectOrIsRefused(t *testing.T) {
	t.Parallel()
	h := openHouse(t, 2)
	for body, detail := range map[string]string{
		`{}`:                             "LoRA export must be enabled",
		`{"loras":"no"}`:                 "LoRA export must be enabled",
		`{"loras":true,"format":"tar"}`:  "Only ZIP exports are supported",
		`{"loras":true,"format":"json"}`: "Only ZIP exports are supported",
	} {
		if p := h.fails("POST", "/export", body, 400, lora.Invalid); p.Detail != detail {
			t.Errorf("%s: %q", body, p.Detail)
		}
	}
	for body, field := range map[string]string{
		`{"loras":true,"lora_embeddings":true}`:                                                                "lora_embeddings",
		`{"loras":true,"lora_metadata":false}`:                                                                 "lora_metadata",
		`{"lora_metadata":true,"generations":true}`:                                                            "lora_metadata",
		`{"generations":true,"lora_files":true}`:                                                               "lora_files",
		`{"loras":true,"images":true}`:                                                                         "images",
		`{"loras":true,"date_from":"2026-01-01"}`:                                                              "date_from",
		`{"loras":true,"date_to":"2026-01-01"}`:                                                                "date_to",
		`{"loras":true,"generation_range":"date_range","date_from":"2026-01-01"}`:                              "generation_range",
		`{"loras":true,"generation_range":"date_range"}`:                                                       "date_from",
		`{"loras":true,"generation_range":"yesterday"}`:                                                        "generation_range",
		`{"generations":true,"generation_range":"date_range","date_from":"2026-01-02","date_to":"2026-01-01"}`: "date_to",
		`{"loras":true,"compression":"brotli"}`:                                                                "compression",
		`{"loras":true,"max_size_mb":5}`:                                                                       "max_size_mb",
		`{"loras":true,"split_archives":true,"max_size_mb":0}`:                                                 "max_size_mb",
		`{"loras":true,"password":"x"}`:                                                                        "password",
		`{"loras":true,"encrypt":true}`:                                                                        "password",
		`{"loras":true,"recipients":["age1x"]}`:                                                                "recipients",
		`{"loras":true,"encrypt":true,"recipients":["nonsense"]}`:                                              "recipients",
		`{"loras":true,"loras":"perhaps"}`:                                                                     "loras",
		`{"generations":true,"search":"x"}`:                                                                    "search",
		`{"loras":true,"search":"rating:("}`:                                                                   "search",
		`{}`:                                                                                                   "loras",
		`{"generations":true,"generation_range":"date_range","date_to":"9999-12-31T23:59:59-12:00"}`:           "date_to",
		`{"generations":true,"generation_range":"date_range","date_from":"0000-01-01T00:00:00+14:00"}`:         "date_from",
	} {
		p := h.fails("POST", "/exports", body, 422, lora.Invalid)
		if len(p.Errors) != 1 || p.Errors[0].Location != "body."+field {
			t.Errorf("%s: %+v", body, p)
		}
	}
}

func TestARangeMayEndWithTheLastDayThereIs(t *testing.T) {
	t.Parallel()
	h := openHouse(t, 0)
	h.do("POST", "/exports", `{"generations":true,"generation_range":"date_range","date_from":"0001-01-01","date_to":"9999-12-31"}`, 201, nil)
}

func TestAnEstimateIsTheContractsAndNearTheTruth(t *testing.T) {
	t.Parallel()
	h := openHouse(t, 5)
	var none ExportEstimate
	h.do("POST", "/export/estimate", `{"loras":false}`, 200, &none)
	if none.Size != "0 Bytes" || none.Time != "0 seconds" || none.SizeBytes != 0 {
		t.Errorf("%+v", none)
	}
	var e ExportEstimate
	h.do("POST", "/export/estimate", `{"loras":true}`, 200, &e)
	raw := h.exported(`{"loras":true}`)
	if e.Counts.Adapters != 5 || e.Counts.Files != 5 || e.Parts != 1 || e.Size == "" || e.Time == "" {
		t.Errorf("%+v", e)
	}
	if off := float64(e.SizeBytes)/float64(len(raw)) - 1; off < -0.5 || off > 0.5 {
		t.Errorf("%d bytes were estimated, %d came", e.SizeBytes, len(raw))
	}
	var only ExportEstimate
	h.do("POST", "/export/estimate", `{"loras":true,"lora_files":false}`, 200, &only)
	if only.SizeBytes >= e.SizeBytes || only.Counts.Files != 0 {
		t.Errorf("%+v", only)
	}
}

func TestADownloadOfAnExportResumes(t *testing.T) {
	t.Parallel()
	h := openHouse(t, 3)
	var planned ExportReply
	h.do("POST", "/exports", `{"loras":true}`, 201, &planned)
	path := planned.Export.Parts[0].URL[len(apiPrefix):]
	r, whole := h.fetch("GET", path, "")
	tag, n := r.Header.Get("ETag"), len(whole)
	if r.StatusCode != 200 || tag == "" || r.Header.Get("Accept-Ranges") != "bytes" {
		t.Fatalf("%d %v", r.StatusCode, r.Header)
	}
	for _, c := range []struct {
		name, header, ifRange string
		status, from, until   int
	}{
		{"the rest", "bytes=100-", "", 206, 100, n},
		{"the rest, if it is still the same", "bytes=100-", tag, 206, 100, n},
		{"a part", "bytes=10-19", "", 206, 10, 20},
		{"the end", "bytes=-7", "", 206, n - 7, n},
		{"more than there is", fmt.Sprintf("bytes=5-%d", n+5), "", 206, 5, n},
		{"another file now", "bytes=100-", `"other"`, 200, 0, n},
		{"several ranges", "bytes=0-1,4-5", "", 200, 0, n},
		{"another unit", "lines=1-2", "", 200, 0, n},
		{"nonsense", "bytes=b-a", "", 200, 0, n},
		{"backwards", "bytes=9-3", "", 200, 0, n},
	} {
		headers := []string{"Range: " + c.header}
		if c.ifRange != "" {
			headers = append(headers, "If-Range: "+c.ifRange)
		}
		r, part := h.fetch("GET", path, "", headers...)
		if r.StatusCode != c.status || !bytes.Equal(part, whole[c.from:c.until]) || r.Header.Get("Content-Length") != strconv.Itoa(c.until-c.from) {
			t.Errorf("%s: %d with %d bytes of %d, want %d", c.name, r.StatusCode, len(part), n, c.until-c.from)
		}
		if want := fmt.Sprintf("bytes %d-%d/%d", c.from, c.until-1, n); c.status == 206 && r.Header.Get("Content-Range") != want {
			t.Errorf("%s: Content-Range %q, want %q", c.name, r.Header.Get("Content-Range"), want)
		}
	}
	if r, _ := h.fetch("GET", path, "", fmt.Sprintf("Range: bytes=%d-", n)); r.StatusCode != 416 || r.Header.Get("Content-Range") != fmt.Sprintf("bytes */%d", n) {
		t.Errorf("behind the end: %d %v", r.StatusCode, r.Header)
	}
	if r, body := h.fetch("HEAD", path, ""); r.StatusCode != 200 || len(body) != 0 || r.Header.Get("Content-Length") != strconv.Itoa(n) {
		t.Errorf("HEAD: %d %v", r.StatusCode, r.Header)
	}
	h.fails("GET", path[:strings.LastIndex(path, "/")]+"/2", "", 404, lora.NotFound)
	h.do("DELETE", "/exports/"+planned.Export.ID, nil, 204, nil)
	h.fails("GET", path, "", 404, lora.NotFound)
	h.fails("DELETE", "/exports/"+planned.Export.ID, "", 404, lora.NotFound)
	h.fails("GET", "/exports/none", "", 404, lora.NotFound)
}

func TestAnExportHoldsOnlyWhatWasChosen(t *testing.T) {
	t.Parallel()
	h := openHouse(t, 4)
	items := h.list("").Items
	h.do("PATCH", "/adapters/"+items[0].ID, `{"tags":["chosen"]}`, 200, nil)
	count := func(raw []byte, suffix string) (n int) {
		for _, name := range members(t, raw) {
			if strings.HasSuffix(name, suffix) {
				n++
			}
		}
		return n
	}
	for _, c := range []struct {
		config          string
		adapters, files int
	}{
		{`{"loras":true,"lora_files":false}`, 4, 0},
		{fmt.Sprintf(`{"loras":true,"adapter_ids":[%q,%q]}`, items[0].ID, items[1].ID), 2, 2},
		{`{"loras":true,"search":"tag:chosen"}`, 1, 1},
		{`{"user_data":true,"system_config":true}`, 0, 0},
	} {
		raw := h.exported(c.config)
		if a, f := count(raw, "/metadata.json"), count(raw, ".safetensors"); a != c.adapters || f != c.files {
			t.Errorf("%s: %d adapters and %d files, want %d and %d", c.config, a, f, c.adapters, c.files)
		}
	}
}
