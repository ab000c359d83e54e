package security

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"loramanager/internal/lora"
	"loramanager/tests/harness"
)

func TestRow22_TemplatesKnowThreeWordsAndNoTricks(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	s := harness.Start(t, harness.Options{Flags: []string{"--delivery-folder", folder}})
	before, _ := s.Memory()
	s.ForgetPeak()
	const prompt = "a {seed} {negative} {prompt} %s cat"
	for template, want := range map[string]string{ // no text: refused
		"{prompt:>5000000}": "", "{prompt:>999999999999}": "", "{prompt:{prompt}}": "{prompt:" + prompt + "}", "{prompt!r}": "", "{prompt.__class__}": "", "{prompt.__class__.__mro__}": "", "{prompt.__init__.__globals__}": "",
		"{prompt[0]}": "", "{job.id}": "", "{self}": "", "{config}": "", "{settings.SECRET}": "", "{__import__('os')}": "", "{negative:x}": "", "{seed:05d}": "", "{ prompt }": "{ prompt }", "{PROMPT}": "", "{0}": "{0}", "{}": "{}",
		"{{prompt}}": "{" + prompt + "}", "{prompt": "{prompt", "prompt}": "prompt}", "}{": "}{", "%s %d %n %(prompt)s": "%s %d %n %(prompt)s", "$prompt ${prompt}": "$prompt $" + prompt, "{{.Prompt}}": "{{.Prompt}}", `{{printf "%999999d" 1}}`: "",
		"<%= prompt %>": "<%= prompt %>", "#{prompt}": "#" + prompt, "[[prompt]]": "[[prompt]]", "{prompt}{prompt}": prompt + prompt, "{negative}|{seed}": "|",
	} {
		m := final(t, s, deliver(t, s, "file", prompt, map[string]any{"template": template}))
		text, err := os.ReadFile(filepath.Join(folder, "lora_prompt_"+m.ID+".txt"))
		switch {
		case want == "" && (m.RawStatus != lora.JobFailed || !strings.Contains(m.said(), "unknown placeholder") || err == nil):
			t.Errorf("%q: %s because %q, wrote %q", template, m.RawStatus, m.said(), text)
		case want != "" && (m.RawStatus != lora.JobSucceeded || string(text) != want):
			t.Errorf("%q: %s because %q, wrote %q, want %q", template, m.RawStatus, m.said(), text, want)
		}
	}
	long := strings.Repeat("x", 60*kib)
	for what, c := range map[string]struct{ prompt, template string }{
		"a long prompt a thousand times": {long, strings.Repeat("{prompt}", 1000)}, "twice": {long, "{prompt}{prompt}"}, "a long template": {"x", long},
		"as many words as fit": {long, strings.Repeat("{prompt}", 7500)},
	} {
		r := s.Ask("POST", "/api/v1/deliveries", asJSON(t, map[string]any{"mode": "file", "prompt": c.prompt, "params": map[string]any{"template": c.template}}))
		if r.Status >= 500 {
			t.Errorf("%s: %d %.300s", what, r.Status, r.Body)
		}
	}
	for _, template := range []any{7, true, nil, []string{"{prompt}"}, map[string]any{"prompt": "x"}, strings.Repeat("x", 200*kib)} {
		if r := s.Ask("POST", "/api/v1/deliveries", asJSON(t, map[string]any{"mode": "file", "prompt": "x", "params": map[string]any{"template": template}})); r.Status >= 500 {
			t.Errorf("a template that is %.20v: %d %.300s", template, r.Status, r.Body)
		}
	}
	harness.Eventually(t, jobPatience, "all deliveries are over", func() bool {
		var queue struct{ State lora.QueueState }
		s.Call("GET", "/api/v1/generation/queue", nil, &queue)
		return queue.State.Pending+queue.State.Running+queue.State.Retrying == 0
	})
	for _, name := range filesBelow(t, folder) {
		if info, err := os.Stat(filepath.Join(folder, name)); err != nil || info.Size() > 64*kib {
			t.Errorf("%s has %d bytes, %v", name, info.Size(), err)
		}
	}
	if after, known := s.Memory(); known && after.Peak-before.Now > 128*mib {
		t.Errorf("memory rose by %d MiB", (after.Peak-before.Now)/mib)
	}
}
