package archive

import (
	"bytes"
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"loramanager/internal/guard"
	"loramanager/internal/lora"
)

const uploadPrefix = "/api/v1/uploads/transfer"

// receiver is an Uploads behind a real server.
type receiver struct {
	*Uploads
	dir string
	url string
	t   *testing.T
}

func newReceiver(t *testing.T, dir string, change func(*UploadsOptions)) *receiver {
	t.Helper()
	root, err := guard.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	o := UploadsOptions{
		Root: root, Limit: 1 << 20, Prefix: uploadPrefix,
		Fail: func(w http.ResponseWriter, _ *http.Request, status int, err error) {
			if status == 0 {
				status = map[lora.Code]int{lora.Conflict: 409, lora.NotFound: 404, lora.TooLarge: 413, lora.StorageFull: 507, lora.RateLimited: 429, lora.Invalid: 422}[lora.CodeOf(err)]
			}
			http.Error(w, err.Error(), status)
		},
	}
	if change != nil {
		change(&o)
	}
	u, err := OpenUploads(o)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(u)
	t.Cleanup(func() { server.Close(); _ = root.Close() })
	return &receiver{Uploads: u, dir: dir, url: server.URL, t: t}
}

func (r *receiver) ask(method, at string, body io.Reader, headers ...string) *http.Response {
	r.t.Helper()
	request, err := http.NewRequestWithContext(r.t.Context(), method, r.url+at, body)
	if err != nil {
		r.t.Fatal(err)
	}
	request.Header.Set("Tus-Resumable", "1.0.0")
	for i := 0; i < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { _ = response.Body.Close() })
	return response
}

func metadata(pairs ...string) string {
	var all []string
	for i := 0; i < len(pairs); i += 2 {
		all = append(all, pairs[i]+" "+base64.StdEncoding.EncodeToString([]byte(pairs[i+1])))
	}
	return strings.Join(all, ",")
}

func (r *receiver) begin(name string, length int) string {
	r.t.Helper()
	response := r.ask("POST", uploadPrefix, nil, "Upload-Length", strconv.Itoa(length), "Upload-Metadata", metadata("filename", name))
	if response.StatusCode != http.StatusCreated {
		r.t.Fatalf("an upload is created with 201, got %s", response.Status)
	}
	return response.Header.Get("Location")
}

func (r *receiver) patch(at string, offset int, body io.Reader) *http.Response {
	r.t.Helper()
	return r.ask("PATCH", at, body, "Content-Type", tusContent, "Upload-Offset", strconv.Itoa(offset))
}

func (r *receiver) offset(at string) string {
	r.t.Helper()
	return r.ask("HEAD", at, nil).Header.Get("Upload-Offset")
}

func (r *receiver) content(at string) string {
	r.t.Helper()
	file, _, err := r.Open(path.Base(at))
	if err != nil {
		r.t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	data, err := io.ReadAll(file)
	if err != nil {
		r.t.Fatal(err)
	}
	return string(data)
}

func filesIn(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	names := []string{}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func TestAnUploadArrivesInPieces(t *testing.T) {
	t.Parallel()
	r := newReceiver(t, t.TempDir(), nil)
	at := r.begin("ink.safetensors", 11)
	if got := r.patch(at, 0, strings.NewReader("hello ")); got.StatusCode != 204 || got.Header.Get("Upload-Offset") != "6" || got.Header.Get("Upload-Expires") == "" {
		t.Fatalf("the first piece: %s, offset %q", got.Status, got.Header.Get("Upload-Offset"))
	}
	if _, _, err := r.Open(path.Base(at)); lora.CodeOf(err) != lora.Conflict {
		t.Errorf("half an upload cannot be imported, got %v", err)
	}
	if got := r.patch(at, 6, strings.NewReader("world")); got.StatusCode != 204 {
		t.Fatalf("the second piece: %s", got.Status)
	}
	if got := r.content(at); got != "hello world" {
		t.Errorf("got %q", got)
	}
}

func TestAnUploadGoesOnAfterTheServerWasKilled(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first := newReceiver(t, dir, nil)
	at := first.begin("ink.zip", 8)
	first.patch(at, 0, strings.NewReader("1234"))
	// What had reached the file but was not safe yet when the process died, and remains of others.
	for name, text := range map[string]string{path.Base(at) + ".data": "1234damaged", "ORPHAN.data": "x", "BROKEN.json": "{"} {
		if err := os.WriteFile(dir+"/"+name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	second := newReceiver(t, dir, nil)
	if got := second.offset(at); got != "4" {
		t.Fatalf("it goes on at %q, want 4", got)
	}
	second.patch(at, 4, strings.NewReader("5678"))
	if got := second.content(at); got != "12345678" {
		t.Errorf("got %q", got)
	}
	if got := filesIn(t, dir); len(got) != 2 {
		t.Errorf("remains are swept at the start, got %q", got)
	}
}

func TestWhatArrivedBeforeAConnectionBrokeCounts(t *testing.T) {
	t.Parallel()
	r := newReceiver(t, t.TempDir(), nil)
	at := r.begin("ink.zip", 10)
	one, _, err := r.seize(path.Base(at), 0, func() {})
	if err != nil {
		t.Fatal(err)
	}
	broken := io.MultiReader(strings.NewReader("12345"), iotest.ErrReader(errors.New("connection reset")))
	if _, err := r.write(one, broken); err == nil {
		t.Error("a broken connection is an error")
	}
	r.mu.Lock()
	r.release(one)
	r.mu.Unlock()
	if got := r.offset(at); got != "5" {
		t.Errorf("it goes on at %q, want 5", got)
	}
}

func TestTwoWritersNeverMix(t *testing.T) {
	t.Parallel()
	r := newReceiver(t, t.TempDir(), nil)
	at := r.begin("ink.zip", 8)
	pipe, feed := io.Pipe()
	stalled := make(chan struct{})
	go func() {
		defer close(stalled)
		request, _ := http.NewRequest("PATCH", r.url+at, pipe) //nolint:noctx // ended by the server
		for key, value := range map[string]string{"Tus-Resumable": "1.0.0", "Content-Type": tusContent, "Upload-Offset": "0"} {
			request.Header.Set(key, value)
		}
		if response, err := http.DefaultClient.Do(request); err == nil {
			_ = response.Body.Close()
		}
	}()
	if _, err := feed.Write([]byte("1234")); err != nil {
		t.Fatal(err)
	}
	for writing := false; !writing; {
		r.mu.Lock()
		writing = r.byID[path.Base(at)].writing
		r.mu.Unlock()
		runtime.Gosched()
	}
	if got := r.patch(at, 0, strings.NewReader("x")); got.StatusCode != http.StatusLocked {
		t.Errorf("a second writer gets %s, want 423", got.Status)
	}
	if got := r.offset(at); got != "0" && got != "4" {
		t.Errorf("asking stops a writer that stalls: it goes on at %q", got)
	}
	_ = feed.CloseWithError(io.ErrUnexpectedEOF)
	<-stalled
}

func TestUploadsAreRefusedWithAReason(t *testing.T) {
	t.Parallel()
	r := newReceiver(t, t.TempDir(), nil)
	at := r.begin("ink.zip", 4)
	for _, c := range []struct {
		sentence string
		status   int
		ask      func() *http.Response
	}{
		{"another offset", 409, func() *http.Response { return r.patch(at, 3, strings.NewReader("x")) }},
		{"more than was announced", 413, func() *http.Response { return r.patch(r.begin("a.zip", 1), 0, strings.NewReader("xx")) }},
		{"another content type", 415, func() *http.Response {
			return r.ask("PATCH", at, strings.NewReader("x"), "Content-Type", "text/plain", "Upload-Offset", "0")
		}},
		{"an unknown upload", 404, func() *http.Response { return r.ask("HEAD", uploadPrefix+"/../../etc/passwd", nil) }},
		{"another version", 412, func() *http.Response { return r.ask("HEAD", at, nil, "Tus-Resumable", "0.2.2") }},
		{"no length", 400, func() *http.Response {
			return r.ask("POST", uploadPrefix, nil, "Upload-Metadata", metadata("filename", "a"))
		}},
		{"a negative length", 400, func() *http.Response {
			return r.ask("POST", uploadPrefix, nil, "Upload-Length", "-1", "Upload-Metadata", metadata("filename", "a"))
		}},
		{"too large a file", 413, func() *http.Response {
			return r.ask("POST", uploadPrefix, nil, "Upload-Length", "1048577", "Upload-Metadata", metadata("filename", "a"))
		}},
		{"no name", 400, func() *http.Response { return r.ask("POST", uploadPrefix, nil, "Upload-Length", "1") }},
		{"metadata that is not base64", 400, func() *http.Response {
			return r.ask("POST", uploadPrefix, nil, "Upload-Length", "1", "Upload-Metadata", "filename %%%")
		}},
		{"a path that leads up", 422, func() *http.Response {
			return r.ask("POST", uploadPrefix, nil, "Upload-Length", "1", "Upload-Metadata", metadata("relativePath", "../../x", "filename", "x"))
		}},
		{"another method", 405, func() *http.Response { return r.ask("GET", at, nil) }},
	} {
		if got := c.ask(); got.StatusCode != c.status {
			t.Errorf("%s: %s, want %d", c.sentence, got.Status, c.status)
		}
	}
}

func TestUploadsLeaveRoomOnTheDisk(t *testing.T) {
	t.Parallel()
	free := uint64(uploadSpare + 10)
	r := newReceiver(t, t.TempDir(), func(o *UploadsOptions) { o.Free = func() (uint64, bool) { return free, true } })
	first := r.begin("a.zip", 6)
	begin := func(length string) *http.Response {
		return r.ask("POST", uploadPrefix, nil, "Upload-Length", length, "Upload-Metadata", metadata("filename", "b.zip"))
	}
	if got := begin("5"); got.StatusCode != http.StatusInsufficientStorage {
		t.Errorf("what was promised to others is taken: %s, want 507", got.Status)
	}
	if got := begin("4"); got.StatusCode != http.StatusCreated {
		t.Errorf("what fits is taken: %s", got.Status)
	}
	free = uploadSpare - 1
	if got := r.patch(first, 0, strings.NewReader("x")); got.StatusCode != http.StatusInsufficientStorage {
		t.Errorf("a disk that filled meanwhile: %s, want 507", got.Status)
	}
}

func TestUploadsExpireUnlessAnImportNeedsThem(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	r := newReceiver(t, dir, nil)
	held, idle := r.begin("a.zip", 0), r.begin("b.zip", 3)
	release := r.hold([]string{path.Base(held)})
	if got := r.ask("DELETE", held, nil); got.StatusCode != http.StatusLocked {
		t.Errorf("an upload that is imported cannot be dropped: %s", got.Status)
	}
	r.Sweep(time.Now().Add(uploadLife - time.Minute))
	if got := r.offset(idle); got != "0" {
		t.Error("it expired early")
	}
	r.Sweep(time.Now().Add(uploadLife + time.Minute))
	if got := r.ask("HEAD", idle, nil); got.StatusCode != 404 {
		t.Errorf("an expired upload is gone: %s", got.Status)
	}
	r.content(held)
	release(true)
	if got := filesIn(t, dir); len(got) != 0 {
		t.Errorf("what an import has used is removed, got %q", got)
	}
}

func TestAnUploadCanBeDropped(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	r := newReceiver(t, dir, nil)
	at := r.begin("a.zip", 3)
	if got := r.ask("DELETE", at, nil); got.StatusCode != 204 {
		t.Errorf("dropped with %s", got.Status)
	}
	if got := filesIn(t, dir); len(got) != 0 {
		t.Errorf("it leaves %q", got)
	}
	if got := r.ask("OPTIONS", uploadPrefix, nil); got.Header.Get("Tus-Extension") != tusExtensions || got.Header.Get("Tus-Max-Size") != "1048576" {
		t.Errorf("what the server can do: %v", got.Header)
	}
}

func TestAFileOfAFormIsKeptWholeOrNotAtAll(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	r := newReceiver(t, dir, nil)
	got, err := r.Receive(t.Context(), "C:\\fakepath\\ink.zip", strings.NewReader("abc"))
	if err != nil || got.Path != "ink.zip" || got.Length != 3 || !got.Complete() {
		t.Fatalf("got %+v, %v", got, err)
	}
	if _, err := r.Receive(t.Context(), "big.zip", bytes.NewReader(make([]byte, 1<<20+1))); lora.CodeOf(err) != lora.TooLarge {
		t.Errorf("too large a file: %v", err)
	}
	if _, err := r.Receive(t.Context(), "cut.zip", iotest.TimeoutReader(iotest.OneByteReader(strings.NewReader("abc")))); err == nil {
		t.Error("a file that breaks off is an error")
	}
	if got := filesIn(t, dir); len(got) != 2 {
		t.Errorf("only the whole file is kept, got %q", got)
	}
}

func TestNamesOfFilesBecomeNamesOfFiles(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"ink.safetensors": "ink.safetensors", "a:b?.zip": "a_b_.zip", "../../x.bin": "x.bin", `C:\dir\x.bin`: "x.bin",
		"con.safetensors": "_con.safetensors", "  .. ": "file", "": "file", "日本 語.safetensors": "日本 語.safetensors",
		"a\u202eb.safetensors": "a_b.safetensors", "a%2e%2e.bin": "a_2e_2e.bin", ".hidden": "hidden",
		strings.Repeat("é", 300) + ".safetensors": strings.Repeat("é", 94) + ".safetensors",
	} {
		if got := cleanName(in, "file"); got != want {
			t.Errorf("cleanName(%q) = %q, want %q", in, got, want)
		}
	}
	if got := numbered("styles/ink.safetensors", 2); got != "styles/ink (2).safetensors" {
		t.Errorf("got %q", got)
	}
	if got := numbered("ink.preview.png", 3); got != "ink (3).preview.png" {
		t.Errorf("got %q", got)
	}
}
