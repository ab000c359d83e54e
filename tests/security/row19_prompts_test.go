package security

import (
	"fmt"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"loramanager/tests/harness"
)

// wildcards writes wildcards that are made to be expanded without end.
func wildcards(t *testing.T, dir string) {
	t.Helper()
	write(t, dir, "animal.txt", []byte("cat\ndog\n"))
	write(t, dir, "self.txt", []byte("x __self__\n"))
	write(t, dir, "ring1.txt", []byte("__ring2__\n"))
	write(t, dir, "ring2.txt", []byte("__ring3__\n"))
	write(t, dir, "ring3.txt", []byte("a __ring1__\n"))
	for i := range 12 {
		write(t, dir, fmt.Sprintf("double%d.txt", i), []byte(strings.Repeat(fmt.Sprintf("__double%d__ ", i+1), 40)+"\n"))
	}
	write(t, dir, "double12.txt", []byte(strings.Repeat("word ", 40)))
	write(t, dir, "long.txt", []byte(strings.Repeat("word ", 100_000)))
	write(t, dir, "lines.txt", []byte(strings.Repeat("x\n", 500_000)))
	write(t, dir, "huge.txt", make([]byte, 8*mib))
	write(t, dir, "binary.txt", []byte("\x00\xff\xfe\x1b[31m\nb\n"))
}

type expansion struct {
	Prompts  []string
	Possible int
}

// maxExpanded is far more than a page of prompts needs, in bytes.
const maxExpanded = 64 * mib

func TestRow19_TemplatesExpandWithinBounds(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	wildcards(t, filepath.Join(data, "wildcards"))
	write(t, data, "secret.txt", []byte("secret\n"))
	s := harness.Start(t, harness.Options{Data: data})
	var drawn expansion
	s.Call("POST", "/api/v1/prompts/expand", map[string]any{"template": "{a|b} __animal__", "all": true}, &drawn)
	if len(drawn.Prompts) != 4 || drawn.Possible != 4 {
		t.Fatalf("a plain template gives %+v", drawn)
	}
	memory, _ := s.Memory()
	s.ForgetPeak()
	for what, template := range map[string]string{
		"an unknown wildcard": "a __nowhere__ b", "a wildcard that is itself": "__self__", "wildcards in a circle": "__ring1__", "wildcards that double": "__double0__", "one less often": "__double9__",
		"a long line many times": strings.Repeat("__long__", 6_000), "a wildcard of many lines": "__lines__ __lines__ __lines__", "a file too large": "__huge__", "bytes": "__binary__",
		"braces without end": strings.Repeat("{", 60_000), "closed": strings.Repeat("{", 30_000) + strings.Repeat("}", 30_000), "choices that double": strings.Repeat("{a|b}", 10_000), "choices of nothing": strings.Repeat("{|}", 20_000),
		"half of many": "{9000$$" + strings.Repeat("a|", 20_000) + "}", "any number of many": "{0-9000$$" + strings.Repeat("a|", 20_000) + "}", "numbers beyond all": "{99999999999999999999-99999999999999999999$$a|b}",
		"a long separator": "{9000$$" + strings.Repeat("-", 30_000) + "$$" + strings.Repeat("a|", 10_000) + "}", "underscores": strings.Repeat("_", 65_000), "names that never end": strings.Repeat("__a", 20_000),
		"a path": "__../secret__", "an absolute path": "__" + data + "/secret__", "a path in another spelling": `__..\secret__`, "a path with a zero": "__animal\x00__", "a name of 60,000 letters": "__" + strings.Repeat("a", 60_000) + "__",
		"weights": "{0::a|1e999::b|-5::c|NaN::d|inf::e}", "tags": strings.Repeat("<lora:", 10_000), "stars": "__*__ __**/*__ __[a-z]*__", "backslashes": strings.Repeat(`\`, 65_000),
	} {
		for _, how := range []string{`"count":10000`, `"count":10000,"all":true`, `"count":1,"seed":9007199254740991`} {
			r := s.Ask("POST", "/api/v1/prompts/expand", `{"template":`+asJSON(t, template)+","+how+"}")
			if r.Status == 422 || r.Status == 413 {
				if said := r.Problem(t).Detail; len(said) > kib || what == "an unknown wildcard" && !strings.Contains(said, `"nowhere"`) {
					t.Errorf("%s: refused with %.300q", what, said)
				}
				continue
			}
			var got expansion
			if r.Status != 200 || decode(r, &got) != nil || len(got.Prompts) > 10_000 || got.Possible > 1_000_000_000 || len(r.Body) > maxExpanded {
				t.Errorf("%s, %s: %d with %d prompts in %d bytes: %.200s", what, how, r.Status, len(got.Prompts), len(r.Body), r.Body)
			}
			if strings.Contains(string(r.Body), "secret\"") {
				t.Errorf("%s: a file outside the folder was read", what)
			}
		}
	}
	for _, body := range []string{`{"template":"a","count":10001}`, `{"template":"a","count":-1}`, `{"template":"a","count":1e9}`, `{"template":"a","seed":-1}`, `{"template":"a","seed":1e300}`, `{"template":""}`, `{"template":"` + strings.Repeat("a", 65_537) + `"}`, `{}`} {
		if r := s.Ask("POST", "/api/v1/prompts/expand", body); r.Status != 422 {
			t.Errorf("%.60s: %d %.200s", body, r.Status, r.Body)
		}
	}
	if r := s.Ask("GET", "/api/v1/wildcards", ""); r.Status != 200 || len(r.Body) > mib {
		t.Errorf("the list of wildcards: %d with %d bytes", r.Status, len(r.Body))
	}
	if after, known := s.Memory(); known {
		t.Logf("memory rose by %d MiB", (after.Peak-memory.Now)/mib)
		if after.Peak-memory.Now > 256*mib {
			t.Error("that is too much")
		}
	}
}

func TestRow19_CompositionsAreBounded(t *testing.T) {
	t.Parallel()
	s, _, a := one(t, harness.Options{})
	entry := `{"name":"x","weight":1,"enabled":true}`
	for what, body := range map[string]string{
		"a prefix of 200 KiB":        `{"prefix":"` + strings.Repeat("p", 200*kib) + `"}`,
		"ten thousand adapters":      `{"entries":[` + strings.Repeat(entry+",", 10_000) + entry + `]}`,
		"a hundred thousand tags":    `{"prefix":"` + strings.Repeat("<lora:a:1>", 20_000) + `"}`,
		"a name of 500 KiB":          `{"entries":[{"name":"` + strings.Repeat("n", 500*kib) + `","weight":1,"enabled":true}]}`,
		"weights beyond numbers":     `{"entries":[{"name":"x","weight":1e400,"enabled":true}]}`,
		"huge weights":               `{"entries":[{"name":"x","weight":1e300,"text_encoder":[1e300,-1e300],"enabled":true}]}`,
		"a schedule without end":     `{"entries":[{"name":"x","weight":1,"enabled":true,"schedule":[` + strings.Repeat(`{"at":0.5,"weight":1},`, 20_000) + `{"at":1,"weight":1}]}]}`,
		"blocks without end":         `{"entries":[{"name":"x","weight":1,"enabled":true,"preset":"` + strings.Repeat("1,", 50_000) + `1"}]}`,
		"a trigger many times":       `{"entries":[{"adapter_id":"` + a.ID + `","name":"a","weight":1,"enabled":true,"triggers":[` + strings.Repeat(`"t",`, 50_000) + `"t"]}]}`,
		"nested JSON":                `{"entries":` + strings.Repeat("[", 500_000),
		"an unknown dialect":         `{"dialect":"` + strings.Repeat("x", 1000) + `"}`,
		"wrong types all over":       `{"prefix":7,"suffix":[],"entries":{"a":1},"triggers":"x","negative":{}}`,
		"a delivery of wrong types":  `{"prefix":"x","delivery":{"mode":7,"params":[]}}`,
		"a composition that is none": `{"composition_id":"../../x"}`,
	} {
		for _, path := range []string{"/compose", "/compose/dialects"} {
			r := s.Ask("POST", "/api/v1"+path, body)
			if r.Status >= 500 || len(r.Body) > 8*mib {
				t.Errorf("%s at %s: %d with %d bytes: %.300s", what, path, r.Status, len(r.Body), r.Body)
			}
		}
		whole := strings.Replace(body, "{", `{"name":"n",`, 1)
		if r := s.Ask("POST", "/api/v1/compositions", whole); r.Status >= 500 || len(r.Body) > 4*mib {
			t.Errorf("%s as a composition: %d with %d bytes: %.300s", what, r.Status, len(r.Body), r.Body)
		}
		if r := s.Ask("POST", "/api/v1/compositions/import", strings.Replace(body, "{", `{"format":"loramanager-composition","format_version":1,"name":"n",`, 1)); r.Status >= 500 {
			t.Errorf("%s as a shared one: %d %.300s", what, r.Status, r.Body)
		}
	}
}

func TestRow19_TheHistoryIsSearchedWithinBounds(t *testing.T) {
	t.Parallel()
	s := harness.Start(t, harness.Options{})
	for range 3 {
		final(t, s, generate(t, s, "sketch", map[string]any{"tags": "x"}))
	}
	queries := pathological()
	for _, path := range []string{"/api/v1/generation/history?limit=200&search=%s", "/api/v1/generation/results/stats?search=%s", "/api/v1/generation/results/facets?search=%s", "/api/v1/compositions?search=%s"} {
		for _, q := range queries {
			r := s.Ask("GET", fmt.Sprintf(path, url.QueryEscape(q.q)), "")
			if r.Status != 200 && r.Status != 422 || len(r.Body) > mib {
				t.Errorf("%s at %s: %d with %d bytes: %.200s", q.what, path, r.Status, len(r.Body), r.Body)
			}
		}
	}
	huge := strings.Repeat("9", 400)
	for _, query := range []string{
		"limit=2000000000", "limit=-1", "limit=" + huge, "offset=" + huge, "offset=9223372036854775807", "page=9223372036854775807&page_size=100", "page=-1", "after=" + huge, "after=%00%ff", "after=AAAA", "min_rating=" + huge,
		"width=" + huge, "width=-1", "start_date=999999999-99-99", "start_date=" + huge, "end_date=0000-00-00", "start_date=2026-01-01T00:00:00%2B99:99", "sort=" + huge, "status=" + huge, strings.Repeat("status=failed&", 500), "tag=" + huge,
	} {
		for _, path := range []string{"history", "results", "results/stats", "jobs", "jobs/active"} {
			if r := s.Ask("GET", "/api/v1/generation/"+path+"?"+query, ""); r.Status >= 500 || len(r.Body) > mib {
				t.Errorf("%s?%.60s: %d with %d bytes: %.200s", path, query, r.Status, len(r.Body), r.Body)
			}
		}
	}
}
