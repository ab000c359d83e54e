package security

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"loramanager/internal/lora"
	"loramanager/internal/store/pgtest"
	"loramanager/tests/harness"
)

// injections are what tools for SQL injection try.
var injections = []string{
	"'", `"`, "`", "''", "\\'", "';", "' --", "' #", "' OR '1'='1", "' OR 1=1 --", `" OR ""="`, "') OR ('1'='1", "1 OR 1=1", "1; DROP TABLE job", "'; DROP TABLE job; --", "'; DELETE FROM job WHERE 'a'='a",
	"' UNION SELECT NULL --", "' UNION SELECT name, sql FROM sqlite_master --", "' UNION SELECT usename, passwd FROM pg_shadow --", "' AND (SELECT COUNT(*) FROM job) > 0 --", "' AND 1=(SELECT 1 FROM pg_sleep(60)) --", "'; SELECT pg_sleep(60); --",
	"' || (SELECT randomblob(1000000000)) || '", "1 AND randomblob(1000000000)", "(SELECT CASE WHEN 1=1 THEN 1 ELSE 1/0 END)", "id; --", "created_at DESC; --", "newest, (SELECT 1)", "CASE WHEN 1=1 THEN id END", "*", "%", "_", "%' OR 'x' LIKE '%", "$1", "?1", ":a", "@a",
	"\x00' OR 1=1 --", "\u02bc OR 1=1 --", "\uff07 OR 1=1 --", "%27%20OR%201=1", "0x27204f5220313d31", "'; ATTACH DATABASE '/tmp/x' AS x; --", "'; COPY job TO '/tmp/x'; --", "E'\\'' OR 1=1", "$$ OR 1=1 $$", "/**/OR/**/1=1", "' OR 1=1 LIMIT 1 OFFSET 0 --",
	"NEAR(a b)", "a* AND b", "a OR NOT b", `"a" b:c`, "{a b}:c", "^a + b", "a:*|!b & (c", "<-> a", strings.Repeat("(", 100), "-a -b NOT",
}

func TestRow23_FiltersAndSortsAreValuesNeverSQL(t *testing.T) {
	t.Parallel()
	for _, database := range []string{"sqlite", "postgres"} {
		t.Run(database, func(t *testing.T) {
			t.Parallel()
			var o harness.Options
			if database == "postgres" {
				o.Env = []string{"DATABASE_URL=" + pgtest.Database(t)}
			}
			s := harness.Start(t, o)
			id := generate(t, s, "sketch", nil)
			final(t, s, id)
			s.Call("PUT", "/api/v1/generation/results/"+id+"/tags", map[string]any{"tags": []string{"kept"}}, nil)
			s.Call("POST", "/api/v1/compositions", map[string]any{"name": "kept", "entries": []any{}}, nil)
			before := kept(t, s)
			injectQueries(t, s)
			injectPaths(t, s)
			wantSame(t, s, before, "injections")
			injectTexts(t, s, id)
			if m := final(t, s, id); m.RawStatus != lora.JobSucceeded || len(m.Images) != 1 {
				t.Errorf("the job is now %+v", m)
			}
		})
	}
}

// injectQueries puts the texts into every parameter of every list. Where a filter is for
// a name, no result has it.
func injectQueries(t *testing.T, s *harness.Server) {
	t.Helper()
	lists := map[string][]string{
		"/generation/history":       {"search", "adapter_id", "base_model", "engine", "model", "status", "min_rating", "favorite", "tag", "composition_id", "start_date", "end_date", "width", "height", "trashed", "sort", "after", "limit"},
		"/generation/results":       {"search", "adapter_id", "base_model", "engine", "model", "tag", "composition_id", "sort", "after", "offset", "page", "page_size"},
		"/generation/results/stats": {"search", "adapter_id", "base_model", "engine", "model", "tag", "composition_id", "sort"}, "/generation/results/facets": {"search", "engine", "tag", "sort"},
		"/generation/jobs":        {"status", "kind", "after", "limit"},
		"/generation/jobs/active": {"limit"}, "/compositions": {"search", "sort", "after"}, "/deliveries": {"limit", "sort"}, "/presets": {"sort"}, "/workflows": {"sort"},
	}
	for path, parameters := range lists {
		for _, parameter := range parameters {
			for _, text := range injections {
				r := s.Ask("GET", "/api/v1"+path+"?"+parameter+"="+url.QueryEscape(text), "")
				if r.Status != 200 && r.Status != 422 {
					t.Errorf("%s with %s=%q: %d %.300s", path, parameter, text, r.Status, r.Body)
					continue
				}
				leaksSQL(t, fmt.Sprintf("%s with %s=%q", path, parameter, text), r)
				var page struct{ Results []made }
				if path == "/generation/history" && r.Status == 200 && strings.Contains("adapter_id base_model engine model tag composition_id", parameter) {
					if err := decode(r, &page); err != nil || len(page.Results) != 0 {
						t.Errorf("%s=%q finds %d results, %v", parameter, text, len(page.Results), err)
					}
				}
			}
		}
	}
}

// injectPaths puts the texts where ids and names stand.
func injectPaths(t *testing.T, s *harness.Server) {
	t.Helper()
	for _, text := range injections {
		id := url.PathEscape(text)
		for _, c := range [][3]string{
			{"GET", "/generation/results/" + id, ""}, {"GET", "/generation/jobs/" + id, ""}, {"GET", "/generation/progress/" + id, ""}, {"GET", "/deliveries/" + id, ""}, {"GET", "/compositions/" + id, ""}, {"GET", "/compositions/" + id + "/versions", ""},
			{"DELETE", "/generation/results/" + id, ""}, {"POST", "/generation/jobs/" + id + "/cancel", "{}"}, {"POST", "/generation/jobs/" + id + "/retry", "{}"}, {"POST", "/generation/jobs/" + id + "/move", asJSON(t, map[string]any{"before": text})},
			{"PUT", "/generation/results/" + id + "/rating", `{"rating":5}`}, {"DELETE", "/compositions/" + id, ""}, {"DELETE", "/presets/" + id, ""}, {"DELETE", "/workflows/" + id, ""}, {"DELETE", "/engines/" + id, ""}, {"GET", "/pictures/" + id, ""},
			{"GET", "/engines/" + id + "/loras", ""}, {"POST", "/generation/results/bulk", asJSON(t, map[string]any{"ids": []string{text}, "action": "delete"})}, {"POST", "/generation/results/bulk", asJSON(t, map[string]any{"ids": []string{text}, "action": text})},
			{"POST", "/generation/queue-generation?composition_id=" + url.QueryEscape(text) + "&backend=" + url.QueryEscape(text), `{"prompt":"x","steps":0}`},
		} {
			r := s.Ask(c[0], "/api/v1"+c[1], c[2])
			if r.Status >= 500 {
				t.Errorf("%s %s: %d %.300s", c[0], c[1], r.Status, r.Body)
			}
			leaksSQL(t, c[1], r)
		}
	}
}

// injectTexts stores the texts and finds them again as they are.
func injectTexts(t *testing.T, s *harness.Server, id string) {
	t.Helper()
	for _, text := range injections {
		if strings.ContainsRune(text, 0) {
			continue // refused, or stored without it
		}
		if r := s.Ask("PUT", "/api/v1/generation/results/"+id+"/tags", asJSON(t, map[string]any{"tags": []string{text}})); r.Status >= 500 {
			t.Errorf("the tag %q: %d %.300s", text, r.Status, r.Body)
		}
		var made struct {
			Composition lora.Composition
		}
		s.Call("POST", "/api/v1/compositions", map[string]any{"name": text, "prefix": text, "negative": text, "entries": []any{map[string]any{"name": text, "weight": 1, "enabled": true}}}, &made)
		var read struct{ Composition lora.Composition }
		s.Call("GET", "/api/v1/compositions/"+made.Composition.ID, nil, &read)
		if read.Composition.Negative != text || len(read.Composition.Entries) != 1 || read.Composition.Entries[0].Name != text {
			t.Errorf("%q came back as %+v", text, read.Composition)
		}
	}
}

// leaksSQL reports an answer that talks about the database.
func leaksSQL(t *testing.T, what string, r *harness.Reply) {
	t.Helper()
	if r.Status < 400 {
		return
	}
	body := strings.ToLower(string(r.Body))
	for _, word := range []string{"sqlstate", "sql logic error", "syntax error at", "pgx", "no such column", "unterminated", "fts5:"} {
		if strings.Contains(body, word) {
			t.Errorf("%s: the answer speaks of the database: %.300s", what, r.Body)
		}
	}
}
