package security

import (
	"fmt"
	"io/fs"
	"maps"
	"path/filepath"
	"testing"
	"time"

	"loramanager/tests/harness"
)

// times are the modification times below a folder; reading leaves them alone.
func times(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err == nil {
			all[path] = fmt.Sprint(info.ModTime().UnixNano(), info.Mode(), info.Size())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func awaitDigests(t *testing.T, s *harness.Server, id string) {
	t.Helper()
	harness.Eventually(t, time.Minute, "the digests are there", func() bool {
		var d struct{ State string }
		s.Call("GET", "/api/v1/adapters/"+id+"/digests", nil, &d)
		return d.State == "done"
	})
}

// Everything but move, rename and trash leaves each byte and each date as it was.
func TestAWholeSessionLeavesEveryFileAsItWas(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	if out := harness.Run(t, "sample", root, "-n", "40"); out.Code != 0 {
		t.Fatalf("sample: %s", out.Stderr)
	}
	content, dates := snapshot(t, root), times(t, root)
	s := harness.Start(t, harness.Options{Roots: []string{root}, Flags: []string{"--digests", "--watch"}})
	s.AwaitFirstScan()
	adapters := s.Adapters("")
	for i, a := range adapters {
		path := "/api/v1/adapters/" + a.ID
		for _, read := range []string{path, path + "/inspect?tensors=true", path + "/preview?w=160", path + "/digests"} {
			s.Ask("GET", read, "")
		}
		s.Call("PATCH", path, map[string]any{"name": fmt.Sprint("edited ", i), "notes": "n", "tags": []string{"t"}, "weight": 0.5, "active": true, "description": "d"}, nil)
		s.Call("POST", path+"/rescan", nil, nil)
	}
	s.Call("POST", "/api/v1/adapters/bulk", map[string]any{"action": "add_tags", "q": "", "params": map[string]any{"tags": []string{"bulk"}}}, nil)
	s.Ask("DELETE", "/api/v1/trash", `{"expected":0}`)
	awaitDigests(t, s, adapters[0].ID)
	s.Scan()
	s.Call("DELETE", "/api/v1/roots/"+adapters[0].RootID+"?purge=true", nil, nil)
	s.Stop()
	if out := harness.Run(t, "scan", root); out.Code != 0 {
		t.Errorf("scan ended with %d: %s", out.Code, out.Stderr)
	}
	if now := snapshot(t, root); !maps.Equal(now, content) {
		t.Errorf("contents changed from %v to %v", content, now)
	}
	if now := times(t, root); !maps.Equal(now, dates) {
		t.Errorf("dates changed from %v to %v", dates, now)
	}
}
