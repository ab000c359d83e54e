package security

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"loramanager/internal/lora"
	"loramanager/tests/harness"
)

// program is a pickle that makes a file when a program loads it.
func program(marker string) string {
	return "cos\nsystem\n(S'touch " + marker + "'\ntR."
}

// pickles are hostile files by name, each made to look like what its program would load.
func pickles(marker string) map[string]string {
	zip := "PK\x03\x04\x14\x00\x00\x00\x00\x00" + strings.Repeat("\x00", 16) + "\x10\x00\x00\x00archive/data.pkl" + program(marker)
	files := map[string]string{}
	for _, extension := range []string{".pt", ".pth", ".ckpt", ".bin", ".PT", ".Ckpt"} {
		files["plain"+extension] = program(marker)
		files["two"+extension] = "\x80\x02" + program(marker)
		files["zip"+extension] = zip
	}
	// The same in disguise.
	for _, extension := range []string{".safetensors", ".sft", ".SafeTensors"} {
		files["two-hidden"+extension] = "\x80\x02" + program(marker)
		files["four-hidden"+extension] = "\x80\x04\x95\x20\x00\x00\x00\x00\x00\x00\x00" + program(marker)
		files["zip-hidden"+extension] = zip
	}
	return files
}

// sparse is the size of each file: reading even one of them would show.
const sparse = 2 * gib

func TestRow04_PicklesAreListedAndNeitherRunNorRead(t *testing.T) {
	t.Parallel()
	root, marker := t.TempDir(), filepath.Join(t.TempDir(), "ran")
	files := pickles(marker)
	for name, content := range files {
		if err := os.Truncate(write(t, root, name, []byte(content)), sparse); err != nil {
			t.Fatal(err)
		}
	}
	s := harness.Start(t, harness.Options{})
	before, counted := s.BytesRead()
	if _, scan := s.AddRoot(root); scan.State != lora.ScanFinished || scan.Counts.Added != len(files) {
		t.Errorf("the scan ended as %s with %+v", scan.State, scan.Counts)
	}
	records := s.ByFile()
	for name := range files {
		record := records[name]
		state, code := lora.FileUnsafe, "unsafe_format"
		if strings.Contains(name, "hidden") {
			state, code = lora.FileUnreadable, "pickle"
		}
		if record.FileState != state || !hasFinding(record, code) {
			t.Errorf("%s is %s with %+v, want %s with %s", name, record.FileState, record.Findings, state, code)
		}
		// What opens an adapter: its page, its report, its preview, reading it again.
		for _, path := range []string{"", "/inspect", "/inspect?tensors=true", "/preview", "/digests"} {
			if r := s.Ask("GET", "/api/v1/adapters/"+record.ID+path, ""); r.Status >= 500 {
				t.Errorf("%s%s: %d %.200s", name, path, r.Status, r.Body)
			}
		}
		s.Call("POST", "/api/v1/adapters/"+record.ID+"/rescan", nil, nil)
	}
	if after, _ := s.BytesRead(); counted {
		t.Logf("%d files of %d GiB were handled with %d KiB read", len(files), sparse/gib, (after-before)/kib)
		if after-before > 64*mib {
			t.Errorf("%d MiB were read", (after-before)/mib)
		}
	}
	wantNoChildren(t, s)
	wantNoMarker(t, marker)
}

func TestRow04_TheCommandLineDoesNotRunPicklesEither(t *testing.T) {
	t.Parallel()
	root, marker := t.TempDir(), filepath.Join(t.TempDir(), "ran")
	var paths []string
	for name, content := range pickles(marker) {
		paths = append(paths, write(t, root, name, []byte(content)))
	}
	slices.Sort(paths)
	if out := harness.Run(t, append([]string{"inspect"}, paths...)...); strings.Count(out.Out, "format         pickle") != len(paths) {
		t.Errorf("inspect ended with %d: %s%s", out.Code, out.Out, out.Stderr)
	}
	if out := harness.Run(t, "scan", root); strings.Count(out.Out, "unsafe_format")+strings.Count(out.Out, "defect: pickle") != len(paths) {
		t.Errorf("scan ended with %d: %s%s", out.Code, out.Out, out.Stderr)
	}
	wantNoMarker(t, marker)
}

func wantNoMarker(t *testing.T, marker string) {
	t.Helper()
	if _, err := os.Stat(marker); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a pickle was run: %v", err)
	}
}

// wantNoChildren looks for processes that the server started, where the kernel tells.
func wantNoChildren(t *testing.T, s *harness.Server) {
	t.Helper()
	lists, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", s.PID()))
	if err != nil {
		t.Fatal(err)
	}
	for _, list := range lists {
		if children, err := os.ReadFile(list); err == nil && len(children) > 0 {
			t.Errorf("the server started processes: %s", children)
		}
	}
}
