package security

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"loramanager/internal/embedding/embeddingtest"
	"loramanager/tests/harness"
)

const embeddingKey = "3mbedding-K3y-41fa"

// embedder is what the server says of its endpoint.
type embedder struct {
	State, Error      string
	Dims              int
	Computed, Pending int
}

func embedderOf(t *testing.T, s *harness.Server) embedder {
	t.Helper()
	var health struct{ Embedder embedder }
	s.Call("GET", "/api/v1/recommendations/health", nil, &health)
	return health.Embedder
}

// embedded starts a server with a few adapters whose words an endpoint makes vectors of.
func embedded(t *testing.T, url string) *harness.Server {
	t.Helper()
	root := t.TempDir()
	for i, words := range []string{"watercolor fox", "neon city", "watercolor hare"} {
		write(t, root, strings.ReplaceAll(words, " ", "_")+".safetensors", good(t, map[string]string{"ss_tag_frequency": fmt.Sprintf(`{"1_x":{%q:3}}`, words)}, byte(i)))
	}
	s := harness.Start(t, harness.Options{
		Flags: []string{"--root", root, "--embeddings-url", url + "/v1", "--embeddings-model", "test-model", "--log-level", "debug"},
		Env:   []string{"LORAMANAGER_EMBEDDINGS_KEY=" + embeddingKey},
	})
	s.AwaitFirstScan()
	return s
}

// recommended checks that questions are answered, and well, whatever the endpoint does.
func recommended(t *testing.T, s *harness.Server, what string) {
	t.Helper()
	var answer struct {
		Recommendations []struct {
			Name  string  `json:"lora_name"`
			Score float64 `json:"final_score"`
		}
	}
	s.Call("POST", "/api/v1/recommendations/for-prompt", map[string]any{"prompt": "a fox in watercolor"}, &answer)
	if len(answer.Recommendations) == 0 || !strings.Contains(answer.Recommendations[0].Name, "fox") {
		t.Errorf("%s: the prompt is answered with %+v", what, answer.Recommendations)
	}
	for _, r := range answer.Recommendations {
		if r.Score < 0 || r.Score > 1.5 {
			t.Errorf("%s: %s has the score %v", what, r.Name, r.Score)
		}
	}
}

// One fault of each sort; the rooms go through all of them.
func TestRow24_AnEmbeddingsEndpointThatLiesSpoilsNoAnswer(t *testing.T) {
	t.Parallel()
	for _, fault := range []embeddingtest.Fault{
		embeddingtest.Down, embeddingtest.Slow, embeddingtest.HTML, embeddingtest.Ragged, embeddingtest.Null, embeddingtest.Giant, embeddingtest.Telltale,
	} {
		t.Run(string(fault), func(t *testing.T) {
			t.Parallel()
			endpoint := embeddingtest.New(64, embeddingKey)
			endpoint.Set(fault)
			server := httptest.NewServer(endpoint)
			t.Cleanup(server.Close)
			s := embedded(t, server.URL)
			if fault != embeddingtest.Slow { // whose time limit is minutes
				harness.Eventually(t, time.Minute, "the failure is told", func() bool { return embedderOf(t, s).State == "failing" })
				if e := embedderOf(t, s); e.Error == "" || e.Computed != 0 {
					t.Errorf("the state is %+v", e)
				}
			}
			recommended(t, s, string(fault))
			endpoint.Set(embeddingtest.None)
			server.CloseClientConnections()
			s.Stop()
			if at := strings.Index(s.Log(), embeddingKey); at >= 0 {
				t.Errorf("the log holds the key: %s", around(s.Log(), at))
			}
		})
	}
}

func TestRow14_TheKeyOfTheEmbeddingsEndpointIsNowhereToBeFound(t *testing.T) {
	t.Parallel()
	endpoint := embeddingtest.New(64, embeddingKey)
	server := httptest.NewServer(endpoint)
	t.Cleanup(server.Close)
	s := embedded(t, server.URL)
	harness.Eventually(t, time.Minute, "the vectors are made", func() bool { return embedderOf(t, s).Computed == 3 })
	recommended(t, s, "with vectors of a model")
	endpoint.Set(embeddingtest.Telltale)
	s.Ask("POST", "/api/v1/recommendations/embeddings/compute", `{"compute_all":true,"force_recompute":true}`)
	var seen strings.Builder
	for _, o := range described(t, s, "x") {
		if o.method == "GET" {
			seen.Write(s.Ask("GET", o.path, "").Body)
		}
	}
	seen.Write(s.Ask("GET", "/metrics", "").Body)
	s.Stop()
	for what, text := range map[string]string{"the log": s.Log(), "what clients saw": seen.String()} {
		if at := strings.Index(text, embeddingKey); at >= 0 {
			t.Errorf("%s holds the key: %s", what, around(text, at))
		}
	}
	wantNoneInFiles(t, s.Data, embeddingKey)
}

func TestRow14_MetricsNeedTheKeyAndNameNoPaths(t *testing.T) {
	t.Parallel()
	s := harness.Start(t, harness.Options{Env: []string{"API_KEY=" + theKey}})
	if r := s.Ask("GET", "/metrics", ""); r.Status != http.StatusUnauthorized && r.Status != http.StatusForbidden {
		t.Errorf("without the key: %d", r.Status)
	}
	key := "Authorization: Bearer " + theKey
	for _, path := range []string{"/api/v1/adapters/my-secret-adapter", "/api/v1/generation/results/my-secret-adapter", "/my-secret-adapter.php"} {
		s.Ask("GET", path, "", key)
	}
	r := s.Ask("GET", "/metrics", "", key)
	if r.Status != http.StatusOK || !strings.Contains(string(r.Body), "\n# TYPE go_goroutines gauge\n") {
		t.Errorf("with the key: %d %.300s", r.Status, r.Body)
	}
	for _, secret := range []string{"my-secret-adapter", theKey, s.Data} {
		if at := strings.Index(string(r.Body), secret); at >= 0 {
			t.Errorf("the metrics hold %s: %s", secret, around(string(r.Body), at))
		}
	}
}

func TestRow08_AnEmbeddingsEndpointCannotSendUsElsewhere(t *testing.T) {
	t.Parallel()
	trapped := newTrap(t)
	server := httptest.NewServer(http.RedirectHandler(trapped.URL+"/v1/embeddings", http.StatusTemporaryRedirect))
	t.Cleanup(server.Close)
	s := embedded(t, server.URL)
	harness.Eventually(t, time.Minute, "the failure is told", func() bool { return embedderOf(t, s).State == "failing" })
	recommended(t, s, "sent elsewhere")
	if n := trapped.calls.Load(); n != 0 {
		t.Errorf("the endpoint made us call another address %d times", n)
	}
}
