package security

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"loramanager/tests/harness"
)

// What must come of a question.
const refused, answered, either = 422, 200, 0

type question struct {
	what, q string
	status  int
}

func pathological() []question {
	return []question{
		{"257 letters", strings.Repeat("a", 257), refused},
		{"a mebibyte would not fit in an address, so 40 KiB", strings.Repeat("a", 40*kib), refused},
		{"256 letters", strings.Repeat("a", 256), answered},
		{"17 terms", strings.Repeat("a ", 17), refused},
		{"16 terms", strings.Repeat("a ", 16), answered},
		{"128 words of one letter", strings.Repeat("a ", 127), refused},
		{"100 alternatives", "tag:" + strings.Repeat("a,", 100), refused},
		{"100 alternatives in bars", strings.Repeat("a|", 100), refused},
		{"only stars", "tag:" + strings.Repeat("*", 200), either},
		{"stars and letters, which explode in a backtracking matcher", "tag:" + strings.Repeat("*a", 100) + "*b", either},
		{"percent signs and underlines, which mean something to LIKE", strings.Repeat("%_", 100), answered},
		{"a nested group for a regular expression", "(" + strings.Repeat("a+)+", 50) + "$", answered},
		{"brackets", strings.Repeat("[", 250), answered},
		{"quotes that never end", strings.Repeat(`"`, 251), either},
		{"minus signs", strings.Repeat("-", 250), answered},
		{"colons", strings.Repeat(":", 250), either},
		{"an unknown field of 250 letters", strings.Repeat("z", 250) + ":x", refused},
		{"a number of 200 digits", "rank:>" + strings.Repeat("9", 200), either},
		{"a number that overflows", "size:>99999999999999999999gb", either},
		{"a range that runs backwards", "rank:128..1", either},
		{"a range without ends", "rank:..", either},
		{"a date far away", "added:999999999-99-99", refused},
		{"an age of a billion years", "added:999999999999d", either},
		{"zero bytes", strings.Repeat("\x00", 200), either},
		{"bytes that are not UTF-8", strings.Repeat("\xff", 200), either},
		{"one letter with 120 accents", "e" + strings.Repeat("\u0301", 120), answered},
		{"letters that grow when folded", strings.Repeat("\ufb03", 80), answered},
		{"64 hexadecimal digits", strings.Repeat("0f", 32), answered},
		{"SQL", `' OR 1=1; DROP TABLE adapter; --`, answered},
	}
}

func TestRow19_PathologicalSearchesAreRefusedOrCheap(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	if out := harness.Run(t, "sample", root, "-n", "120"); out.Code != 0 {
		t.Fatalf("sample: %s", out.Stderr)
	}
	s := harness.Start(t, harness.Options{})
	s.AddRoot(root)
	queries := pathological()
	if len(queries) < 20 {
		t.Fatalf("only %d queries", len(queries))
	}
	for _, path := range []string{"/api/v1/adapters?per_page=200&sort=relevance&q=%s", "/api/v1/adapters/facets?q=%s", "/api/v1/adapters/suggest?cursor=200&q=%s"} {
		for _, q := range queries { // the client waits a minute for an answer, no longer
			r := s.Ask("GET", fmt.Sprintf(path, url.QueryEscape(q.q)), "")
			if r.Status != 200 && r.Status != 422 || q.status != either && !strings.Contains(path, "suggest") && r.Status != q.status {
				t.Errorf("%s at %s: %d %.200s", q.what, path, r.Status, r.Body)
			}
			if r.Status == 422 {
				r.Problem(t)
			}
		}
	}
	if len(s.Adapters("")) < 100 {
		t.Error("adapters are gone")
	}
}

// What else in a question can be made too large.
func TestRow19_OtherPartsOfAQuestionAreBoundedToo(t *testing.T) {
	t.Parallel()
	s, _, a := one(t, harness.Options{})
	huge := strings.Repeat("9", 400)
	for _, path := range []string{
		"/api/v1/adapters?per_page=2000000000", "/api/v1/adapters?per_page=-5", "/api/v1/adapters?page=9223372036854775807", "/api/v1/adapters?page=-9223372036854775808&per_page=9223372036854775807",
		"/api/v1/adapters?per_page=" + huge, "/api/v1/adapters?page=" + huge, "/api/v1/adapters?after=" + huge, "/api/v1/adapters?after=%00%ff",
		"/api/v1/adapters?search=" + strings.Repeat("%25", 10_000), "/api/v1/adapters?tags=" + strings.Repeat("a,", 10_000), "/api/v1/adapters?sort=" + huge,
		"/api/v1/adapters/suggest?q=a&cursor=-1", "/api/v1/adapters/suggest?q=a&cursor=2147483648", "/api/v1/adapters/suggest?q=a&cursor=" + huge,
		"/api/v1/scans?limit=2000000000", "/api/v1/scans?limit=-1", "/api/v1/duplicates?page=9223372036854775807&per_page=9223372036854775807", "/api/v1/duplicates?page=-1",
		"/api/v1/digests/" + huge, "/api/v1/adapters/" + a.ID + "/preview?w=9223372036854775807", "/api/v1/adapters/" + a.ID + "/preview?n=" + huge,
	} {
		if r := s.Ask("GET", path, ""); r.Status >= 500 || len(r.Body) > mib {
			t.Errorf("%.80s: %d with %d bytes: %.200s", path, r.Status, len(r.Body), r.Body)
		}
	}
	if r := s.Raw("GET /?" + strings.Repeat("a", mib) + " HTTP/1.1\r\nHost: x\r\n\r\n"); r.Status != 431 && r.Status != 414 {
		t.Errorf("an address of a mebibyte: %d", r.Status)
	}
}

func TestRow19_BodiesAreBounded(t *testing.T) {
	t.Parallel()
	s, _, a := one(t, harness.Options{})
	path := "/api/v1/adapters/" + a.ID
	before, _ := s.Memory()
	s.ForgetPeak()
	for what, body := range map[string]string{
		"notes of 20 MiB":               `{"notes":"` + strings.Repeat("n", 20*mib) + `"}`,
		"a million tags":                `{"tags":[` + strings.Repeat(`"t",`, 1_000_000) + `"t"]}`,
		"a million open lists":          `{"tags":` + strings.Repeat("[", 1_000_000),
		"half a million open lists":     `{"tags":` + strings.Repeat("[", 500_000),
		"a million keys":                "{" + strings.Repeat(`"k":1,`, 1_000_000) + `"k":1}`,
		"a description of 900 KiB":      `{"description":"` + strings.Repeat("<b>", 300*kib) + `"}`,
		"a number of a million digits":  `{"weight":` + strings.Repeat("9", mib-100) + `}`,
		"an exponent of a billion":      `{"weight":1e999999999}`,
		"white space of 20 MiB":         strings.Repeat(" ", 20*mib) + "{}",
		"no JSON at all":                "\x00\xff\xfe",
		"a key of 500 KiB":              `{"` + strings.Repeat("k", 500*kib) + `":1}`,
		"a hundred thousand short tags": `{"tags":[` + strings.Repeat(`"t",`, 100_000) + `"t"]}`,
	} {
		r := s.Ask("PATCH", path, body)
		if r.Status >= 500 || len(r.Body) > 2*mib {
			t.Errorf("%s: %d with %d bytes: %.200s", what, r.Status, len(r.Body), r.Body)
		}
		if len(body) > mib && r.Status < 400 {
			t.Errorf("%s: accepted", what)
		}
	}
	if after, known := s.Memory(); known && after.Peak-before.Now > 128*mib {
		t.Errorf("memory rose by %d MiB", (after.Peak-before.Now)/mib)
	}
}
