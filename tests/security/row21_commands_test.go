package security

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"loramanager/internal/lora"
	"loramanager/tests/harness"
)

// commands are texts that a shell, a template or a file system would act on; CANARY is a
// path that must not come into being.
var commands = []string{
	"; touch CANARY", "& touch CANARY &", "| touch CANARY", "|| touch CANARY", "&& touch CANARY", "`touch CANARY`", "$(touch CANARY)", "${IFS}touch${IFS}CANARY",
	"\ntouch CANARY\n", "%0atouch CANARY", "\r\ntouch CANARY", "x\x1btouch CANARY", "' ; touch CANARY; '", `" ; touch CANARY; "`, "> CANARY", ">> CANARY", "< CANARY", "2>CANARY",
	"--output=CANARY", "-o CANARY", "@CANARY", "../../../../../../CANARY", "..\\..\\CANARY", "/CANARY", "file:///CANARY", "~/CANARY", "$HOME/CANARY", "%TEMP%\\CANARY",
	"{{7*7}}", "${7*7}", "<%= system('touch CANARY') %>", "#{`touch CANARY`}", "{php}touch CANARY{/php}", "$(< CANARY)", "{a,b}CANARY", "*", "?", "[a-z]", "!!", "\\x3btouch CANARY", "con", "nul.txt", ".", "..",
}

var deliveredName = regexp.MustCompile(`^lora_prompt_[0-9a-f-]{36}\.txt$`)

func TestRow21_NothingInADeliveryIsRunOrChoosesAPath(t *testing.T) {
	t.Parallel()
	world := t.TempDir() // all there is; the server may write into two of its folders
	folder, canary := filepath.Join(world, "out"), filepath.Join(world, "canary")
	for _, dir := range []string{folder, filepath.Join(world, "data")} {
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	s := harness.Start(t, harness.Options{Data: filepath.Join(world, "data"), Flags: []string{"--delivery-folder", folder}})
	prompts := map[string]string{} // by job
	for _, text := range commands {
		text = strings.ReplaceAll(text, "CANARY", canary)
		prompts[deliver(t, s, "file", text, nil)] = text
		prompts[deliver(t, s, "cli", text, map[string]any{"template": "{prompt}"})] = text
		everywhere := map[string]any{}
		for _, field := range []string{
			"file_path", "path", "filename", "file", "name", "folder", "dir", "directory", "output", "command", "cmd", "args", "shell", "executable", "cwd", "env", "host", "port", "url", "headers", "method", text,
		} {
			everywhere[field] = text
		}
		prompts[deliver(t, s, "file", "as it is", everywhere)] = "as it is"
		prompts[deliver(t, s, "cli", "as it is", map[string]any{"cli": everywhere, "file": everywhere})] = "as it is"
		for _, mode := range []string{"cli " + text, text, "exec", "shell", "command"} {
			if r := s.Ask("POST", "/api/v1/deliveries", asJSON(t, map[string]any{"mode": mode, "prompt": text, "params": everywhere})); r.Status >= 500 {
				t.Errorf("the mode %q: %d %.300s", mode, r.Status, r.Body)
			}
		}
	}
	for id, prompt := range prompts {
		m := final(t, s, id)
		if m.RawStatus != lora.JobSucceeded {
			t.Errorf("%q: %s because %q", prompt, m.RawStatus, m.said())
			continue
		}
		if path := m.Record["file_path"]; path != filepath.Join(folder, "lora_prompt_"+id+".txt") {
			t.Errorf("%q was written to %v", prompt, path)
		}
		if text, err := os.ReadFile(filepath.Join(folder, "lora_prompt_"+id+".txt")); err != nil || string(text) != prompt {
			t.Errorf("%q was written as %q, %v", prompt, text, err)
		}
	}
	names := filesBelow(t, folder)
	if len(names) != len(prompts) || slices.ContainsFunc(names, func(name string) bool { return !deliveredName.MatchString(name) }) {
		t.Errorf("%d deliveries wrote %d files: %q", len(prompts), len(names), names)
	}
	entries, err := os.ReadDir(world)
	if err != nil || len(entries) != 2 {
		t.Errorf("beside the folder of deliveries there is now %v, %v", entries, err)
	}
}

// Without a folder that an administrator named there are no file deliveries at all.
func TestRow21_WithoutAFolderNoFileIsWritten(t *testing.T) {
	t.Parallel()
	s := harness.Start(t, harness.Options{})
	for _, mode := range []string{"file", "cli"} {
		m := final(t, s, deliver(t, s, mode, "x", map[string]any{"folder": s.Data, "path": s.Data}))
		if m.RawStatus != lora.JobFailed || !strings.Contains(m.said(), "No folder for deliveries") {
			t.Errorf("%s: %s because %q", mode, m.RawStatus, m.said())
		}
	}
}

// Whoever can set up an engine must not be able to run a program with it.
func TestRow21_OnlyProgramsTheAdministratorNamedAreStarted(t *testing.T) {
	t.Parallel()
	world := t.TempDir()
	canary, heard := filepath.Join(world, "canary"), filepath.Join(world, "heard")
	program := write(t, world, "sd-server", []byte("#!/bin/sh\nfor a; do printf '%s\\n' \"$a\"; done > "+heard+"\nexit 1\n"))
	if err := os.Chmod(program, 0o755); err != nil { //nolint:gosec // it is a program
		t.Fatal(err)
	}
	other := write(t, world, "other", []byte("#!/bin/sh\ntouch "+canary+"\n"))
	if err := os.Chmod(other, 0o755); err != nil { //nolint:gosec // it is a program
		t.Fatal(err)
	}
	s := harness.Start(t, harness.Options{Flags: []string{"--engine-program", program}})
	managed := func(binary string, args ...string) string {
		return asJSON(t, map[string]any{"name": "m", "kind": "sdcpp", "managed": map[string]any{"binary": binary, "model": "x", "args": args}})
	}
	before := kept(t, s)
	for _, binary := range []string{
		other, "/bin/sh", "sh", "touch", "./other", "sd-server", program + " ", program + "; touch " + canary, "/bin/sh -c", filepath.Dir(program) + "/./sd-server", filepath.Dir(program) + "/../" + filepath.Base(filepath.Dir(program)) + "/other", "", program + "\x00",
	} {
		for _, attempt := range [][2]string{{"POST", "/engines"}, {"POST", "/engines/test"}, {"PUT", "/engines/sketch"}, {"PUT", "/engines/none"}} {
			if r := s.Ask(attempt[0], "/api/v1"+attempt[1], managed(binary, "-c", "touch "+canary)); r.Status < 400 || r.Status >= 500 {
				t.Errorf("%v with %q: %d %.300s", attempt, binary, r.Status, r.Body)
			}
		}
	}
	if after := kept(t, s); after["engines"] != before["engines"] {
		t.Errorf("engines were kept: %v", after)
	}
	hostile := []string{"; touch " + canary, "$(touch " + canary + ")", "`touch " + canary + "`", "--listen-ip", "0.0.0.0"}
	s.Call("POST", "/api/v1/engines/test", map[string]any{"name": "m", "kind": "sdcpp", "managed": map[string]any{"binary": program, "model": "x;touch " + canary, "args": hostile}}, nil)
	text, err := os.ReadFile(heard)
	if err != nil {
		t.Fatal(err)
	}
	got := strings.Split(strings.TrimSpace(string(text)), "\n")
	if len(got) < len(hostile)+4 || !slices.Equal(got[:len(hostile)], hostile) || !slices.Equal(got[len(got)-4:len(got)-1], []string{"--listen-ip", "127.0.0.1", "--listen-port"}) {
		t.Errorf("the program was started with %q", got)
	}
	if _, err := os.Stat(canary); err == nil {
		t.Error("a program ran that nobody allowed")
	}
}
