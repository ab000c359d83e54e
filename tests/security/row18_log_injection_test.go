package security

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"loramanager/internal/lora"
	"loramanager/tests/harness"
)

// nasty are names that try to write to a log, move a terminal's cursor, or pretend to
// be another name. All of them may lie on a Linux disk.
var nasty = []string{
	"line\nbreak", "return\rover", "both\r\n{\"level\":\"ERROR\",\"msg\":\"forged\"}", "\x1b[31mred", "\x1b]0;title\x07", "\x1b[2J\x1b[H", "bell\x07", "back\b\b\b",
	"\u202egnp.exe", "\u2066isolate", "\u200emark", "\ufeffbom", "line\u2028separator", "next\u0085line", "csi\u009b31m", "tab\there", "del\x7f", "nul-like\x01",
	"not\xffutf8", "\xc0\xafoverlong", "\xed\xa0\x80surrogate", "%s%n%d", "quote\"and\\slash", "time=2026-01-01 level=ERROR msg=forged", "$(touch x)`id`", "\U000e0041tags",
}

// nastyFiles writes sound and broken adapters under the names; names that the disk refuses are left out.
func nastyFiles(t *testing.T, root string) int {
	t.Helper()
	count := 0
	for i, name := range nasty {
		for extension, data := range map[string][]byte{
			"s.safetensors": good(t, map[string]string{"modelspec.title": strings.ToValidUTF8(name, "?")}, byte(i)), "b.safetensors": []byte("broken"), "p.pt": []byte("\x80\x02."),
		} {
			if err := os.WriteFile(filepath.Join(root, name+extension), data, 0o644); err != nil {
				t.Logf("left out: %v", err)
				continue
			}
			count++
		}
		_ = os.WriteFile(filepath.Join(root, name+"s.json"), []byte("{broken"), 0o644)
		_ = os.Symlink("/nowhere", filepath.Join(root, name+"l.safetensors"))
	}
	return count
}

// wantJSONLines checks that each line of a log is one JSON object of ours.
func wantJSONLines(t *testing.T, log string) {
	t.Helper()
	for line := range strings.Lines(log) {
		var entry struct{ Time, Level, Msg string }
		if err := json.Unmarshal([]byte(line), &entry); err != nil || entry.Time == "" || entry.Level == "" {
			t.Errorf("no line of ours: %q (%v)", line, err)
		}
		if entry.Msg == "forged" {
			t.Errorf("a forged line: %q", line)
		}
	}
	plainOnly(t, "the log", log)
}

func TestRow18_NamesCannotForgeLogsOrReplies(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	count := nastyFiles(t, root)
	s := harness.Start(t, harness.Options{Flags: []string{"--log-level", "debug", "--log-format", "json"}})
	_, scan := s.AddRoot(root)
	if scan.State != lora.ScanFinished || scan.Counts.Added != count {
		t.Errorf("the scan ended as %s with %+v, want %d", scan.State, scan.Counts, count)
	}
	for _, f := range scan.Findings {
		plainOnly(t, "a finding", f.Path+f.Finding.Message+f.Finding.Subject+f.Finding.Advice)
	}
	adapters := s.Adapters("")
	if len(adapters) != count {
		t.Errorf("%d adapters are listed, want %d", len(adapters), count)
	}
	for _, a := range adapters {
		plainOnly(t, "a record", a.FileName+a.Name+a.FilePath+a.Folder)
		// They can be used all the same.
		if r := s.Ask("GET", "/api/v1/adapters/"+a.ID+"/inspect", ""); r.Status != 200 || !json.Valid(r.Body) {
			t.Errorf("%s: %d %.200s", a.FileName, r.Status, r.Body)
		}
		s.Call("POST", "/api/v1/adapters/"+a.ID+"/rescan", nil, nil)
	}
	host := "Host: " + strings.TrimPrefix(s.Base, "http://") + "\r\nConnection: close\r\n"
	for _, request := range []string{
		"POST /api/v1/a%0d%0a%7b%22level%22%3a%22ERROR%22%2c%22msg%22%3a%22forged%22%7d HTTP/1.1\r\n" + host + "\r\n",
		"DELETE /api/v1/adapters/%1b%5b31m%e2%80%ae HTTP/1.1\r\n" + host + "\r\n",
		"POST /api/v1/scans/x/cancel HTTP/1.1\r\n" + host + "X-Request-ID: aaaaaaaa\"} forged\r\nUser-Agent: \x1b[31m\r\n\r\n",
		"POST /api/v1/nothing HTTP/1.1\r\n" + host + "X-Forwarded-For: 1.2.3.4\x1b[31m\r\nReferer: \u202e\r\n\r\n",
	} {
		r := s.Raw(request)
		if id := r.Header.Get("X-Request-Id"); strings.ContainsAny(id, "\" {}") {
			t.Errorf("the request's id is kept: %q", id)
		}
		plainOnly(t, "a reply", string(r.Body))
	}
	s.Stop()
	wantJSONLines(t, s.Log())
}

func TestRow18_TheTextLogIsSafeForTerminals(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	nastyFiles(t, root)
	folder := filepath.Join(t.TempDir(), "gone\x1b[31m\nlevel=ERROR msg=forged")
	s := harness.Start(t, harness.Options{Flags: []string{"--log-level", "debug", "--log-format", "text"}, Roots: []string{root, folder}})
	s.AwaitFirstScan()
	s.Stop()
	for line := range strings.Lines(s.Log()) {
		if !strings.HasPrefix(line, "time=") {
			t.Errorf("no line of ours: %q", line)
		}
	}
	plainOnly(t, "the log", s.Log())
}

func TestRow18_TheCommandLineIsSafeForTerminals(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	count := nastyFiles(t, root)
	entries, err := os.ReadDir(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"scan", root}, {"scan", "--json", root}} {
		out := harness.Run(t, args...)
		plainOnly(t, "scan's output", out.Out+out.Stderr)
		if lines := strings.Count(out.Out, "\n"); lines < count {
			t.Errorf("%v printed %d lines for %d files", args, lines, count)
		}
	}
	var files []string
	for _, entry := range entries {
		files = append(files, filepath.Join(root, entry.Name()), filepath.Join(root, entry.Name()+"gone"))
	}
	for _, flags := range [][]string{{"inspect"}, {"inspect", "--json"}} {
		out := harness.Run(t, append(flags, files...)...)
		plainOnly(t, "inspect's output", out.Out)
		plainOnly(t, "inspect's errors", out.Stderr)
	}
	for _, args := range [][]string{
		{"scan", filepath.Join(root, "gone\x1b[31m")}, {"inspect", filepath.Join(root, "gone\u202e\n")}, {"\x1b[31mcommand"}, {"--flag\x1b[31m"},
		{"serve", "--listen", "x\x1b[31m"}, {"serve", "--log-level", "\x1b[31m"}, {"--config", "gone\x1b[31m"}, {"serve", "--data", "/dev/null/\x1b[31m"},
	} {
		out := harness.Run(t, args...)
		if out.Code == 0 {
			t.Errorf("%q ended well", args)
		}
		plainOnly(t, "an error", out.Out+out.Stderr)
	}
}
