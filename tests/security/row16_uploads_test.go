package security

import (
	"bytes"
	"encoding/base64"
	"image/color"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"loramanager/internal/engine/enginetest"
	"loramanager/internal/lora"
	"loramanager/tests/harness"
)

func TestRow16_BombsAreRefusedWhereverPicturesAreTaken(t *testing.T) {
	t.Parallel()
	s := harness.Start(t, harness.Options{})
	bombs := pictureBombs()
	for what, data := range map[string]string{
		"nothing": "", "text": "hello", "HTML": "<!doctype html><script>alert(1)</script>", "SVG": `<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>`, "PDF": "%PDF-1.7",
		"a program": "\x7fELF\x02\x01\x01", "an archive": "PK\x03\x04", "a PNG's beginning": pngStart, "half a PNG": string(plain(t, color.RGBA{1, 2, 3, 255})[:60]), "a BMP": "BM\x00\x00", "a TIFF": "II*\x00\x08\x00\x00\x00", "an AVIF": "\x00\x00\x00\x1cftypavif",
	} {
		bombs[what] = []byte(data)
	}
	before := kept(t, s)
	memory, _ := s.Memory()
	s.ForgetPeak()
	for what, data := range bombs {
		for _, path := range []string{"/api/v1/pictures", "/api/v1/prompts/read-picture"} {
			r := s.Ask("POST", path, string(data), "Content-Type: image/png")
			if r.Status < 400 || r.Status >= 500 && r.Status != 503 {
				t.Errorf("%s at %s: %d %.300s", what, path, r.Status, r.Body)
				continue
			}
			r.Problem(t)
		}
	}
	wantSame(t, s, before, "bombs")
	if after, known := s.Memory(); known {
		t.Logf("memory rose by %d MiB", (after.Peak-memory.Now)/mib)
		if after.Peak-memory.Now > pictureBudget { // two bodies of 64 MiB are among them
			t.Error("a bomb went off")
		}
	}
}

// wantSame checks that nothing was stored since kept looked.
func wantSame(t *testing.T, s *harness.Server, before map[string]int, after string) {
	t.Helper()
	for what, n := range kept(t, s) {
		if n != before[what] {
			t.Errorf("after %s: %s grew from %d to %d", after, what, before[what], n)
		}
	}
}

// sends is an engine that is healthy until it answers a generation with the body.
func sends(t *testing.T, body any) *httptest.Server {
	t.Helper()
	fake := enginetest.NewA1111(enginetest.A1111Options{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !enginetest.Generations(r) {
			fake.ServeHTTP(w, r)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		if text, ok := body.(string); ok {
			_, _ = w.Write([]byte(text)) // who asked may be gone
			return
		}
		_, _ = w.Write([]byte(asJSON(t, body)))
	}))
	t.Cleanup(server.Close)
	t.Cleanup(fake.Close)
	return server
}

func TestRow16_BombsFromAnEngineAreNotKept(t *testing.T) {
	t.Parallel()
	s := harness.Start(t, harness.Options{})
	bombs, jobs := pictureBombs(), map[string]string{}
	delete(bombs, "65 MiB of nothing.png") // TestRow24 has those
	i := 0
	for what, data := range bombs {
		i++
		engine := "e" + string(rune('a'+i/26)) + string(rune('a'+i%26))
		body := map[string]any{"images": []string{base64.StdEncoding.EncodeToString(data)}, "parameters": map[string]any{}, "info": ""}
		addEngine(t, s, engine, lora.SDNext, sends(t, body).URL, nil)
		jobs[generate(t, s, engine, nil)] = what
	}
	memory, _ := s.Memory()
	s.ForgetPeak()
	for id, what := range jobs {
		m := final(t, s, id)
		if m.RawStatus != lora.JobFailed || m.ErrorClass == "" || m.said() == "" || len(m.Images) != 0 {
			t.Errorf("%s: %s, %s because %q with %d pictures", what, m.RawStatus, m.ErrorClass, m.said(), len(m.Images))
		}
	}
	if files := filesBelow(t, s.Data+"/pictures"); len(files) != 0 {
		t.Errorf("kept were %q", files)
	}
	if after, known := s.Memory(); known && after.Peak-memory.Now > 256*mib {
		t.Errorf("memory rose by %d MiB", (after.Peak-memory.Now)/mib)
	}
}

func TestRow16_ManyUploadsShareOneBudget(t *testing.T) {
	t.Parallel()
	s := harness.Start(t, harness.Options{})
	large := pngStart + strings.Repeat("\x00", 60*mib)
	memory, _ := s.Memory()
	s.ForgetPeak()
	var sending sync.WaitGroup
	for i := range 12 {
		sending.Go(func() {
			path := []string{"/api/v1/pictures", "/api/v1/prompts/read-picture"}[i%2]
			if r := s.Ask("POST", path, large, "Content-Type: image/png"); r.Status != 422 && r.Status != 503 {
				t.Errorf("%d %.300s", r.Status, r.Body)
			}
		})
	}
	sending.Wait()
	if after, known := s.Memory(); known {
		t.Logf("twelve uploads of 60 MiB at once: memory rose by %d MiB", (after.Peak-memory.Now)/mib)
		if after.Peak-memory.Now > pictureBudget {
			t.Errorf("allowed are %d MiB", pictureBudget/mib)
		}
	}
}

// polyglots are pictures that are something else at the same time.
func polyglots(t *testing.T) map[string][]byte {
	t.Helper()
	png := plain(t, color.RGBA{200, 100, 50, 255})
	page := []byte("<!doctype html><script>" + canary + "</script>")
	jpeg := []byte("\xff\xd8\xff\xfe\x00\x40" + strings.Repeat(canary, 4))[:66]
	return map[string][]byte{
		"a page after the picture":       append(bytes.Clone(png), page...),
		"an archive after the picture":   append(bytes.Clone(png), "PK\x03\x04"+canary...),
		"a chunk nobody knows":           withChunk(png, "prIv", page),
		"a page in a chunk of text":      withChunk(png, "tEXt", append([]byte("Comment\x00"), page...)),
		"a profile that is a page":       withChunk(png, "iCCP", append([]byte("p\x00\x00"), page...)),
		"two pictures":                   append(bytes.Clone(png), withChunk(png, "tEXt", append([]byte("x\x00"), canary...))...),
		"a JPEG whose comment is a page": append(jpeg, page...),
	}
}

func TestRow16_APictureThatIsAlsoAPageIsServedAsAPicture(t *testing.T) {
	t.Parallel()
	s := harness.Start(t, harness.Options{})
	taken := 0
	for what, data := range polyglots(t) {
		r := s.Ask("POST", "/api/v1/pictures", string(data), "Content-Type: image/png")
		if r.Status >= 400 && r.Status < 500 {
			continue
		}
		var kept struct{ SHA256 string }
		if r.Status != 201 || decode(r, &kept) != nil {
			t.Errorf("%s: %d %.300s", what, r.Status, r.Body)
			continue
		}
		taken++
		for _, path := range []string{"/api/v1/pictures/" + kept.SHA256, "/api/v1/pictures/" + kept.SHA256 + "/thumbnail?w=160"} {
			for _, accept := range []string{"text/html", "image/png", "*/*"} {
				r := s.Ask("GET", path, "", "Accept: "+accept)
				h := r.Header
				if r.Status != 200 || !slices.Contains([]string{"image/png", "image/jpeg"}, h.Get("Content-Type")) || h.Get("X-Content-Type-Options") != "nosniff" || !strings.Contains(h.Get("Content-Security-Policy"), "sandbox") {
					t.Errorf("%s: %s is served with %d, %v", what, path, r.Status, h)
				}
				// Texts and colour profiles are parts that pictures may have.
				if bytes.Contains(r.Body, []byte(canary)) && !strings.Contains(what, "text") && !strings.Contains(what, "profile") {
					t.Errorf("%s: %s still holds it", what, path)
				}
			}
		}
	}
	if taken < 4 {
		t.Errorf("only %d were taken", taken)
	}
}
