package recommend_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"loramanager/internal/embedding"
	"loramanager/internal/embedding/embeddingtest"
	"loramanager/internal/guard"
	"loramanager/internal/lora"
	"loramanager/internal/recommend"
	"loramanager/internal/store"
)

// clock is a time that tests move.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(by time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(by)
}

// modelled is a recommender with a model over a real store.
type modelled struct {
	*testing.T
	*recommend.Recommender
	store *store.Store
	fake  *embeddingtest.Endpoint
	url   string
	dir   string
	clock *clock
	room  *[4]int
	ids   []string
	stop  func()
}

// withModel opens a library of adapters named by their trigger words, and a recommender
// that uses the fake endpoint.
func withModel(t *testing.T, fault embeddingtest.Fault, words ...string) *modelled {
	t.Helper()
	return open(t, nil, fault, words)
}

// withRoom is withModel with another room for vectors in memory: bytes, dimensions, and
// how many vectors at least and at most are learned from.
func withRoom(t *testing.T, room *[4]int, words ...string) *modelled {
	t.Helper()
	return open(t, room, embeddingtest.None, words)
}

func open(t *testing.T, room *[4]int, fault embeddingtest.Fault, words []string) *modelled {
	t.Helper()
	fake := embeddingtest.New(16, "")
	fake.Set(fault)
	server := httptest.NewServer(fake)
	t.Cleanup(server.Close)
	m := &modelled{T: t, fake: fake, url: server.URL, dir: t.TempDir(), clock: &clock{now: time.Now()}, room: room}
	m.open()
	files := make([]lora.ScannedFile, len(words))
	for i, w := range words {
		files[i] = worded(i, w)
	}
	results, err := m.store.SaveScanned(t.Context(), files)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range results {
		m.ids = append(m.ids, r.AdapterID)
	}
	return m
}

func worded(i int, words string) lora.ScannedFile {
	name := fmt.Sprint("adapter ", i)
	return lora.ScannedFile{
		RootID: "root", RelPath: name, Stamp: lora.FileStamp{Size: 1, MtimeNS: 1, Inode: uint64(i)},
		Proposed: lora.Adapter{
			Name: name, FileName: name, FileState: lora.FileOK, BaseModel: "sdxl", Kind: "lora", Triggers: strings.Split(words, ", "),
			Sources: map[string]lora.Source{"name": lora.FromGuess, "triggers": lora.FromFile, "base_model": lora.FromFile, "kind": lora.FromFile},
		},
	}
}

// open opens the store and starts the recommender, as a start of the program does.
func (m *modelled) open() {
	m.Helper()
	s, err := store.Open(m.Context(), store.Options{DataDir: m.dir})
	if err != nil {
		m.Fatal(err)
	}
	client, err := embedding.New(embedding.Options{URL: m.url + "/v1", Model: "fake", Batch: 4, Limits: guard.Default()})
	if err != nil {
		m.Fatal(err)
	}
	m.store = s
	m.Recommender = recommend.New(recommend.Options{
		Library: s, Memory: s, Tastes: s, Embedder: client, Vectors: s, Now: m.clock.Now, Look: 5 * time.Millisecond,
		Logger: slog.New(slog.DiscardHandler),
	})
	if m.room != nil {
		m.SetRoom(m.room[0], m.room[1], m.room[2], m.room[3])
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); m.Recommender.Run(ctx) }()
	m.stop = sync.OnceFunc(func() {
		cancel()
		<-done
		client.Close()
		if err := s.Close(); err != nil {
			m.Error(err)
		}
	})
	m.Cleanup(func() { m.stop() })
}

// restart ends the program and starts it again.
func (m *modelled) restart() {
	m.stop()
	m.open()
}

// until waits for a state of the model.
func (m *modelled) until(what string, is func(recommend.EmbedderState) bool) recommend.EmbedderState {
	m.Helper()
	for range 4000 {
		if state := m.Health().Embedder; is(state) {
			return state
		}
		select {
		case <-time.After(5 * time.Millisecond):
		case <-m.Context().Done():
			m.Fatal(m.Context().Err())
		}
	}
	m.Fatalf("it is never %s: %+v", what, m.Health().Embedder)
	return recommend.EmbedderState{}
}

func (m *modelled) untilReady(computed int) recommend.EmbedderState {
	m.Helper()
	return m.until("ready", func(s recommend.EmbedderState) bool { return s.State == "ready" && s.Computed == computed })
}

func (m *modelled) prompt(text string) recommend.Answer {
	m.Helper()
	a, err := m.ForPrompt(m.Context(), recommend.PromptOptions{Prompt: text})
	if err != nil {
		m.Fatal(err)
	}
	return a
}

func (m *modelled) patch(id, body string) {
	m.Helper()
	var patch map[string]json.RawMessage
	if err := json.Unmarshal([]byte(body), &patch); err != nil {
		m.Fatal(err)
	}
	if _, _, err := m.store.Patch(m.Context(), id, patch); err != nil {
		m.Fatal(err)
	}
}

var library = []string{"neon city, rain", "old castle", "green forest", "deep ocean", "red dragon", "white snow", "LONG night"}

func TestTheModelMakesTheTextVectorsAndAnswersQuestions(t *testing.T) {
	t.Parallel()
	m := withModel(t, embeddingtest.None, library...)
	state := m.untilReady(len(library))
	if state.Dims != 16 || state.Pending != 0 || state.Error != "" || state.Model != "fake" {
		t.Errorf("state %+v", state)
	}
	if texts := m.fake.Texts(); len(texts) != len(library) || !slices.Contains(texts, "neon city, rain, adapter 0") {
		t.Errorf("the model was given %q", texts)
	}
	a := m.prompt("neon rain")
	if len(a.Items) == 0 || a.Items[0].AdapterID != m.ids[0] {
		t.Errorf("a prompt finds %+v", a.Items)
	}
	if texts := m.fake.Texts(); !slices.Equal(texts, []string{"neon rain"}) {
		t.Errorf("the question brought the model %q", texts)
	}
	m.prompt("neon rain")
	figures, err := m.Stats(t.Context())
	if err != nil || len(m.fake.Texts()) != 0 || figures.CacheHitRate != 0.5 {
		t.Errorf("the same question again was not answered from memory: rate %v, %v", figures.CacheHitRate, err)
	}
}

func TestOnlyWhatChangedIsMadeAnewAlsoAfterARestart(t *testing.T) {
	t.Parallel()
	m := withModel(t, embeddingtest.None, library...)
	m.untilReady(len(library))
	m.fake.Texts()
	m.patch(m.ids[1], `{"triggers": ["new castle"]}`)
	m.patch(m.ids[2], `{"rating": 5, "notes": "no word of these counts"}`)
	m.until("about the new words", func(recommend.EmbedderState) bool {
		e, err := m.store.Embedding(t.Context(), m.ids[1], "fake/text1")
		return err == nil && slices.Equal(e.Vector, embeddingtest.Vector("new castle, adapter 1", 16))
	})
	m.untilReady(len(library))
	if texts := m.fake.Texts(); !slices.Equal(texts, []string{"new castle, adapter 1"}) {
		t.Errorf("an edit of two adapters brought the model %q", texts)
	}
	m.restart()
	m.untilReady(len(library))
	if texts := m.fake.Texts(); len(texts) != 0 {
		t.Errorf("a restart brought the model %q", texts)
	}
	if a := m.prompt("new castle"); len(a.Items) == 0 || a.Items[0].AdapterID != m.ids[1] {
		t.Errorf("after a restart a prompt finds %+v", a.Items)
	}
	if _, err := m.Rebuild(t.Context(), true); err != nil {
		t.Fatal(err)
	}
	m.untilReady(len(library))
	if texts := m.fake.Texts(); !slices.Equal(texts, []string{"new castle"}) {
		t.Errorf("an index built anew brought the model %q", texts)
	}
}

func TestAnEndpointThatFailsIsDoneWithoutAndTriedAgain(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		fault embeddingtest.Fault
		says  string
	}{
		{embeddingtest.Everything, "status 400"},
		{embeddingtest.Unknown, "embeddings-model"},
		{embeddingtest.Garbage, "not the JSON"},
		{embeddingtest.Null, "where a number belongs"},
		{embeddingtest.Fewer, "vectors for"},
		{embeddingtest.Ragged, "dimensions, then"},
	} {
		t.Run(string(c.fault), func(t *testing.T) {
			t.Parallel()
			m := withModel(t, c.fault, library...)
			state := m.until("failing", func(s recommend.EmbedderState) bool { return s.State == "failing" })
			if !strings.Contains(state.Error, c.says) || state.Computed != 0 || state.Pending != len(library) {
				t.Errorf("state %+v, want an error that says %q", state, c.says)
			}
			calls := m.fake.Calls()
			a := m.prompt("neon city")
			if len(a.Items) == 0 || a.Items[0].AdapterID != m.ids[0] || m.fake.Calls() != calls {
				t.Errorf("without the model a prompt finds %+v, after %d more requests", a.Items, m.fake.Calls()-calls)
			}
			m.fake.Set(embeddingtest.None)
			m.clock.advance(10 * time.Second)
			m.untilReady(len(library))
		})
	}
}

func TestAnEndpointThatGoesAwayLaterIsNoticedByQuestionsAndByItsReturn(t *testing.T) {
	t.Parallel()
	m := withModel(t, embeddingtest.None, library...)
	m.untilReady(len(library))
	m.fake.Set(embeddingtest.HTML)
	if a := m.prompt("red dragon"); len(a.Items) == 0 || a.Items[0].AdapterID != m.ids[4] {
		t.Errorf("without the model a prompt finds %+v", a.Items)
	}
	m.until("failing", func(s recommend.EmbedderState) bool {
		return s.State == "failing" && strings.Contains(s.Error, "web page")
	})
	m.fake.Set(embeddingtest.None)
	m.clock.advance(time.Minute)
	m.untilReady(len(library))
	m.fake.Texts()
	if m.prompt("red dragon"); !slices.Equal(m.fake.Texts(), []string{"red dragon"}) {
		t.Error("when it is back, the model is not asked")
	}
}

func TestAModelOfAnotherLengthIsTakenOverWhenItStays(t *testing.T) {
	t.Parallel()
	m := withModel(t, embeddingtest.None, library...)
	m.untilReady(len(library))
	m.fake.Set(embeddingtest.OtherLength)
	m.patch(m.ids[0], `{"triggers": ["other words"]}`)
	m.until("failing", func(s recommend.EmbedderState) bool {
		return s.State == "failing" && strings.Contains(s.Error, "32 dimensions now, of 16 before")
	})
	m.clock.advance(10 * time.Second)
	state := m.untilReady(len(library))
	if a := m.prompt("old castle"); state.Dims != 32 || a.Items[0].AdapterID != m.ids[1] {
		t.Errorf("state %+v, a prompt finds %+v", state, a.Items)
	}
}

func TestAModelWhoseLengthKeepsChangingIsNotFollowed(t *testing.T) {
	t.Parallel()
	m := withModel(t, embeddingtest.None, library...)
	m.untilReady(len(library))
	m.fake.Set(embeddingtest.OtherLength)
	m.patch(m.ids[0], `{"triggers": ["other words"]}`)
	m.until("failing", func(s recommend.EmbedderState) bool { return s.State == "failing" })
	m.fake.Set(embeddingtest.None)
	m.clock.advance(10 * time.Second)
	if state := m.untilReady(len(library)); state.Dims != 16 {
		t.Errorf("state %+v", state)
	}
}

func TestAdaptersWhoseWordsTheModelRefusesKeepTheBuiltInVectors(t *testing.T) {
	t.Parallel()
	m := withModel(t, embeddingtest.TooLong, library...)
	m.untilReady(len(library) - 1)
	if a := m.prompt("LONG night"); len(a.Items) == 0 || a.Items[0].AdapterID != m.ids[6] {
		t.Errorf("its words find %+v", a.Items)
	}
	report, err := m.ComputeEmbeddings(t.Context(), m.ids, false, true)
	if err != nil || report.Processed != 6 || len(report.Errors) != 1 || report.Errors[0].AdapterID != m.ids[6] {
		t.Errorf("making all anew: %+v, %v", report, err)
	}
}

func TestEmbeddingsOfNamedAdaptersAreMadeAtOnce(t *testing.T) {
	t.Parallel()
	m := withModel(t, embeddingtest.None, library...)
	m.untilReady(len(library))
	m.fake.Texts()
	report, err := m.ComputeEmbeddings(t.Context(), append(m.ids[:2:2], "unknown"), false, false)
	if err != nil || report.Processed != 0 || report.Skipped != 2 || len(report.Errors) != 0 {
		t.Errorf("when they are there: %+v, %v", report, err)
	}
	report, err = m.ComputeEmbeddings(t.Context(), m.ids[:2], false, true)
	if err != nil || report.Processed != 2 || report.Skipped != 0 || len(m.fake.Texts()) != 2 {
		t.Errorf("forced: %+v, %v", report, err)
	}
	status, err := m.EmbeddingStatus(t.Context(), m.ids[0])
	if err != nil || !status.Semantic || status.NeedsCompute || status.ComputedAt == nil {
		t.Errorf("status %+v, %v", status, err)
	}
	if status, err := m.EmbeddingStatus(t.Context(), "unknown"); err != nil || status.Semantic || !status.NeedsCompute {
		t.Errorf("status of an unknown id %+v, %v", status, err)
	}
	m.fake.Set(embeddingtest.Garbage)
	report, err = m.ComputeEmbeddings(t.Context(), m.ids[:1], false, true)
	if err != nil || len(report.Errors) != 1 || !strings.Contains(report.Errors[0].Error, "not the JSON") {
		t.Errorf("when the endpoint fails: %+v, %v", report, err)
	}
}

func TestVectorsThatAreTooLargeAreKeptShorterInMemoryAndFindTheSame(t *testing.T) {
	t.Parallel()
	words := make([]string, 60)
	for i := range words {
		words[i] = fmt.Sprintf("word%d, thing%d", i, i%7)
	}
	m := withRoom(t, &[4]int{1, 12, 20, 40}, words...)
	m.untilReady(len(words))
	for _, restarted := range []bool{false, true} {
		if restarted {
			m.restart()
			m.untilReady(len(words))
		}
		for _, i := range []int{0, 33, 59} {
			if a := m.prompt(words[i]); a.Items[0].AdapterID != m.ids[i] {
				t.Errorf("restarted %v: %q finds %q first", restarted, words[i], a.Items[0].Name)
			}
		}
		if dims := m.DimsInMemory(); dims != 12 {
			t.Errorf("restarted %v: %d dimensions in memory", restarted, dims)
		}
	}
	e, err := m.store.Embedding(t.Context(), m.ids[0], "fake/text1")
	if err != nil || len(e.Vector) != 16 {
		t.Errorf("the database keeps %d dimensions: %v", len(e.Vector), err)
	}
	if texts := m.fake.Texts(); len(texts) != len(words)+6 {
		t.Errorf("%d texts and 6 questions were embedded, not %d", len(texts)-6, len(words))
	}
}

func TestItStopsAtOnceWhileTheModelHangs(t *testing.T) {
	t.Parallel()
	m := withModel(t, embeddingtest.Slow, library...)
	m.until("asked", func(recommend.EmbedderState) bool { return m.fake.Calls() > 0 })
	if a := m.prompt("old castle"); len(a.Items) == 0 || a.Items[0].AdapterID != m.ids[1] {
		t.Errorf("meanwhile a prompt finds %+v", a.Items)
	}
	m.stop()
}

func TestAModelTooSlowForQuestionsIsDoneWithoutAndSaid(t *testing.T) {
	t.Parallel()
	m := withModel(t, embeddingtest.None, library...)
	m.untilReady(len(library))
	m.fake.Set(embeddingtest.Slow)
	if a := m.prompt("old castle"); len(a.Items) == 0 || a.Items[0].AdapterID != m.ids[1] {
		t.Errorf("a prompt finds %+v", a.Items)
	}
	if state := m.Health().Embedder; state.State != "ready" || !strings.Contains(state.Error, "longer than a second") {
		t.Errorf("state %+v", state)
	}
	calls := m.fake.Calls()
	if m.prompt("green forest"); m.fake.Calls() != calls {
		t.Error("the next question waited for the model again")
	}
}
