package hub_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"loramanager/internal/guard"
	"loramanager/internal/hub"
	"loramanager/internal/lora"
	"loramanager/tests/fakehub"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const token = "secret-token-of-a-user"

// open starts a fake with its sample and returns it with a hub of the given name.
func open(t *testing.T, name string, edit func(*hub.Options)) (*fakehub.Hub, hub.Hub) {
	t.Helper()
	fake := fakehub.New(fakehub.Sample())
	t.Cleanup(fake.Close)
	limits := guard.Default()
	limits.EngineIdle = 100 * time.Millisecond
	o := hub.Options{CivitaiURL: fake.URL(), CivitaiToken: token, CivArchiveURL: fake.URL() + "/", HuggingFaceURL: fake.URL(), FileHosts: []string{fake.FileHost()}, Limits: limits}
	if edit != nil {
		edit(&o)
	}
	hubs, err := hub.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range hubs {
		t.Cleanup(h.Close)
	}
	i := slices.IndexFunc(hubs, func(h hub.Hub) bool { return h.State().Name == name })
	if i < 0 {
		t.Fatalf("there is no hub %s", name)
	}
	return fake, hubs[i]
}

func digests(data []byte) map[string]string {
	f := fakehub.File{Data: data}
	return map[string]string{"sha256": f.Sum(), "autov3": f.Tensors()}
}

// query asks for the adapter of a seed of the sample.
func query(seed byte) lora.HubQuery {
	return lora.HubQuery{AdapterID: fmt.Sprint(seed), Digests: digests(fakehub.Adapter(seed, 0))}
}

// edited asks for the same tensors in a file whose header was edited.
func edited(seed byte) lora.HubQuery {
	q := query(seed)
	q.Digests["sha256"] = strings.Repeat("ab", 32)
	return q
}

func versionIDs(versions []*lora.HubVersion) []string {
	ids := make([]string, len(versions))
	for i, v := range versions {
		if v != nil {
			ids[i] = v.VersionID
		}
	}
	return ids
}

func class(err error) lora.HubErrorClass {
	var failure *lora.HubError
	if errors.As(err, &failure) {
		return failure.Class
	}
	return ""
}

func TestFilesAreFoundByTheirDigests(t *testing.T) {
	t.Parallel()
	repo := lora.HubQuery{Digests: digests(fakehub.Adapter(32, 0)), SourceURL: "https://huggingface.co/mika/paper-cut/blob/main/extra/second.safetensors"}
	for name, c := range map[string]struct {
		hub     string
		queries []lora.HubQuery
		want    []string
	}{
		"in bulk, in the order of the queries":              {hub.Civitai, []lora.HubQuery{query(1), query(99), query(3), query(2)}, []string{"5001", "", "5003", "5002"}},
		"by their tensors when the header was edited":       {hub.Civitai, []lora.HubQuery{edited(2), edited(98), query(1)}, []string{"5002", "", "5001"}},
		"not when nothing is known of them":                 {hub.Civitai, []lora.HubQuery{{AdapterID: "x"}}, []string{""}},
		"not when the hub has deleted them":                 {hub.Civitai, []lora.HubQuery{query(11)}, []string{""}},
		"at the archive when the hub has deleted them":      {hub.CivArchive, []lora.HubQuery{query(99), query(11)}, []string{"", "5011"}},
		"at the archive when it says only where they are":   {hub.CivArchive, []lora.HubQuery{query(2)}, []string{"5002"}},
		"in the repository they are said to come from":      {hub.HuggingFace, []lora.HubQuery{query(32), repo}, []string{"", "main"}},
		"not in a repository that does not hold their file": {hub.HuggingFace, []lora.HubQuery{{Digests: digests([]byte("other")), SourceURL: repo.SourceURL}}, []string{""}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, h := open(t, c.hub, nil)
			found, err := h.LookUp(t.Context(), c.queries)
			if err != nil || !slices.Equal(versionIDs(found), c.want) {
				t.Errorf("found %q, error %v; want %q", versionIDs(found), err, c.want)
			}
		})
	}
}

func TestAHundredFilesAreOneRequest(t *testing.T) {
	t.Parallel()
	fake, h := open(t, hub.Civitai, nil)
	queries := make([]lora.HubQuery, hub.MaxLookUp)
	for i := range queries {
		queries[i] = lora.HubQuery{Digests: map[string]string{"sha256": digests([]byte{byte(i)})["sha256"]}}
	}
	if _, err := h.LookUp(t.Context(), queries); err != nil {
		t.Fatal(err)
	}
	if n := len(fake.Seen("/")); n != 1 {
		t.Errorf("%d requests for 100 files", n)
	}
}

func TestPromise3_AVersionCarriesWhatTheHubSays(t *testing.T) {
	t.Parallel()
	_, h := open(t, hub.Civitai, nil)
	v, err := h.Version(t.Context(), "", "5002")
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(v.TrainedWords, []string{"ink wash", "brush", "a scroll"}) {
		t.Errorf("the words lost their order: %q", v.TrainedWords)
	}
	if strings.Contains(v.Description, "script") || !strings.Contains(v.Description, "Brush strokes") {
		t.Errorf("the description is %q", v.Description)
	}
	if v.Creator != "mika" || v.ModelName != "Ink Wash" || v.BaseModel != "SDXL 1.0" || v.Licence == nil || !v.Licence.NoCredit || !v.Downloadable || v.PublishedAt == nil {
		t.Errorf("something is missing: %+v", v)
	}
	if len(v.Files) != 1 || v.Files[0].Digests["sha256"] != digests(fakehub.Adapter(2, 0))["sha256"] || v.Files[0].Scan != "virus scan: Success, pickle scan: Success" {
		t.Errorf("the files are %+v", v.Files)
	}
	only, err := h.Version(t.Context(), "", "5021")
	if err != nil || only.Downloadable || !strings.Contains(only.Why, "not to be downloaded") {
		t.Errorf("a version nobody may download: %v %q, %v", only.Downloadable, only.Why, err)
	}
	newest, err := h.Version(t.Context(), "1001", "")
	if err != nil || newest.VersionID != "5003" {
		t.Errorf("the newest version is %q, %v", newest.VersionID, err)
	}
}

func TestModelsThatListsLeaveOutAreAskedForAlone(t *testing.T) {
	t.Parallel()
	fake, h := open(t, hub.Civitai, nil)
	fake.Change(func(models []fakehub.Model) []fakehub.Model {
		models[0].Unlisted = true
		return models
	})
	models, err := h.Models(t.Context(), []string{"1001", "1002", "1003"})
	if err != nil || len(models) != 2 || models[1].ModelID != "1001" {
		t.Fatalf("models %+v, %v", models, err)
	}
	var order []string
	for _, v := range models[1].Versions {
		order = append(order, v.VersionID)
	}
	if !slices.Equal(order, []string{"5003", "5002", "5001"}) {
		t.Errorf("versions are not newest first: %v", order)
	}
}

func TestEarlyAccessIsForThoseWithAToken(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		token guard.Secret
		until time.Duration
		can   bool
	}{
		"not without one":         {"", time.Hour, false},
		"with one":                {token, time.Hour, true},
		"for all when it is over": {"", -time.Hour, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fake, h := open(t, hub.Civitai, func(o *hub.Options) { o.CivitaiToken = c.token })
			fake.Change(func(models []fakehub.Model) []fakehub.Model {
				models[0].Versions[0].Early = time.Now().Add(c.until)
				return models
			})
			v, err := h.Version(t.Context(), "", "5003")
			if err != nil || v.Downloadable != c.can || (v.Why == "") != c.can || (v.EarlyAccess != nil) != (c.until > 0) {
				t.Errorf("downloadable %v, %q, until %v, %v", v.Downloadable, v.Why, v.EarlyAccess, err)
			}
		})
	}
}

func TestPromise2_WhateverAHubAnswersBecomesASentence(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fault fakehub.Fault
		class lora.HubErrorClass
		says  string
	}{
		"too many requests":         {fakehub.TooMany, lora.HubBusy, "wants to be asked less often"},
		"Cloudflare gave up":        {fakehub.Timeout, lora.HubBusy, "not well just now (status 524)"},
		"a web page":                {fakehub.WebPage, lora.HubBusy, "a web page instead of data"},
		"half an answer":            {fakehub.Broken, lora.HubOdd, "ends too soon"},
		"2 GiB of an answer":        {fakehub.Endless, lora.HubOdd, "too large"},
		"silence inside the answer": {fakehub.Silent, lora.HubUnreachable, "did not answer in time"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fake, h := open(t, hub.Civitai, nil)
			fake.Show(c.fault, 1)
			_, err := h.LookUp(t.Context(), []lora.HubQuery{query(1)})
			if class(err) != c.class || !strings.Contains(err.Error(), c.says) {
				t.Errorf("class %q, error %v; want %q and %q", class(err), err, c.class, c.says)
			}
		})
	}
	fake, h := open(t, hub.Civitai, nil)
	fake.Show(fakehub.TooMany, 1)
	_, err := h.Models(t.Context(), []string{"1001"})
	var failure *lora.HubError
	if !errors.As(err, &failure) || failure.RetryAfter != 2*time.Second || !failure.Passing() {
		t.Errorf("Retry-After was lost: %+v", failure)
	}
}

func TestPromise2_NullsAndOtherTypesAreAsIfTheyWereNotThere(t *testing.T) {
	t.Parallel()
	for _, fault := range []fakehub.Fault{fakehub.Nulls, fakehub.Odd} {
		for _, name := range []string{hub.Civitai, hub.CivArchive} {
			t.Run(string(fault)+" at "+name, func(t *testing.T) {
				t.Parallel()
				fake, h := open(t, name, nil)
				fake.Show(fault, 1000)
				found, err := h.LookUp(t.Context(), []lora.HubQuery{query(1)})
				if err != nil || found[0] == nil || found[0].TrainedWords == nil || found[0].Images == nil || found[0].NSFWLevel < 0 {
					t.Fatalf("%+v, %v", found, err)
				}
				if _, err := h.Models(t.Context(), []string{"1001"}); err != nil {
					t.Error(err)
				}
			})
		}
	}
}

func TestPromise4_AnswersBeforeAFailureAreNotLost(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.Method == http.MethodPost:
			_, _ = io.WriteString(w, `[]`)
		case strings.HasSuffix(r.URL.Path, strings.Repeat("A", 12)):
			_, _ = io.WriteString(w, `{"id":1,"modelId":2}`)
		default:
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	}))
	t.Cleanup(server.Close)
	_, h := open(t, hub.Civitai, func(o *hub.Options) { o.CivitaiURL = server.URL })
	queries := []lora.HubQuery{{Digests: map[string]string{"autov3": strings.Repeat("a", 64)}}, {}, {Digests: map[string]string{"autov3": strings.Repeat("b", 64)}}}
	found, err := h.LookUp(t.Context(), queries)
	if !slices.Equal(versionIDs(found), []string{"1", ""}) || class(err) != lora.HubBusy {
		t.Errorf("found %q, %v", versionIDs(found), err)
	}
}

func TestAddressesArePutIntoTheirParts(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]lora.HubRef{
		"https://civitai.com/models/1001/ink-wash?modelVersionId=5002":                {ModelID: "1001", VersionID: "5002"},
		" https://www.civitai.red/models/1001 ":                                       {ModelID: "1001"},
		"https://civitai.com/api/download/models/5002?type=Model":                     {VersionID: "5002"},
		"urn:air:sdxl:lora:civitai:1001@5002":                                         {ModelID: "1001", VersionID: "5002"},
		"https://huggingface.co/mika/paper-cut":                                       {ModelID: "mika/paper-cut", VersionID: "main"},
		"https://hf.co/mika/paper-cut/resolve/main/extra/second.safetensors?download": {ModelID: "mika/paper-cut", VersionID: "main", FileID: "extra/second.safetensors"},
		"https://civarchive.com/models/1002?modelVersionId=5011":                      {ModelID: "1002", VersionID: "5011"},
		"https://evil.example/models/1001":                                            {},
		"https://civitai.com.evil.example/models/1001":                                {},
		"https://civitai.com@evil.example/models/1001":                                {},
		"https://huggingface.co/datasets/x":                                           {},
		"file:///models/1001":                                                         {},
		"javascript:alert(1)":                                                         {},
		"https://civitai.com/user/mika":                                               {},
	} {
		var got lora.HubRef
		for _, name := range []string{hub.Civitai, hub.CivArchive, hub.HuggingFace} {
			_, h := open(t, name, nil)
			if ref, ok := h.Read(address); ok && got == (lora.HubRef{}) {
				got = ref
			}
		}
		if got != want {
			t.Errorf("%s: got %+v, want %+v", address, got, want)
		}
	}
}

func TestAHubThatIsNotConfiguredDoesNotExist(t *testing.T) {
	t.Parallel()
	hubs, err := hub.Open(hub.Options{})
	if err != nil || len(hubs) != 0 {
		t.Errorf("%d hubs, %v", len(hubs), err)
	}
	for address, field := range map[string]string{"civitai.com": "civitai-url", "http://civitai.com": "civitai-url", "https://user:pw@civitai.com": "civitai-url", "https://169.254.169.254": "civitai-url"} {
		_, err := hub.Open(hub.Options{CivitaiURL: address})
		var known *lora.Error
		if !errors.As(err, &known) || known.Code != lora.Invalid || known.Field != field {
			t.Errorf("%s: %v", address, err)
		}
	}
}

func TestCancellationStaysWhatItIs(t *testing.T) {
	t.Parallel()
	_, h := open(t, hub.Civitai, nil)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := h.LookUp(ctx, []lora.HubQuery{query(1)}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
