package security

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"loramanager/internal/lora"
	"loramanager/tests/harness"
)

func link(t testing.TB, target, path string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(target, path); err != nil {
		t.Fatal(err)
	}
}

// plain is a PNG of one colour.
func plain(t testing.TB, c color.Color) []byte {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, 64, 64))
	for i := range 64 * 64 {
		img.Set(i%64, i/64, c)
	}
	var out bytes.Buffer
	if err := png.Encode(&out, img); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

var (
	red  = color.RGBA{255, 0, 0, 255}
	blue = color.RGBA{0, 0, 255, 255}
)

func TestRow06_LinksThatLeaveAreNotFollowed(t *testing.T) {
	t.Parallel()
	outside, root := t.TempDir(), t.TempDir()
	write(t, outside, "secret.safetensors", good(t, map[string]string{"modelspec.title": canary}, 9))
	write(t, outside, "secret.json", []byte(`{"description":"`+canary+`","activation text":"`+canary+`","sd version":"SDXL"}`))
	write(t, outside, "secret.png", plain(t, red))
	write(t, root, "a.safetensors", good(t, nil, 1))
	link(t, filepath.Join(outside, "secret.safetensors"), filepath.Join(root, "file.safetensors"))
	link(t, outside, filepath.Join(root, "folder"))
	link(t, "../"+filepath.Base(outside), filepath.Join(root, "relative"))
	link(t, "folder", filepath.Join(root, "chain"))
	link(t, "/etc/passwd", filepath.Join(root, "passwd.safetensors"))
	link(t, "/proc/self/environ", filepath.Join(root, "environ.safetensors"))
	link(t, "/dev/zero", filepath.Join(root, "zero.safetensors"))
	link(t, "/", filepath.Join(root, "disk"))
	link(t, filepath.Join(outside, "secret.json"), filepath.Join(root, "a.json"))
	link(t, filepath.Join(outside, "secret.png"), filepath.Join(root, "a.png"))
	s := harness.Start(t, harness.Options{})
	_, scan := s.AddRoot(root)
	if scan.State != lora.ScanFinished || scan.Counts.Found != 1 {
		t.Errorf("the scan ended as %s with %+v", scan.State, scan.Counts)
	}
	refused := 0
	for _, f := range scan.Findings {
		if f.Finding.Code == "link_outside" {
			refused++
		}
	}
	if refused < 8 {
		t.Errorf("the report names %d links that lead out: %+v", refused, scan.Findings)
	}
	a := s.ByFile()["a.safetensors"]
	for _, path := range []string{"", "/inspect"} {
		if r := s.Ask("GET", "/api/v1/adapters/"+a.ID+path, ""); r.Status != 200 || bytes.Contains(r.Body, []byte(canary)) {
			t.Errorf("%s shows what lies outside: %d %s", path, r.Status, r.Body)
		}
	}
	if r := s.Ask("GET", "/api/v1/adapters/"+a.ID+"/preview?w=160", ""); r.Status != 404 && r.Status != 403 {
		t.Errorf("the picture outside was answered with %d", r.Status)
	}
	// Moving an adapter into a folder that is a link out must not leave the library.
	before := snapshot(t, outside)
	for _, folder := range []string{"folder", "chain", "relative", "folder/new", "disk/tmp"} {
		r := s.Ask("POST", "/api/v1/adapters/"+a.ID+"/move", asJSON(t, map[string]string{"root_id": a.RootID, "folder": folder}))
		if r.Status < 400 || r.Status >= 500 {
			t.Errorf("a move to %s: %d %s", folder, r.Status, r.Body)
		}
	}
	if now := snapshot(t, outside); len(now) != len(before) {
		t.Errorf("the folder outside now holds %v", now)
	}
}

func TestRow06_LoopsEndAndNothingIsListedTwice(t *testing.T) {
	t.Parallel()
	root, other := t.TempDir(), t.TempDir()
	write(t, root, "a/b/c/x.safetensors", good(t, nil, 1))
	write(t, other, "y.safetensors", good(t, nil, 2))
	link(t, ".", filepath.Join(root, "self"))
	link(t, "..", filepath.Join(root, "a/up"))
	link(t, root, filepath.Join(root, "a/b/absolute"))
	link(t, "two", filepath.Join(root, "one"))
	link(t, "one", filepath.Join(root, "two"))
	link(t, "a/b/c/x.safetensors", filepath.Join(root, "again.safetensors"))
	link(t, "x2.safetensors", filepath.Join(root, "x2.safetensors"))
	link(t, other, filepath.Join(root, "other"))  // a library folder of its own
	link(t, root, filepath.Join(other, "circle")) // and back
	link(t, root, filepath.Join(other, "deep/er/circle"))
	s := harness.Start(t, harness.Options{})
	s.AddRoot(root)
	s.AddRoot(other)
	if scan := s.Scan(); scan.State != lora.ScanFinished {
		t.Errorf("the scan ended as %s: %s", scan.State, scan.Error)
	}
	listed := map[string]int{}
	for _, a := range s.Adapters("") {
		if a.FileState == lora.FileOK {
			listed[a.FileName]++
		}
	}
	if len(listed) != 2 || listed["x.safetensors"] != 1 || listed["y.safetensors"] != 1 {
		t.Errorf("listed: %v", listed)
	}
}

const (
	swaps  = 10_000
	rounds = 300 // of requests meanwhile
)

// A folder is swapped for a link to one outside and back, ten thousand times, while
// clients read, rescan, move and delete what lies in it.
func TestRow06_SwappingAFolderForALinkGainsNothing(t *testing.T) {
	t.Parallel()
	parent := t.TempDir()
	root, outside := filepath.Join(parent, "library"), filepath.Join(parent, "outside")
	write(t, root, "sub/a.safetensors", good(t, map[string]string{"modelspec.title": "inside"}, 1))
	write(t, root, "sub/a.png", plain(t, blue))
	write(t, outside, "a.safetensors", good(t, map[string]string{"modelspec.title": canary}, 1))
	write(t, outside, "a.png", plain(t, red))
	write(t, outside, "a.json", []byte(`{"description":"`+canary+`","sd version":"SDXL"}`))
	before := snapshot(t, outside)
	s := harness.Start(t, harness.Options{Data: filepath.Join(parent, "data")})
	s.AddRoot(root)
	a := s.ByFile()["a.safetensors"]

	var asked atomic.Int64
	var swapping sync.WaitGroup
	swapping.Go(func() { swap(t, filepath.Join(root, "sub"), filepath.Join(parent, "away"), outside, &asked) })
	for n := range int64(rounds) {
		askDuringSwaps(t, s, a.ID, int(n))
		asked.Store(n + 1)
	}
	swapping.Wait()
	if now := snapshot(t, outside); len(now) != len(before) {
		t.Errorf("the folder outside now holds %v", now)
	}
	for name, digest := range snapshot(t, outside) {
		if before[name] != digest {
			t.Errorf("%s outside has changed", name)
		}
	}
}

// swap puts a link to outside in the place of folder and takes it back, at least as
// often as swaps says and until all rounds were asked, but for half a minute at most.
func swap(t *testing.T, folder, away, outside string, asked *atomic.Int64) {
	if err := os.Symlink(outside, away); err != nil {
		t.Error(err)
		return
	}
	end, count := time.Now().Add(30*time.Second), 0
	for ; count < swaps || asked.Load() < rounds; count++ {
		if count%100 == 0 && time.Now().After(end) {
			break
		}
		if err := exchange(folder, away); err != nil {
			t.Error(err)
			return
		}
	}
	t.Logf("%d swaps during %d rounds", count, asked.Load())
	if count < swaps/10 {
		t.Errorf("only %d swaps in half a minute", count)
	}
}

func askDuringSwaps(t *testing.T, s *harness.Server, id string, n int) {
	t.Helper()
	path := "/api/v1/adapters/" + id
	replies := []*harness.Reply{s.Ask("GET", path, ""), s.Ask("GET", path+"/inspect", "")}
	switch n % 4 {
	case 0:
		replies = append(replies, s.Ask("POST", path+"/rescan", ""))
	case 1:
		replies = append(replies, s.Ask("DELETE", path, ""), s.Ask("POST", path+"/restore", ""))
	case 2:
		replies = append(replies, s.Ask("POST", path+"/rename", `{"file_name":"b"}`), s.Ask("POST", path+"/rename", `{"file_name":"a"}`))
	case 3:
		picture := s.Ask("GET", path+"/preview?w=160", "")
		if picture.Status == 200 && isRed(t, picture.Body) {
			t.Error("the picture outside was shown")
		}
		replies = append(replies, picture)
	}
	for _, r := range replies {
		if bytes.Contains(r.Body, []byte(canary)) {
			t.Errorf("a reply shows what lies outside: %.300s", r.Body)
		}
		if r.Status >= 500 && r.Status != 503 {
			t.Errorf("%d %.300s", r.Status, r.Body)
		}
	}
}

func isRed(t *testing.T, data []byte) bool {
	t.Helper()
	img, err := jpeg.Decode(bytes.NewReader(data))
	if err != nil {
		t.Errorf("the preview is no JPEG: %v", err)
		return false
	}
	r, _, b, _ := img.At(img.Bounds().Dx()/2, img.Bounds().Dy()/2).RGBA()
	return r > b
}

// The command line follows the same rules.
func TestRow06_TheCommandLineFollowsNoLinkOut(t *testing.T) {
	t.Parallel()
	outside, root := t.TempDir(), t.TempDir()
	write(t, outside, "secret.safetensors", good(t, map[string]string{"modelspec.title": canary}, 9))
	write(t, root, "a.safetensors", good(t, nil, 1))
	link(t, outside, filepath.Join(root, "folder"))
	link(t, filepath.Join(outside, "secret.safetensors"), filepath.Join(root, "file.safetensors"))
	link(t, ".", filepath.Join(root, "self"))
	out := harness.Run(t, "scan", "--json", root)
	if strings.Contains(out.Out, canary) || strings.Count(out.Out, "\n") != 3 {
		t.Errorf("scan ended with %d: %s", out.Code, out.Out)
	}
}
