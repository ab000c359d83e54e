package security

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"loramanager/internal/lora"
	"loramanager/tests/harness"
)

// oddity is one file of the odd library and what must be said about it.
type oddity struct {
	name  string
	file  []byte
	codes []string // one of them must be found; empty: any finding, since the damage is random
}

// oddLibrary is more than 200 broken, hostile and odd files.
func oddLibrary(t *testing.T) []oddity {
	t.Helper()
	var all []oddity
	add := func(name string, file []byte, codes ...string) {
		all = append(all, oddity{fmt.Sprintf("%03d-%s", len(all), name), file, codes})
	}
	for _, f := range append(bombsOfLength(), bombsOfJSON()...) {
		add("bomb.safetensors", f.file, f.code)
	}
	for name, content := range pickles("/nowhere/ran") {
		add(name, []byte(content), "unsafe_format", "pickle")
	}
	sound := good(t, map[string]string{"ss_output_name": "sound"}, 7)
	for cut := 0; cut < len(sound); cut += len(sound)/60 + 1 { // downloads that stopped
		add("cut.safetensors", sound[:cut], "empty_file", "too_short", "header_beyond_file", "truncated")
	}
	for at := 0; at < 60; at++ { // one byte of the header turned
		damaged := bytes.Clone(sound)
		damaged[8+at] = 0x01
		add("flip.safetensors", damaged)
	}
	random := rand.NewChaCha8([32]byte{20})
	for range 20 {
		noise := make([]byte, 4096)
		_, _ = random.Read(noise)
		noise[7] = 0x7f // never a plausible length
		add("noise.safetensors", noise, "header_too_large", "pickle")
	}
	for extension, code := range map[string]string{".safetensors": "html_page", ".gguf": "html", ".pt": "html"} {
		add("page"+extension, []byte("<!doctype html><title>Log in</title>"), code)
	}
	for extension, code := range map[string]string{".safetensors": "lfs_pointer", ".ckpt": "lfs_pointer", ".gguf": "lfs_pointer"} {
		add("pointer"+extension, []byte("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n"), code)
	}
	add("error.safetensors", []byte(`{"error":"Unauthorized"}`), "json_page")
	add("hidden.safetensors", append([]byte("GGUF\x03\x00\x00\x00"), make([]byte, 99)...), "gguf")
	add("noise.gguf", []byte("nothing of the kind"), "unknown_format")
	for _, extension := range []string{".bin", ".gguf", ".pth"} {
		add("empty"+extension, nil, "empty")
	}
	return all
}

func TestTwoHundredBrokenHostileAndOddFilesInOneLibrary(t *testing.T) {
	t.Parallel()
	root, odd := t.TempDir(), oddLibrary(t)
	if len(odd) < 200 {
		t.Fatalf("only %d files", len(odd))
	}
	for i, o := range odd {
		write(t, root, o.name, o.file)
		odd[i].file = nil
		if i%10 == 0 {
			write(t, root, fmt.Sprintf("sound-%03d.safetensors", i), good(t, map[string]string{"n": fmt.Sprint(i)}, byte(i)))
		}
	}
	sound := (len(odd) + 9) / 10
	for i, sidecar := range []string{"", "{", "[]", "null", `{"description":` + strings.Repeat("[", 10_000), "\xff\xfe", strings.Repeat(" ", 5*mib), `{"tags":{"a":[null]},"description":7,"sd version":[]}`} {
		write(t, root, fmt.Sprintf("sound-%03d.json", i*10), []byte(sidecar))
	}
	s := harness.Start(t, harness.Options{})
	before, _ := s.Memory()
	s.ForgetPeak()
	_, scan := s.AddRoot(root)
	if scan.State != lora.ScanFinished || scan.Counts.Added != len(odd)+sound {
		t.Errorf("the scan ended as %s with %+v, want %d", scan.State, scan.Counts, len(odd)+sound)
	}
	if after, known := s.Memory(); known && after.Peak-before.Now > 400*mib {
		t.Errorf("memory rose by %d MiB", (after.Peak-before.Now)/mib)
	}
	reported := map[string][]string{}
	for _, f := range scan.Findings {
		reported[filepath.Base(f.Path)] = append(reported[filepath.Base(f.Path)], f.Finding.Code)
	}
	records := s.ByFile()
	for _, o := range odd {
		record := records[o.name]
		known := func(code string) bool { return slices.Contains(reported[o.name], code) && hasFinding(record, code) }
		if len(reported[o.name]) == 0 || len(record.Findings) == 0 || len(o.codes) > 0 && !slices.ContainsFunc(o.codes, known) {
			t.Errorf("%s: reported %v, recorded %+v, want %v", o.name, reported[o.name], record.Findings, o.codes)
		}
	}
	ok := 0
	for name, record := range records {
		if strings.HasPrefix(name, "sound-") && record.FileState == lora.FileOK && record.BaseModel == "sdxl" {
			ok++
		}
	}
	if ok != sound {
		t.Errorf("%d of %d sound files are fine", ok, sound)
	}
	if again := s.Scan(); again.State != lora.ScanFinished || again.Counts.Unchanged != len(odd)+sound {
		t.Errorf("the second scan ended as %s with %+v", again.State, again.Counts)
	}
}

// Files come, go, shrink and turn into folders while scans run.
func TestFilesThatVanishWhileTheyAreRead(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	data := good(t, nil, 3)
	for i := range 300 {
		write(t, root, fmt.Sprintf("steady/%03d.safetensors", i), data)
	}
	s := harness.Start(t, harness.Options{})
	s.AddRoot(root)
	stop := make(chan struct{})
	var restless sync.WaitGroup
	halt := sync.OnceFunc(func() { close(stop); restless.Wait() })
	t.Cleanup(halt) // also when a scan ends the test
	restless.Go(func() {
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			default:
				unsettle(filepath.Join(root, "restless", fmt.Sprintf("%03d.safetensors", i%100)), data, i)
			}
		}
	})
	for range 8 {
		if scan := s.Scan(); scan.State != lora.ScanFinished {
			t.Errorf("a scan ended as %s: %s", scan.State, scan.Error)
		}
	}
	halt()
	if err := os.RemoveAll(filepath.Join(root, "restless")); err != nil {
		t.Fatal(err)
	}
	s.Scan()
	steady := 0
	for _, a := range s.Adapters("is:missing,active,inactive") {
		if a.Folder == "steady" && a.FileState == lora.FileOK {
			steady++
		}
		if a.Folder == "restless" && a.FileState != lora.FileMissing {
			t.Errorf("%s is gone and is %s", a.FileName, a.FileState)
		}
	}
	if steady != 300 {
		t.Errorf("%d of 300 steady files are listed as fine", steady)
	}
}

// unsettle does something to a file that a reader does not expect. Errors are part of it.
func unsettle(path string, data []byte, i int) {
	_ = os.MkdirAll(filepath.Dir(path), 0o755)
	switch i % 5 {
	case 0, 1:
		_ = os.WriteFile(path, data, 0o644)
	case 2:
		_ = os.Truncate(path, int64(i%2000))
	case 3:
		_ = os.Remove(path)
		_ = os.Mkdir(path, 0o755)
	case 4:
		_ = os.RemoveAll(path)
	}
}

// The longest names a disk takes, and names that are not text, work through the API.
func TestLongNamesAndNamesThatAreNotText(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	const extension = ".safetensors"
	names := []string{
		strings.Repeat("n", 255-len(extension)), strings.Repeat("é", (255-len(extension))/2), strings.Repeat("語", (255-len(extension))/3),
		"not\xffutf8", "\xfe", "half\xe8\xaa", " lead", "trail ", "dots...", "con", "a:b", `back\slash`, "~", "-rf", "%2e%2e", "emoji👩‍🎨",
	}
	folders := []string{"", "\xffolder", strings.Repeat("d", 255)}
	kept := 0
	for i, name := range names {
		path := filepath.Join(root, folders[i%len(folders)], name+extension)
		if os.MkdirAll(filepath.Dir(path), 0o755) != nil || os.WriteFile(path, good(t, map[string]string{"n": fmt.Sprint(i)}, byte(i)), 0o644) != nil {
			t.Logf("the disk does not take %q", name)
			continue
		}
		kept++
	}
	s := harness.Start(t, harness.Options{})
	added, _ := s.AddRoot(root)
	adapters := s.Adapters("")
	if len(adapters) != kept {
		t.Errorf("%d of %d are listed", len(adapters), kept)
	}
	before := snapshot(t, root)
	for i, a := range adapters {
		path := "/api/v1/adapters/" + a.ID
		for _, step := range []struct {
			method, path, body string
			status             int
		}{
			{"GET", path, "", 200}, {"GET", path + "/inspect", "", 200}, {"POST", path + "/rescan", "", 200},
			{"DELETE", path, "", 204}, {"POST", path + "/restore", "", 200},
			{"POST", path + "/rename", fmt.Sprintf(`{"file_name":"renamed-%d"}`, i), 200},
			{"POST", path + "/move", asJSON(t, map[string]string{"root_id": added.ID, "folder": strings.Repeat("m", 200)}), 200},
			{"GET", path + "/inspect", "", 200},
		} {
			if r := s.Ask(step.method, step.path, step.body); r.Status != step.status {
				t.Errorf("%s: %s %s: %d %.200s", a.FileName, step.method, step.path, r.Status, r.Body)
			}
		}
	}
	if after := snapshot(t, root); weights(before) != kept || weights(after) != kept {
		t.Errorf("%d files became %d", weights(before), weights(after))
	}
	if scan := s.Scan(); scan.Counts.Missing+scan.Counts.Added+scan.Counts.Moved != 0 {
		t.Errorf("the scan afterwards found %+v", scan.Counts)
	}
}

// weights counts the adapters of a snapshot.
func weights(files map[string]string) int {
	n := 0
	for rel := range files {
		if strings.HasSuffix(rel, ".safetensors") {
			n++
		}
	}
	return n
}

func TestTenThousandFilesInOneFolder(t *testing.T) {
	t.Parallel()
	const count = 10_000
	root := t.TempDir()
	for i := range count {
		header := fmt.Sprintf(`{"__metadata__":{"ss_output_name":"%05d"},"lora_te_text_model_encoder_layers_0_mlp_fc1.lora_down.weight":{"dtype":"F16","shape":[1,4],"data_offsets":[0,8]}}`, i)
		if err := os.WriteFile(filepath.Join(root, fmt.Sprintf("%05d.safetensors", i)), container(header, 8), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	s := harness.Start(t, harness.Options{})
	before, _ := s.Memory()
	_, scan := s.AddRoot(root)
	took := scan.FinishedAt.Sub(scan.StartedAt)
	if scan.State != lora.ScanFinished || scan.Counts.Added != count {
		t.Errorf("the scan ended as %s with %+v", scan.State, scan.Counts)
	}
	if all := s.ByFile(); len(all) != count {
		t.Errorf("%d are listed", len(all))
	}
	again := s.Scan()
	if again.Counts.Unchanged != count || again.Counts.Read != 0 {
		t.Errorf("the second scan: %+v", again.Counts)
	}
	if after, known := s.Memory(); known {
		t.Logf("first scan %s, second %s, memory %d to %d MiB", took, again.FinishedAt.Sub(again.StartedAt), before.Now/mib, after.Peak/mib)
		if after.Peak > 450*mib {
			t.Errorf("memory rose to %d MiB", after.Peak/mib)
		}
	}
}
