package httpapi

import (
	"archive/zip"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"image"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"loramanager/internal/lora"
)

// small asks for a picture that is drawn at once.
const small = `"width":64,"height":48,"steps":2`

// final waits until a job is final.
func (h *house) final(id string) lora.Job {
	h.t.Helper()
	job, err := h.studio.jobs.Wait(h.t.Context(), id)
	if err != nil {
		h.t.Fatal(err)
	}
	return job
}

// delivered waits for a delivery and reads it.
func (h *house) delivered(id string) DeliveryView {
	h.t.Helper()
	h.final(id)
	var r DeliveryReply
	h.do("GET", "/deliveries/"+id, nil, 200, &r)
	return r.Delivery
}

// made generates one picture and reads its result.
func (h *house) made(prompt string) ResultDetail {
	h.t.Helper()
	var queued QueuedReply
	h.do("POST", "/generation/queue-generation", fmt.Sprintf(`{"prompt":%q,%s}`, prompt, small), 200, &queued)
	h.final(queued.DeliveryID)
	var r ResultDetail
	h.do("GET", "/generation/results/"+queued.DeliveryID, nil, 200, &r)
	return r
}

func TestGenerateFollowsTheContract(t *testing.T) {
	t.Parallel()
	h := openHouse(t, 0)
	var backends BackendList
	if h.do("GET", "/generation/backends", nil, 200, &backends); backends["sdnext"] || !backends["sketch"] {
		t.Errorf("%v", backends)
	}
	var raw map[string]json.RawMessage
	h.do("POST", "/generation/generate", `{"prompt":"one","seed":"7",`+small+`}`, 200, &raw)
	for _, key := range []string{"job_id", "status", "images", "progress", "error_message", "generation_info"} {
		if _, ok := raw[key]; !ok {
			t.Errorf("the reply lacks %s", key)
		}
	}
	for format, check := range map[string]func(string) bool{
		"base64": func(s string) bool {
			picture, err := base64.StdEncoding.DecodeString(s)
			_, _, decodeErr := image.DecodeConfig(bytes.NewReader(picture))
			return err == nil && decodeErr == nil
		},
		"file_path": func(s string) bool { return strings.HasPrefix(s, "/pictures/") && strings.HasSuffix(s, ".png") },
		"url":       func(s string) bool { return strings.HasPrefix(s, "/api/v1/pictures/") },
	} {
		var r GenerationReply
		h.do("POST", "/generation/generate?return_format="+format, `{"prompt":"one","seed":7,"batch_size":2,`+small+`}`, 200, &r)
		if r.Status != "completed" || len(r.Images) != 2 || *r.Progress != 1 || !check(r.Images[0]) {
			t.Errorf("%s: %+v", format, r)
		}
		var job GenerationJobReply
		h.do("GET", "/generation/jobs/"+r.JobID, nil, 200, &job)
		if images, _ := job.Delivery.Result["images"].([]any); len(images) != 2 || images[0] != r.Images[0] || job.Delivery.Status != "completed" {
			t.Errorf("%s: the kept job has other images", format)
		}
	}
	for backend, message := range map[string]string{"nobody": "Generation backend 'nobody' not found", "sdnext": "SDNext backend not configured"} {
		var r GenerationReply
		h.do("POST", "/generation/generate?backend="+backend, `{"prompt":"x"}`, 200, &r)
		if r.JobID != "unknown" || r.Status != "failed" || r.ErrorMessage == nil || *r.ErrorMessage != message || r.Images != nil {
			t.Errorf("%s: %+v", backend, r)
		}
		h.fails("POST", "/generation/queue-generation?backend="+backend, `{"prompt":"x"}`, 404, lora.NotFound)
	}
	h.fails("GET", "/generation/progress/x?backend=nobody", "", 404, lora.NotFound)
}

func TestParametersOutOfBoundsAreNamed(t *testing.T) {
	t.Parallel()
	h := openHouse(t, 0)
	for field, value := range map[string]string{
		"steps": "0", "cfg_scale": "100.5", "width": "15", "height": "16385", "batch_size": "65", "n_iter": "0", "denoising_strength": "1.5", "seed": "-2",
		"clip_skip": "99", "init_image": `"abc"`, "mask_image": `"` + strings.Repeat("a", 64) + `"`, "sampler_name": "5", "hires": `{"scale":99,"denoising":0.5}`,
		"adapters": `[{"name":"x","weight":1e6}]`, "upscale": `{"upscaler":5}`, "controls": `"x"`,
	} {
		body := fmt.Sprintf(`{"prompt":"x",%q:%s}`, field, value)
		if p := h.fails("POST", "/generation/generate", body, 422, lora.Invalid); len(p.Errors) != 1 || !strings.HasPrefix(p.Errors[0].Location, "body."+field) ||
			!strings.Contains(p.Detail, field) && field != "mask_image" && field != "adapters" {
			t.Errorf("%s: %+v", body, p.Errors)
		}
	}
	for _, path := range []string{"mode=later", "return_format=gif", "priority=10", "composition_id=nobody", "backend=" + strings.Repeat("x", 201)} {
		h.fails("POST", "/generation/generate?"+path, `{"prompt":"x"}`, 422, lora.Invalid)
	}
	for _, body := range []string{`{}`, `{"prompt":null}`, `[]`, `{`, ``, `{"prompt":"x","deliver":{"mode":"pigeon"}}`} {
		h.fails("POST", "/generation/queue-generation", body, 422, lora.Invalid)
	}
	p := h.fails("POST", "/generation/compose-and-generate", `{"compose_request":{},"generation_params":{"prompt":""}}`, 400, lora.Invalid)
	if p.Detail != "No active adapters found" {
		t.Errorf("%q", p.Detail)
	}
	h.fails("POST", "/generation/compose-and-generate", `{"generation_params":{"prompt":""}}`, 422, lora.Invalid)
	h.activate("Alpha", "", 0.5, nil)
	var r GenerationReply
	h.do("POST", "/generation/compose-and-generate?return_format=url", `{"compose_request":{"prefix":"hi"},"generation_params":{"prompt":"unused",`+small+`}}`, 200, &r)
	if got := h.final(r.JobID); got.Prompt != "hi <lora:Alpha:0.500>" || got.Status != lora.JobSucceeded {
		t.Errorf("%+v", got)
	}
}

func TestARepeatedRequestMakesNoSecondJob(t *testing.T) {
	t.Parallel()
	h := openHouse(t, 0)
	var ids []string
	for range 3 {
		r := h.ask(t, "POST", apiPrefix+"/generation/queue-generation", `{"prompt":"x",`+small+`}`, "Idempotency-Key: same")
		var queued QueuedReply
		if err := json.Unmarshal([]byte(text(t, r)), &queued); err != nil {
			t.Fatal(err)
		}
		ids = append(ids, queued.DeliveryID)
	}
	if len(slices.Compact(ids)) != 1 {
		t.Errorf("%v", ids)
	}
}

func TestNobodyWaitsForAJobThatCannotRun(t *testing.T) {
	t.Parallel()
	h := openHouse(t, 0)
	h.do("POST", "/generation/queue/pause", nil, 200, nil)
	var r GenerationReply
	h.do("POST", "/generation/generate", `{"prompt":"x",`+small+`}`, 200, &r)
	if r.Status != "queued" || r.Images != nil || r.ErrorMessage == nil || !strings.Contains(*r.ErrorMessage, "paused") {
		t.Errorf("while the queue is paused: %+v", r)
	}
	job, err := h.store.Job(t.Context(), r.JobID)
	if err != nil {
		t.Fatal(err)
	}
	for status, part := range map[lora.JobStatus]string{
		lora.JobPending: "No worker was free", lora.JobRunning: "still busy", lora.JobRetrying: "It is away. The job is tried again",
	} {
		job.Status, job.Error = status, ""
		if status == lora.JobRetrying {
			job.Error = "It is away."
		}
		if got := whyUnfinished(&job, false, time.Minute); !strings.Contains(got, part) {
			t.Errorf("%s: %q", status, got)
		}
	}
	h.do("POST", "/generation/queue/resume", nil, 200, nil)
	if got := h.final(r.JobID); got.Status != lora.JobSucceeded {
		t.Errorf("after the queue was resumed: %+v", got)
	}
}

func TestTheQueueIsSteered(t *testing.T) {
	t.Parallel()
	h := openHouse(t, 0)
	var state lora.QueueState
	if h.do("POST", "/generation/queue/pause", nil, 200, &state); !state.Paused {
		t.Fatal("not paused")
	}
	var ids []string
	for i := range 4 {
		var queued QueuedReply
		h.do("POST", fmt.Sprintf("/generation/queue-generation?priority=%d", 3+i%2), fmt.Sprintf(`{"prompt":"number %d",%s}`, i, small), 200, &queued)
		ids = append(ids, queued.DeliveryID)
	}
	order := func() (order []string) {
		var q QueueReply
		h.do("GET", "/generation/queue", nil, 200, &q)
		for i, j := range q.Jobs {
			if j.Position == nil || *j.Position != i+1 || j.RawStatus != lora.JobPending || j.Status != "queued" || j.Params["backend"] != j.Mode || j.Params["prompt"] != j.Prompt {
				t.Errorf("%+v", j)
			}
			order = append(order, j.ID)
		}
		return order
	}
	if got := order(); !slices.Equal(got, []string{ids[1], ids[3], ids[0], ids[2]}) {
		t.Errorf("%v of %v", got, ids)
	}
	h.do("POST", "/generation/jobs/"+ids[2]+"/move", map[string]any{"before": ids[1]}, 200, nil)
	if got := order(); got[0] != ids[2] {
		t.Errorf("%v was not moved to the front of %v", ids[2], got)
	}
	var cancelled CancelReply
	h.do("POST", "/generation/jobs/"+ids[3]+"/cancel", nil, 200, &cancelled)
	if want := (CancelReply{true, "cancelled", "Generation job cancelled"}); cancelled != want {
		t.Errorf("%+v", cancelled)
	}
	if p := h.fails("POST", "/generation/jobs/"+ids[3]+"/cancel", "", 400, lora.Invalid); p.Detail != "Job cannot be cancelled in its current state" {
		t.Errorf("%q", p.Detail)
	}
	if p := h.fails("POST", "/generation/jobs/none/cancel", "", 404, lora.NotFound); p.Detail != "Job not found" {
		t.Errorf("%q", p.Detail)
	}
	var active []JobView
	if h.do("GET", "/generation/jobs/active?limit=2", nil, 200, &active); len(active) != 2 {
		t.Errorf("%d active", len(active))
	}
	h.fails("GET", "/generation/jobs/active?limit=201", "", 422, lora.Invalid)
	var log JobList
	if h.do("GET", "/generation/jobs?status=cancelled&status=failed", nil, 200, &log); len(log.Jobs) != 1 || log.Jobs[0].Status != "failed" || log.Jobs[0].RawStatus != lora.JobCancelled {
		t.Errorf("%+v", log)
	}
	var retried JobReply
	if h.do("POST", "/generation/jobs/"+ids[3]+"/retry", nil, 200, &retried); retried.Job.RawStatus != lora.JobPending {
		t.Errorf("%+v", retried)
	}
	h.do("POST", "/generation/queue/resume", nil, 200, nil)
	for _, id := range ids {
		if j := h.final(id); j.Status != lora.JobSucceeded {
			t.Errorf("%+v", j)
		}
	}
}

func TestResultsAreListedRatedAndThrownAway(t *testing.T) {
	t.Parallel()
	h := openHouse(t, 2)
	a := h.list("").Items[0]
	first, second := h.made("a castle <lora:"+a.Name+":0.5> <lora:gone:1>"), h.made("a ruin")
	if len(first.Adapters) != 2 || !first.Adapters[0].Found || first.Adapters[1].Found || first.ImageURL == nil || first.Params == nil || *first.Seed < 0 || first.Engine != "sketch" {
		t.Errorf("%+v", first)
	}
	if len(first.Infotexts) != 1 || len(first.Images) != 1 || first.Images[0].Width != 64 || first.DurationSeconds == nil || first.RawStatus != lora.JobSucceeded {
		t.Errorf("%+v", first)
	}
	ids := func(path string) (ids []string) {
		var list []Result
		h.do("GET", path, nil, 200, &list)
		for _, r := range list {
			ids = append(ids, r.ID)
		}
		return ids
	}
	for query, want := range map[string][]string{
		"": {second.ID, first.ID}, "limit=1": {second.ID}, "limit=1&offset=1": {first.ID}, "page=2&page_size=1": {first.ID}, "search=castle": {first.ID},
		"adapter_id=" + a.ID: {first.ID}, "status=failed": nil, "sort=oldest": {first.ID, second.ID}, "end_date=2020-01-01": nil, "start_date=2020-01-01": {second.ID, first.ID},
	} {
		if got := ids("/generation/results?" + query); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", query, got, want)
		}
	}
	for _, bad := range []string{"limit=101", "limit=0", "offset=-1", "start_date=soon", "after=x", "sort=best"} {
		h.fails("GET", "/generation/results?"+bad, "", 422, lora.Invalid)
	}
	var r Result
	if h.do("PUT", "/generation/results/"+first.ID+"/rating", `{"rating":4}`, 200, &r); r.Rating == nil || *r.Rating != 4 || r.RatingUpdatedAt == nil {
		t.Errorf("%+v", r)
	}
	if h.do("PUT", "/generation/results/"+first.ID+"/favorite", `{"is_favorite":true}`, 200, &r); !r.IsFavorite || r.FavoriteUpdatedAt == nil {
		t.Errorf("%+v", r)
	}
	h.fails("PUT", "/generation/results/"+first.ID+"/rating", `{"rating":6}`, 422, lora.Invalid)
	h.fails("PUT", "/generation/results/none/rating", `{"rating":1}`, 404, lora.NotFound)
	var updated UpdatedReply
	if h.do("PUT", "/generation/results/bulk-favorite", map[string]any{"ids": []any{first.ID, second.ID, second.ID, 7}, "is_favorite": true}, 200, &updated); updated.Updated != 1 { // the first was one already
		t.Errorf("%+v", updated)
	}
	var stats lora.ResultStats
	if h.do("GET", "/generation/results/stats", nil, 200, &stats); stats.Results != 2 || stats.Favorites != 2 || stats.AvgRating == nil || *stats.AvgRating != 4 || stats.SizeBytes == 0 {
		t.Errorf("%+v", stats)
	}
	var deleted DeletedReply
	if h.do("DELETE", "/generation/results/bulk-delete", map[string]any{"ids": []any{second.ID, second.ID, 12, "none"}}, 200, &deleted); deleted.Deleted != 1 {
		t.Errorf("repeated ids count: %+v", deleted)
	}
	h.fails("DELETE", "/generation/results/bulk-delete", "", 422, lora.Invalid)
	h.do("DELETE", "/generation/results/"+first.ID, nil, 204, nil)
	h.fails("DELETE", "/generation/results/none", "", 404, lora.NotFound)
	if got := ids("/generation/results"); got != nil {
		t.Errorf("%v are still there", got)
	}
	h.do("POST", "/generation/results/"+first.ID+"/restore", nil, 200, &r)
	h.fails("DELETE", "/generation/trash", `{"expected":5}`, 409, lora.Conflict)
	var purged Purged
	if h.do("DELETE", "/generation/trash", `{"expected":1}`, 200, &purged); purged.Purged != 1 {
		t.Errorf("%+v", purged)
	}
	var bulk ResultBulkReply
	h.do("POST", "/generation/results/bulk", map[string]any{"ids": []string{first.ID, second.ID}, "action": "add_tags", "tags": []string{"Keep"}}, 200, &bulk)
	if want := (ResultBulkReply{Processed: 1, Skipped: 1}); bulk != want {
		t.Errorf("%+v", bulk)
	}
	for _, rating := range []string{``, `,"rating":6`, `,"rating":"x"`} {
		p := h.fails("POST", "/generation/results/bulk", `{"action":"rate","ids":["`+first.ID+`"]`+rating+`}`, 422, lora.Invalid)
		if len(p.Errors) != 1 || p.Errors[0].Location != "body.rating" {
			t.Errorf("%s: %+v", rating, p)
		}
	}
	h.do("POST", "/generation/results/bulk", map[string]any{"ids": []string{first.ID}, "action": "rate", "rating": 4}, 200, nil)
	h.do("POST", "/generation/results/bulk", map[string]any{"ids": []string{first.ID}, "action": "rate", "rating": nil}, 200, nil)
	if h.do("GET", "/generation/results/"+first.ID, nil, 200, &r); r.Rating != nil {
		t.Errorf("null left the rating %d", *r.Rating)
	}
	var facets lora.ResultFacets
	if h.do("GET", "/generation/results/facets", nil, 200, &facets); len(facets.Tags) != 1 || len(facets.Engines) != 1 || facets.Engines[0].Value != "sketch" {
		t.Errorf("%+v", facets)
	}
}

func TestSaveImagesFalseLeavesNothingInTheHistory(t *testing.T) {
	t.Parallel()
	h := openHouse(t, 0)
	var r GenerationReply
	h.do("POST", "/generation/generate?save_images=false", `{"prompt":"secret",`+small+`}`, 200, &r)
	var history, trash ResultPage
	h.do("GET", "/generation/history", nil, 200, &history)
	h.do("GET", "/generation/history?trashed=true", nil, 200, &trash)
	if len(r.Images) != 1 || len(history.Results) != 0 || len(trash.Results) != 1 {
		t.Errorf("%d images, %d results, %d in the trash", len(r.Images), len(history.Results), len(trash.Results))
	}
}

func TestResultsAreDownloaded(t *testing.T) {
	t.Parallel()
	h := openHouse(t, 0)
	made := h.made("a castle")
	r := h.ask(t, "GET", apiPrefix+"/generation/results/"+made.ID+"/download", "")
	body := text(t, r)
	if r.StatusCode != 200 || r.Header.Get("Content-Type") != "image/png" || r.Header.Get("Content-Disposition") != `attachment; filename="`+made.ID+`-000.png"` ||
		r.Header.Get("Content-Length") != fmt.Sprint(len(body)) || len(body) != made.Images[0].SizeBytes {
		t.Errorf("%d %v, %d bytes", r.StatusCode, r.Header, len(body))
	}
	bare := text(t, h.ask(t, "GET", apiPrefix+"/generation/results/"+made.ID+"/download?metadata=false", ""))
	if !strings.Contains(body, "a castle") || strings.Contains(bare, "a castle") || !strings.HasPrefix(bare, "\x89PNG") {
		t.Error("the notes are not where they should be")
	}
	if p := h.fails("GET", "/generation/results/none/download", "", 404, lora.NotFound); p.Detail != "Result not found" {
		t.Errorf("%q", p.Detail)
	}
	if p := h.fails("GET", "/generation/results/"+made.ID+"/download?index=1", "", 404, lora.NotFound); p.Detail != "Result asset is unavailable" {
		t.Errorf("%q", p.Detail)
	}
	r = h.ask(t, "POST", apiPrefix+"/generation/results/export", fmt.Sprintf(`{"ids":[%q,"none",5,%[1]q]}`, made.ID))
	archive := text(t, r)
	z, err := zip.NewReader(strings.NewReader(archive), int64(len(archive)))
	if err != nil || r.Header.Get("Content-Length") != fmt.Sprint(len(archive)) || r.Header.Get("Content-Type") != "application/zip" ||
		!strings.HasPrefix(r.Header.Get("Content-Disposition"), `attachment; filename="generation-results-`) {
		t.Fatalf("%v %v", err, r.Header)
	}
	var names []string
	for _, f := range z.File {
		names = append(names, f.Name)
	}
	folder := "results/" + made.ID + "/"
	if want := []string{folder + "metadata.json", folder + "000_" + made.ID + "-000.png"}; !slices.Equal(names, want) {
		t.Errorf("%v", names)
	}
	for _, body := range []string{`{}`, `{"ids":["none"]}`} {
		if p := h.fails("POST", "/generation/results/export", body, 404, lora.NotFound); p.Detail != "No results found" {
			t.Errorf("%q", p.Detail)
		}
	}
}

func TestDeliveriesFollowTheContract(t *testing.T) {
	t.Parallel()
	h := openHouse(t, 0)
	var r DeliveryAccepted
	h.do("POST", "/deliveries", `{"prompt":"hello","mode":"cli","params":{"template":"<{prompt}>"}}`, 201, &r)
	d := h.delivered(r.DeliveryID)
	if d.Status != lora.JobSucceeded || d.Mode != "cli" || d.Params["template"] != "<{prompt}>" || d.Result["status"] != "ok" {
		t.Errorf("%+v", d)
	}
	files, err := filepath.Glob(filepath.Join(h.studio.files, "*"))
	if err != nil || len(files) != 1 {
		t.Fatalf("%v %v", files, err)
	}
	if content, err := os.ReadFile(files[0]); err != nil || strings.TrimSpace(string(content)) != "<hello>" {
		t.Errorf("%q %v", content, err)
	}
	h.do("POST", "/deliveries", `{"prompt":"x","mode":"pigeon"}`, 201, &r)
	if d := h.delivered(r.DeliveryID); d.Status != lora.JobFailed || d.Params == nil || len(d.Params) != 0 {
		t.Errorf("%+v", d)
	}
	if p := h.fails("GET", "/deliveries/none", "", 404, lora.NotFound); p.Detail != "delivery not found" {
		t.Errorf("%q", p.Detail)
	}
	h.fails("POST", "/deliveries", `{"prompt":"x"}`, 422, lora.Invalid)
	var list DeliveryList
	if h.do("GET", "/deliveries", nil, 200, &list); len(list.Deliveries) != 2 || list.Deliveries[0].Mode != "pigeon" {
		t.Errorf("%+v", list)
	}
	var targets DeliveryTargets
	if h.do("GET", "/delivery-targets", nil, 200, &targets); targets.FileFolder == nil || len(targets.Placeholders) != 3 {
		t.Errorf("%+v", targets)
	}
	var queued QueuedReply
	h.do("POST", "/generation/queue-generation", `{"prompt":"and then",`+small+`,"deliver":{"mode":"file"}}`, 200, &queued)
	h.final(queued.DeliveryID)
	for deadline := time.Now().Add(20 * time.Second); len(list.Deliveries) < 3 && time.Now().Before(deadline); time.Sleep(2 * time.Millisecond) {
		h.do("GET", "/deliveries", nil, 200, &list)
	}
	if first := list.Deliveries[0]; first.ParentID == nil || *first.ParentID != queued.DeliveryID {
		t.Errorf("%+v", first)
	}
}

func TestPicturesAreUploadedAndServedLockedUp(t *testing.T) {
	t.Parallel()
	h := openHouse(t, 0)
	made := h.made("a castle")
	picture := text(t, h.ask(t, "GET", made.Images[0].URL, ""))
	var up PictureReply
	r := h.ask(t, "POST", apiPrefix+"/pictures", picture, "Content-Type: image/png")
	if err := json.Unmarshal([]byte(text(t, r)), &up); err != nil || r.StatusCode != http.StatusCreated || up.Width != 64 || up.Type != "image/png" {
		t.Fatalf("%d %+v %v", r.StatusCode, up, err)
	}
	served := h.ask(t, "GET", apiPrefix+"/pictures/"+up.SHA256, "")
	for name, want := range map[string]string{
		"X-Content-Type-Options": "nosniff", "Content-Security-Policy": previewCSP, "Cross-Origin-Resource-Policy": "same-origin",
		"Cache-Control": "private, max-age=31536000, immutable", "Content-Type": "image/png", "Etag": `"` + up.SHA256 + `"`,
	} {
		if got := served.Header.Get(name); got != want {
			t.Errorf("%s: %q", name, got)
		}
	}
	if r := h.ask(t, "GET", apiPrefix+"/pictures/"+up.SHA256, "", `If-None-Match: "`+up.SHA256+`"`); r.StatusCode != http.StatusNotModified {
		t.Errorf("status %d", r.StatusCode)
	}
	thumb := h.ask(t, "GET", apiPrefix+"/pictures/"+up.SHA256+"/thumbnail?w=160", "")
	if _, kind, err := image.DecodeConfig(strings.NewReader(text(t, thumb))); err != nil || kind != "jpeg" {
		t.Errorf("%s %v", kind, err)
	}
	for _, path := range []string{"/pictures/x", "/pictures/" + strings.Repeat("0", 64), "/pictures/" + strings.Repeat("0", 64) + "/thumbnail", "/pictures/..%2f..%2fdb"} {
		h.fails("GET", path, "", 404, lora.NotFound)
	}
	problem(t, h.ask(t, "POST", apiPrefix+"/pictures", "no picture", "Content-Type: image/png"), 422, lora.Invalid)
	for _, kind := range []string{"multipart/form-data; boundary=x", "text/plain", "application/x-www-form-urlencoded", "image/svg+xml"} {
		problem(t, h.ask(t, "POST", apiPrefix+"/pictures", "x", "Content-Type: "+kind), 415, lora.Invalid)
	}
	problem(t, h.ask(t, "POST", apiPrefix+"/searches", picture, "Content-Type: image/png"), 415, lora.Invalid)
	var read RebuiltFromPicture
	r = h.ask(t, "POST", apiPrefix+"/prompts/read-picture", picture, "Content-Type: image/png")
	if err := json.Unmarshal([]byte(text(t, r)), &read); err != nil || read.Text != "a castle" || read.Picture.Width != 64 {
		t.Errorf("%d %+v %v", r.StatusCode, read, err)
	}
	var again GenerationReply
	h.do("POST", "/generation/generate?return_format=url", `{"prompt":"again","init_image":"`+up.SHA256+`",`+small+`}`, 200, &again)
	if again.Status != "completed" {
		t.Errorf("%+v", again)
	}
	h.fails("POST", "/generation/generate", `{"prompt":"x","init_image":"`+strings.Repeat("0", 64)+`"}`, 422, lora.Invalid)
}
