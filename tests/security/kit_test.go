package security

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"loramanager/internal/lora"
	"loramanager/internal/safetensors"
	"loramanager/internal/store/pgtest"
	"loramanager/tests/harness"
)

func TestMain(m *testing.M) { harness.Main(m, pgtest.Stop) }

const (
	kib = 1 << 10
	mib = 1 << 20
	gib = 1 << 30
)

// crafted is one hostile file and the finding it must be given.
type crafted struct {
	name string
	file []byte
	code string
}

// container is a safetensors file with the header as it stands and so many bytes of data.
func container(header string, data int) []byte {
	file := binary.LittleEndian.AppendUint64(make([]byte, 0, 8+len(header)+data), uint64(len(header)))
	return append(append(file, header...), make([]byte, data)...)
}

// claim is a file that says it has a header of n bytes and goes on with rest.
func claim(n uint64, rest string) []byte {
	return append(binary.LittleEndian.AppendUint64(nil, n), rest...)
}

// good is a small valid adapter; equal seeds give equal files.
func good(t testing.TB, metadata map[string]string, seed byte) []byte {
	t.Helper()
	return adapterFile(t, metadata, seed, "lora_unet_down_blocks_1_attentions_0_transformer_blocks_0_attn2_to_k", 2048, 640)
}

// adapterFile is an adapter of one layer with so many inputs and outputs.
func adapterFile(t testing.TB, metadata map[string]string, seed byte, layer string, in, out int64) []byte {
	t.Helper()
	tensor := func(name string, rows, columns int64) safetensors.TensorData {
		data := bytes.Repeat([]byte{seed, 0}, int(rows*columns))
		return safetensors.TensorData{Name: name, DType: "F16", Shape: []int64{rows, columns}, Data: bytes.NewReader(data)}
	}
	var file bytes.Buffer
	err := safetensors.Write(&file, metadata, []safetensors.TensorData{tensor(layer+".lora_down.weight", 4, in), tensor(layer+".lora_up.weight", out, 4)})
	if err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

func write(t testing.TB, dir, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func asJSON(t testing.TB, value any) string {
	t.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// scanCrafted puts the files beside a sound one, scans them with the real program, and
// checks that the scan ends, each file has its finding in the report and on its record,
// the sound one is untouched by its neighbours, and memory stayed within budget.
func scanCrafted(t *testing.T, files []crafted, budget int64) {
	t.Helper()
	root := t.TempDir()
	names := make([]string, len(files))
	for i, f := range files {
		names[i] = fmt.Sprintf("%03d.safetensors", i)
		write(t, root, names[i], f.file)
		files[i].file = nil // the tests' own memory is bounded too
	}
	write(t, root, "sound.safetensors", good(t, nil, 1))
	s := harness.Start(t, harness.Options{})
	before, _ := s.Memory()
	s.ForgetPeak()
	_, scan := s.AddRoot(root)
	t.Logf("%d files took %s", len(files), scan.FinishedAt.Sub(scan.StartedAt))
	if scan.State != lora.ScanFinished || scan.Counts.Found != len(files)+1 || scan.Counts.Added != len(files)+1 {
		t.Errorf("the scan ended as %s with %+v", scan.State, scan.Counts)
	}
	if after, known := s.Memory(); known {
		t.Logf("resident memory: %d MiB before, at most %d MiB while scanning", before.Now/mib, after.Peak/mib)
		if after.Peak-before.Now > budget {
			t.Errorf("memory rose by %d MiB, allowed are %d", (after.Peak-before.Now)/mib, budget/mib)
		}
	}
	reported := map[string][]string{}
	for _, f := range scan.Findings {
		name := filepath.Base(f.Path)
		reported[name] = append(reported[name], f.Finding.Code)
	}
	records := s.ByFile()
	for i, f := range files {
		record := records[names[i]]
		if !slices.Contains(reported[names[i]], f.code) {
			t.Errorf("%s: the scan's report says %v, want %s", f.name, reported[names[i]], f.code)
		}
		if !hasFinding(record, f.code) || record.FileState != lora.FileUnreadable {
			t.Errorf("%s: the record is %s with %+v, want %s", f.name, record.FileState, record.Findings, f.code)
		}
	}
	if sound := records["sound.safetensors"]; sound.FileState != lora.FileOK || sound.BaseModel != "sdxl" {
		t.Errorf("the sound file is %s and taken for %s", sound.FileState, sound.BaseModel)
	}
}

func hasFinding(a lora.Adapter, code string) bool {
	return slices.ContainsFunc(a.Findings, func(f lora.Finding) bool { return f.Code == code })
}

// snapshot is every file below a folder with its content's digest, to see that nothing changed.
func snapshot(t testing.TB, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel(dir, path)
		if !entry.Type().IsRegular() {
			all[rel] = entry.Type().String()
			return nil
		}
		data, err := os.ReadFile(path)
		all[rel] = fmt.Sprintf("%x", sha256.Sum256(data))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// detail is the page of one adapter.
type detail struct {
	Adapter  lora.Adapter `json:"adapter"`
	Previews []struct {
		Name string `json:"name"`
		URL  string `json:"url"`
		Type string `json:"type"`
	} `json:"previews"`
}

func readDetail(t testing.TB, s *harness.Server, id string) detail {
	t.Helper()
	var d detail
	s.Call("GET", "/api/v1/adapters/"+id, nil, &d)
	return d
}

// one starts a server over a folder with one sound adapter "a.safetensors".
func one(t *testing.T, o harness.Options) (s *harness.Server, root string, a lora.Adapter) {
	t.Helper()
	root = t.TempDir()
	write(t, root, "a.safetensors", good(t, nil, 1))
	s = harness.Start(t, o)
	s.AddRoot(root)
	return s, root, s.ByFile()["a.safetensors"]
}

// plainOnly reports text that could move the cursor, colour the terminal, break a line
// or turn the direction of writing.
func plainOnly(t *testing.T, what, text string) {
	t.Helper()
	for i, r := range text {
		if r == '\n' || r == '\t' {
			continue
		}
		if r < 0x20 || r >= 0x7f && r < 0xa0 || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 || r == 0x2028 || r == 0x2029 || r == 0xfffd {
			t.Errorf("%s holds %U in %q", what, r, around(text, i))
			return
		}
	}
}

func around(text string, at int) string {
	return strings.ToValidUTF8(text[max(0, at-40):min(len(text), at+40)], "?")
}
