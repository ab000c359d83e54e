package recommend_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"go.uber.org/goleak"

	"loramanager/internal/lora"
	"loramanager/internal/recommend"
	"loramanager/internal/store"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// lib is a library on a real database and its recommender.
type lib struct {
	*testing.T
	*recommend.Recommender
	store *store.Store
	clock *clock
	ids   map[string]string // by name
	names map[string]string // by id
}

// newLib opens a library with adapters, one line each as put reads them.
func newLib(t *testing.T, adapters ...string) *lib {
	t.Helper()
	s, err := store.Open(t.Context(), store.Options{DataDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	l := &lib{T: t, store: s, clock: &clock{now: time.Now()}, ids: map[string]string{}, names: map[string]string{}}
	l.restart()
	l.put(adapters...)
	return l
}

// restart gives the library a new recommender, as a restart of the program does.
func (l *lib) restart() {
	l.Recommender = recommend.New(recommend.Options{Library: l.store, Memory: l.store, Tastes: l.store, Now: l.clock.Now})
}

// put saves adapters written as "name | base variant | triggers | tags | author".
func (l *lib) put(adapters ...string) {
	l.Helper()
	var files []lora.ScannedFile
	for _, line := range adapters {
		parts := strings.Split(line+"||||", "|")
		for i := range parts {
			parts[i] = strings.TrimSpace(parts[i])
		}
		base, variant, _ := strings.Cut(parts[1], " ")
		list := func(text string) []string {
			if text == "" {
				return []string{}
			}
			return strings.Split(text, ", ")
		}
		author := parts[4]
		f := lora.ScannedFile{RootID: "root", RelPath: parts[0], Stamp: lora.FileStamp{Size: 1, MtimeNS: 1, Inode: uint64(len(l.ids) + len(files) + 1)}} //nolint:gosec // small
		f.Proposed = lora.Adapter{
			Name: parts[0], FileName: parts[0], FileState: lora.FileOK, Weight: 1, BaseModel: base, BaseVariant: variant, Kind: "lora",
			Triggers: list(parts[2]), Tags: list(parts[3]), AuthorUsername: &author, Sources: map[string]lora.Source{},
		}
		if base == "" {
			f.Proposed.BaseModel = lora.UnknownBase
		}
		for _, name := range []string{"name", "base_model", "base_variant", "kind", "triggers", "tags", "author_username"} {
			f.Proposed.Sources[name] = lora.FromFile
		}
		files = append(files, f)
	}
	if len(files) == 0 {
		return
	}
	results, err := l.store.SaveScanned(l.Context(), files)
	l.ok(err)
	for i, r := range results {
		l.ids[files[i].Proposed.Name], l.names[r.AdapterID] = r.AdapterID, files[i].Proposed.Name
	}
}

func (l *lib) ok(err error) {
	l.Helper()
	if err != nil {
		l.Fatal(err)
	}
}

// id is the id of an adapter by its name.
func (l *lib) id(name string) string {
	l.Helper()
	id, ok := l.ids[name]
	if !ok {
		l.Fatalf("the test has no adapter %q", name)
	}
	return id
}

func (l *lib) all(names ...string) []string {
	ids := []string{}
	for _, name := range names {
		ids = append(ids, l.id(name))
	}
	return ids
}

// edit patches an adapter as its user would.
func (l *lib) edit(name, body string) {
	l.Helper()
	var patch map[string]json.RawMessage
	l.ok(json.Unmarshal([]byte(body), &patch))
	_, _, err := l.store.Patch(l.Context(), l.id(name), patch)
	l.ok(err)
}

// generate runs jobs with adapters to their end, kept or not.
func (l *lib) generate(times int, kept bool, names ...string) {
	l.Helper()
	for range times {
		job := lora.Job{ID: uuid.NewString(), Kind: lora.Generation, Engine: "e", Mode: "queued", Prompt: "p", MaxAttempts: 1, CreatedAt: time.Now()}
		for _, name := range names {
			job.Adapters = append(job.Adapters, lora.Use{AdapterID: l.id(name), Name: name, Weight: 1})
		}
		_, _, err := l.store.AddJob(l.Context(), job)
		l.ok(err)
		claimed, found, err := l.store.ClaimJob(l.Context(), lora.JobClaim{Worker: "w", Slots: map[string]int{"e": 1}, Lease: time.Hour})
		l.ok(err)
		if !found {
			l.Fatal("no job can be claimed")
		}
		_, err = l.store.EndJob(l.Context(), claimed.ID, claimed.Token, lora.Ending{Status: lora.JobSucceeded})
		l.ok(err)
		if kept {
			_, err = l.store.FavoriteResults(l.Context(), []string{claimed.ID}, true)
			l.ok(err)
		}
	}
}

// The questions, which must have an answer.

func (l *lib) similar(name string) recommend.Answer {
	l.Helper()
	return l.must(l.Similar(l.Context(), l.id(name), recommend.SimilarOptions{}))
}

func (l *lib) active(names ...string) recommend.Answer {
	l.Helper()
	return l.must(l.ForActive(l.Context(), l.all(names...), recommend.Ask{}))
}

func (l *lib) prompt(text string, active ...string) recommend.Answer {
	l.Helper()
	return l.must(l.ForPrompt(l.Context(), recommend.PromptOptions{Prompt: text, ActiveIDs: l.all(active...)}))
}

func (l *lib) trigger(words string) recommend.Answer {
	l.Helper()
	return l.must(l.ByTrigger(l.Context(), words, recommend.Ask{}))
}

// must checks what is true of every answer.
func (l *lib) must(a recommend.Answer, err error) recommend.Answer {
	l.Helper()
	l.ok(err)
	if _, err := l.store.Session(l.Context(), a.SessionID); err != nil {
		l.Errorf("the session of an answer: %v", err)
	}
	for i, item := range a.Items {
		sum, shares := 0.0, 0.0
		for _, s := range item.Signals {
			sum, shares = sum+s.Contribution, shares+s.Weight
			if !(s.Score >= 0 && s.Score <= 1.0001) || s.Words == "" {
				l.Errorf("%s: signal %+v", item.Name, s)
			}
		}
		if !near(sum, item.Final) || !near(shares, 1) || !(item.Final >= 0 && item.Final <= 1) || item.Explanation == "" {
			l.Errorf("%s: contributions add up to %v, final %v; weights to %v; explanation %q", item.Name, sum, item.Final, shares, item.Explanation)
		}
		if i > 0 && (a.Items[i-1].Final < item.Final || a.Items[i-1].Final == item.Final && a.Items[i-1].Name > item.Name) {
			l.Errorf("%s comes before %s", a.Items[i-1].Name, item.Name)
		}
	}
	return a
}

func near(a, b float64) bool { return a-b < 1e-5 && b-a < 1e-5 }

// names are the adapters of an answer, best first.
func namesOf(a recommend.Answer) []string {
	names := []string{}
	for _, item := range a.Items {
		names = append(names, item.Name)
	}
	return names
}

// item is one adapter of an answer.
func (l *lib) item(a recommend.Answer, name string) recommend.Item {
	l.Helper()
	i := slices.IndexFunc(a.Items, func(item recommend.Item) bool { return item.Name == name })
	if i < 0 {
		l.Fatalf("%s is not among %v", name, namesOf(a))
	}
	return a.Items[i]
}

// judge says what the user thinks of an adapter of an answer.
func (l *lib) judge(a recommend.Answer, name string, what lora.FeedbackType) lora.Feedback {
	l.Helper()
	f, err := l.Judge(l.Context(), lora.Feedback{SessionID: a.SessionID, AdapterID: l.id(name), Type: what})
	l.ok(err)
	return f
}

// first fails unless an answer begins with adapters in this order.
func (l *lib) first(a recommend.Answer, names ...string) {
	l.Helper()
	if got := namesOf(a); len(got) < len(names) || !slices.Equal(got[:len(names)], names) {
		l.Errorf("got %v, want first %v", got, names)
	}
}

// without fails when an answer has an adapter.
func (l *lib) without(a recommend.Answer, names ...string) {
	l.Helper()
	for _, name := range names {
		if slices.Contains(namesOf(a), name) {
			l.Errorf("%s is among %v", name, namesOf(a))
		}
	}
}

func (l *lib) says(text string, parts ...string) {
	l.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			l.Errorf("%q does not say %q", text, part)
		}
	}
}

// many are n lines of adapters that nothing speaks for.
func many(n int, base string) []string {
	var lines []string
	for i := range n {
		lines = append(lines, fmt.Sprintf("filler %02d | %s | qq%dzz", i, base, i*i))
	}
	return lines
}

func asError(err error, e **lora.Error) bool { return errors.As(err, e) }
