package httpapi

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"loramanager/internal/lora"
	"loramanager/internal/recommend"
)

// asks asks a question in each of the four ways about the adapter with the id.
func (h *house) asks(id string) map[string]RecommendationResponse {
	h.t.Helper()
	a := h.read(id)
	word := a.Name
	if len(a.Triggers) > 0 {
		word = a.Triggers[0]
	}
	answers := map[string]RecommendationResponse{}
	for kind, ask := range map[string]struct {
		method, path string
		body         any
	}{
		"similar": {"GET", "/recommendations/similar/" + id + "?similarity_threshold=0&limit=50", nil},
		"prompt":  {"POST", "/recommendations/for-prompt", map[string]any{"prompt": "a portrait, " + word + ", " + strings.Join(a.Tags, ", ")}},
		"trigger": {"GET", "/recommendations/by-trigger?trigger_query=" + url.QueryEscape(word), nil},
		"active":  {"POST", "/recommendations/for-active", map[string]any{"adapter_ids": []string{id}}},
	} {
		var r RecommendationResponse
		h.do(ask.method, ask.path, ask.body, 200, &r)
		if string(r.Kind) != kind {
			h.t.Errorf("%s: kind %q", kind, r.Kind)
		}
		answers[kind] = r
	}
	return answers
}

func TestEachKindOfAnswerHasTheContractsFormAndItsReasons(t *testing.T) {
	t.Parallel()
	h := openHouse(t, 40)
	target := h.list("per_page=1").Items[0].ID
	for kind, r := range h.asks(target) {
		if len(r.Recommendations) == 0 || r.SessionID == "" || r.TotalCandidates < len(r.Recommendations) || r.Index.Adapters == 0 {
			t.Fatalf("%s: %d of %d candidates, session %q, index %+v", kind, len(r.Recommendations), r.TotalCandidates, r.SessionID, r.Index)
		}
		if r.Config.Device != "cpu" || r.Config.GPUEnabled || r.Config.Weights.Semantic != r.Config.Weights.Text {
			t.Errorf("%s: configuration %+v", kind, r.Config)
		}
		last := 2.0
		for _, item := range r.Recommendations {
			if item.FinalScore > last && !item.Fallback {
				t.Errorf("%s: %s with %g stands below %g", kind, item.LoraName, item.FinalScore, last)
			}
			last = item.FinalScore
			if item.LoraID == target && kind != "trigger" && kind != "prompt" {
				t.Errorf("%s: recommends what was asked about", kind)
			}
			if item.Explanation == "" || item.Adapter.ID != item.LoraID || item.LoraName != item.Adapter.Name {
				t.Errorf("%s: item %+v", kind, item)
			}
			sum := 0.0
			for _, s := range item.Signals {
				if s.Words == "" || s.Score < 0 || s.Score > 1 {
					t.Errorf("%s: signal %+v", kind, s)
				}
				sum += s.Contribution
			}
			if !item.Fallback && (sum < item.FinalScore-0.01 || sum > item.FinalScore+0.01) && kind != "trigger" {
				t.Errorf("%s: contributions of %s add up to %g, final is %g", kind, item.LoraName, sum, item.FinalScore)
			}
		}
	}
}

// The prototype never made a session, so that every feedback was answered with 404.
func TestFeedbackWorksAfterEachKindOfAnswerAndChangesTheNext(t *testing.T) {
	t.Parallel()
	h := openHouse(t, 40)
	target := h.list("per_page=1").Items[0].ID
	for kind, r := range h.asks(target) {
		item := r.Recommendations[0]
		var f lora.Feedback
		h.do("POST", "/recommendations/feedback", map[string]any{"session_id": r.SessionID, "recommended_lora_id": item.LoraID, "feedback_type": "positive"}, 200, &f)
		if f.ID == "" || f.SessionID != r.SessionID || f.AdapterID != item.LoraID || f.Type != lora.FeedbackPositive || f.Reason != nil || f.Implicit {
			t.Errorf("%s: %+v", kind, f)
		}
		// The prototype lost the second feedback of a session.
		h.do("POST", "/recommendations/feedback", map[string]any{
			"session_id": r.SessionID, "recommended_lora_id": item.LoraID, "feedback_type": "dismissed", "feedback_reason": "not here", "implicit_signal": true,
		}, 200, &f)
		if f.Reason == nil || *f.Reason != "not here" || !f.Implicit {
			t.Errorf("%s: second feedback %+v", kind, f)
		}
	}
	var log FeedbackList
	if h.do("GET", "/recommendations/feedback?limit=5", nil, 200, &log); len(log.Feedback) != 5 || log.NextCursor == nil || log.Feedback[0].LoraName == "" {
		t.Fatalf("%+v", log)
	}
	var rest FeedbackList
	if h.do("GET", "/recommendations/feedback?after="+*log.NextCursor, nil, 200, &rest); len(rest.Feedback) != 3 || rest.NextCursor != nil {
		t.Errorf("%d on the second page, want 3", len(rest.Feedback))
	}
	var r RecommendationResponse
	path := "/recommendations/similar/" + target + "?similarity_threshold=0&limit=50"
	h.do("GET", path, nil, 200, &r)
	if r.Excluded.Dismissed != 1 {
		t.Errorf("%d are left out as dismissed, want 1", r.Excluded.Dismissed)
	}
	for _, f := range append(log.Feedback, rest.Feedback...) {
		h.do("DELETE", "/recommendations/feedback/"+f.ID, nil, 204, nil)
		h.fails("DELETE", "/recommendations/feedback/"+f.ID, "", 404, lora.NotFound)
	}
	if h.do("GET", path, nil, 200, &r); r.Excluded.Dismissed != 0 {
		t.Errorf("%d are left out after all feedback was taken back", r.Excluded.Dismissed)
	}
	var f lora.Feedback
	h.do("POST", "/recommendations/feedback", map[string]any{"session_id": r.SessionID, "recommended_lora_id": r.Recommendations[0].LoraID, "feedback_type": "positive"}, 200, &f)
	h.do("GET", path, nil, 200, &r)
	for _, item := range r.Recommendations {
		if judged := item.LoraID == f.AdapterID; judged != (item.FeedbackID != nil && *item.FeedbackID == f.ID) || judged != (item.Feedback != nil) {
			t.Errorf("%s carries feedback %v under %v", item.LoraName, item.Feedback, item.FeedbackID)
		}
	}
}

func TestPreferencesAreKeptOncePerTypeAndValueAndCount(t *testing.T) {
	t.Parallel()
	h := openHouse(t, 20)
	var p lora.Preference
	h.do("POST", "/recommendations/preferences", `{"preference_type":"tag","preference_value":"anime","confidence":0}`, 200, &p)
	if p.Confidence != 0 || p.LearnedFrom != "explicit" || p.EvidenceCount != 1 {
		t.Errorf("first %+v", p)
	}
	h.do("POST", "/recommendations/preferences", `{"preference_type":"tag","preference_value":"anime","confidence":1,"explicit":true}`, 200, &p)
	if p.Confidence != 1 || p.EvidenceCount != 2 {
		t.Errorf("second %+v", p)
	}
	var all PreferenceList
	if h.do("GET", "/recommendations/preferences", nil, 200, &all); len(all.Preferences) != 1 {
		t.Errorf("%+v", all)
	}
	h.do("DELETE", "/recommendations/preferences/"+p.ID, nil, 204, nil)
	h.fails("DELETE", "/recommendations/preferences/"+p.ID, "", 404, lora.NotFound)
	for _, bad := range []string{
		`{"preference_type":"mood","preference_value":"x","confidence":1}`, `{"preference_type":"tag","preference_value":"","confidence":1}`,
		`{"preference_type":"tag","preference_value":"   ","confidence":1}`, `{"preference_type":"tag","preference_value":"x","confidence":2}`,
		`{"preference_type":"tag","preference_value":"x"}`,
	} {
		h.fails("POST", "/recommendations/preferences", bad, 422, lora.Invalid)
	}
}

func TestWeightsAreSetAndReplacedForOneQuestion(t *testing.T) {
	t.Parallel()
	h := openHouse(t, 20)
	var w WeightsReply
	if h.do("GET", "/recommendations/weights", nil, 200, &w); w.Weights != w.Defaults || w.Defaults != recommend.DefaultWeights {
		t.Errorf("%+v", w)
	}
	set := w.Defaults
	set.Popularity = 0
	h.do("PUT", "/recommendations/weights", map[string]any{"weights": set}, 200, &w)
	if w.Weights != set {
		t.Errorf("set %+v, got %+v", set, w.Weights)
	}
	var r RecommendationResponse
	id := h.list("per_page=1").Items[0].ID
	h.do("GET", "/recommendations/similar/"+id+"?weight_semantic=0&weight_artistic=1", nil, 200, &r)
	if got := r.Config.Weights; got.Text != 0 || got.Artistic != 1 || got.Popularity != 0 || got.Technical != set.Technical {
		t.Errorf("one question's weights %+v", got)
	}
	for _, bad := range []string{`{}`, `{"weights":{"text":1}}`, `{"weights":{"text":2,"style":0,"technical":0,"co_use":0,"quality":0,"popularity":0,"recency":0,"taste":0}}`,
		`{"weights":{"text":0,"style":0,"technical":0,"co_use":0,"quality":0,"popularity":0,"recency":0,"taste":0}}`} {
		h.fails("PUT", "/recommendations/weights", bad, 422, lora.Invalid)
	}
}

func TestTheIndexItsStateAndItsVectorsAreTold(t *testing.T) {
	t.Parallel()
	h := openHouse(t, 20)
	n := h.list("per_page=1").Total
	id := h.list("per_page=1").Items[0].ID
	var rebuilt RebuildReply
	h.do("POST", "/recommendations/index/rebuild?force=true", nil, 200, &rebuilt)
	if rebuilt.Status != "rebuilt" || rebuilt.Path != "memory" || rebuilt.SizeBytes <= 0 || rebuilt.Items == 0 || rebuilt.Items > n || rebuilt.SkippedReason != nil {
		t.Errorf("%+v of %d", rebuilt, n)
	}
	h.do("POST", "/recommendations/index/rebuild", nil, 200, &rebuilt)
	if !rebuilt.Skipped || rebuilt.SkippedReason == nil || *rebuilt.SkippedReason != "existing_index" {
		t.Errorf("%+v", rebuilt)
	}
	h.asks(id)
	var s RecommendStats
	h.do("GET", "/recommendations/stats", nil, 200, &s)
	if s.TotalLoras != rebuilt.Items || s.Sessions != 4 || s.AverageMS <= 0 || s.EmbeddingCoverage <= 0 || s.EmbeddingCoverage > 1 ||
		s.LastIndexUpdate == nil || s.Embedder.State != "off" || s.MemoryGB < 0 {
		t.Errorf("%+v", s)
	}
	var health RecommendHealth
	if h.do("GET", "/recommendations/health", nil, 200, &health); health.Status != "healthy" || !health.Checks.ModelsLoaded || health.Metrics.TotalLoras != s.TotalLoras {
		t.Errorf("%+v", health)
	}
	var e EmbeddingReply
	if h.do("GET", "/recommendations/embeddings/"+id, nil, 200, &e); !e.HasSemantic || e.Needs || e.AdapterID != id {
		t.Errorf("%+v", e)
	}
	const nobody = "00000000-0000-4000-8000-000000000000"
	if h.do("GET", "/recommendations/embeddings/"+nobody, nil, 200, &e); e.HasSemantic || e.HasArtistic || e.HasTechnical || e.HasFeatures || !e.Needs {
		t.Errorf("an unknown adapter: %+v", e)
	}
	if p := h.fails("GET", "/recommendations/embeddings/compute", "", 405, lora.Invalid); p.Detail == "" {
		t.Error("compute was taken for an id")
	}
	var c ComputeReply
	h.do("POST", "/recommendations/embeddings/compute", map[string]any{"adapter_ids": []string{id, nobody}, "force_recompute": true}, 200, &c)
	if c.Processed+c.Skipped != 1 || c.Failed != 0 || c.Errors == nil || c.CompletedAt.IsZero() {
		t.Errorf("%+v", c)
	}
	var one ComputedOne
	if h.do("POST", "/recommendations/embeddings/"+id+"/compute", nil, 200, &one); one.Status != "success" || one.Message != "Embeddings computed for "+id {
		t.Errorf("%+v", one)
	}
	if p := h.fails("POST", "/recommendations/embeddings/"+nobody+"/compute", "", 404, lora.NotFound); p.Detail != "Adapter "+nobody+" not found" {
		t.Errorf("%q", p.Detail)
	}
}

func TestQuestionsThatCannotBeAnsweredSayWhy(t *testing.T) {
	t.Parallel()
	h := openHouse(t, 10)
	id := h.list("per_page=1").Items[0].ID
	const nobody = "00000000-0000-4000-8000-000000000000"
	if p := h.fails("GET", "/recommendations/similar/"+nobody, "", 404, lora.NotFound); p.Detail != "LoRA "+nobody+" not found" {
		t.Errorf("%q", p.Detail)
	}
	for path, location := range map[string]string{
		"/similar/" + id + "?limit=0": "query.limit", "/similar/" + id + "?limit=51": "query.limit", "/similar/" + id + "?limit=many": "query.limit",
		"/similar/" + id + "?similarity_threshold=2": "query.similarity_threshold", "/similar/" + id + "?weight_technical=-1": "query.weight_technical",
		"/similar/" + id + "?similarity_threshold=NaN": "query.similarity_threshold", "/similar/" + id + "?weight_artistic=NaN": "query.weight_artistic", "/similar/" + id + "?base_model=Photoshop": "query.base_model",
		"/by-trigger": "query.trigger_query", "/by-trigger?trigger_query=": "query.trigger_query", "/by-trigger?trigger_query=%20": "query.trigger_query",
		"/by-trigger?trigger_query=a&limit=51": "query.limit", "/feedback?limit=0": "query.limit",
	} {
		if p := h.fails("GET", "/recommendations"+path, "", 422, lora.Invalid); len(p.Errors) == 0 || p.Errors[0].Location != location {
			t.Errorf("%s: %+v", path, p)
		}
	}
	for body, location := range map[string]string{
		`{}`: "body.prompt", `{"prompt":null}`: "body.prompt", `{"prompt":"  \n "}`: "body.prompt", `{"prompt":7}`: "body.prompt",
		`{"prompt":"x","limit":0}`: "body.limit", `{"prompt":"x","limit":51}`: "body.limit", `{"prompt":"x","active_loras":"y"}`: "body.active_loras",
		`{"prompt":"x","weights":{"text":2}}`: "body.weights.text", `{"prompt":"x","technical_requirements":{"vram":"8 GB"}}`: "body.technical_requirements.vram",
		`{"prompt":"x","base_model":"Photoshop"}`: "body.base_model", `{"prompt":"` + strings.Repeat("x", 64<<10+1) + `"}`: "body.prompt",
	} {
		if p := h.fails("POST", "/recommendations/for-prompt", body, 422, lora.Invalid); len(p.Errors) == 0 || p.Errors[0].Location != location {
			t.Errorf("%.60s: %+v", body, p)
		}
	}
	h.fails("POST", "/recommendations/for-active", `{"composition_id":"none"}`, 404, lora.NotFound)
	if p := h.fails("POST", "/recommendations/feedback", `{"session_id":"`+nobody+`","recommended_lora_id":"`+id+`","feedback_type":"positive"}`, 404, lora.NotFound); p.Detail != "Recommendation session "+nobody+" not found" {
		t.Errorf("%q", p.Detail)
	}
	session := h.asks(id)["similar"].SessionID
	if p := h.fails("POST", "/recommendations/feedback", `{"session_id":"`+session+`","recommended_lora_id":"`+nobody+`","feedback_type":"positive"}`, 404, lora.NotFound); p.Detail != "Adapter "+nobody+" not found" {
		t.Errorf("%q", p.Detail)
	}
	h.fails("POST", "/recommendations/feedback", `{"session_id":"`+session+`","recommended_lora_id":"`+id+`","feedback_type":"adored"}`, 422, lora.Invalid)
}

func TestALongPromptIsAnsweredAndNotEchoedShort(t *testing.T) {
	t.Parallel()
	h := openHouse(t, 10)
	prompt := strings.TrimSpace(strings.Repeat("portrait ✨ ", 1000))
	var r RecommendationResponse
	h.do("POST", "/recommendations/for-prompt", map[string]any{"prompt": prompt, "include_explanations": false, "limit": 3}, 200, &r)
	if r.Prompt == nil || *r.Prompt != prompt || len(r.Recommendations) > 3 {
		t.Errorf("%d recommendations", len(r.Recommendations))
	}
	for _, item := range r.Recommendations {
		if item.Explanation != "" {
			t.Errorf("explains %q", item.Explanation)
		}
	}
}

func TestALibraryWithHardlyAnythingIsAnsweredToo(t *testing.T) {
	t.Parallel()
	h := openHouse(t, 0)
	for range 2 {
		for _, ask := range []struct{ method, path, body string }{
			{"POST", "/recommendations/for-prompt", `{"prompt":"a cat"}`}, {"GET", "/recommendations/by-trigger?trigger_query=cat", ""},
			{"POST", "/recommendations/for-active", ""}, {"POST", "/recommendations/for-active", `{"adapter_ids":[]}`},
		} {
			var raw map[string]json.RawMessage
			h.do(ask.method, ask.path, ask.body, 200, &raw)
			if string(raw["recommendations"]) == "null" {
				t.Errorf("%s: null instead of a list", ask.path)
			}
		}
		var s RecommendStats
		h.do("GET", "/recommendations/stats", nil, 200, &s)
		var health RecommendHealth
		if h.do("GET", "/recommendations/health", nil, 200, &health); health.Status != "healthy" {
			t.Errorf("%+v", health)
		}
		h.put("only.safetensors") // and once more with a single adapter
		h.do("POST", "/scans", nil, 202, nil)
		h.settle()
	}
	only := h.list("per_page=1").Items[0].ID
	var r RecommendationResponse
	if h.do("GET", "/recommendations/similar/"+only, nil, 200, &r); len(r.Recommendations) != 0 {
		t.Errorf("the only adapter is like %d others", len(r.Recommendations))
	}
}

func TestAChangedAdapterCountsInTheNextAnswer(t *testing.T) {
	t.Parallel()
	h := openHouse(t, 10)
	id := h.list("per_page=1").Items[0].ID
	h.do("PATCH", "/adapters/"+id, `{"triggers":["zyzzyva weevil"]}`, 200, nil)
	var r RecommendationResponse
	h.do("GET", "/recommendations/by-trigger?trigger_query=Zyzzyva-Weevil", nil, http.StatusOK, &r)
	if len(r.Recommendations) == 0 || r.Recommendations[0].LoraID != id || r.Recommendations[0].Fallback {
		t.Fatalf("%+v", r.Recommendations)
	}
	for _, item := range r.Recommendations[1:] {
		if !item.Fallback && item.FinalScore > r.Recommendations[0].FinalScore {
			t.Errorf("%s stands above the exact one", item.LoraName)
		}
	}
	h.do("DELETE", "/adapters/"+id, nil, 204, nil)
	h.do("GET", "/recommendations/by-trigger?trigger_query=Zyzzyva-Weevil", nil, http.StatusOK, &r)
	for _, item := range r.Recommendations {
		if item.LoraID == id {
			t.Error("what is in the trash is recommended")
		}
	}
}
