package vault

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"
	"go.uber.org/goleak"

	"loramanager/internal/guard"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// vaults are all implementations, each on something real: a folder of the disk and a
// server that speaks S3.
var vaults = map[string]func(t *testing.T) Vault{
	"a folder":          func(t *testing.T) Vault { v, _ := folder(t, nil); return v },
	"S3":                func(t *testing.T) Vault { return s3On(t, store(t), S3Options{}) },
	"S3 below a prefix": func(t *testing.T) Vault { return s3On(t, store(t), S3Options{Prefix: "/lora/backups/"}) },
}

func folder(t *testing.T, before func(guard.KeepStep) error) (*Folder, string) {
	t.Helper()
	dir := t.TempDir()
	root, err := guard.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = root.Close() })
	return OpenFolder(FolderOptions{Root: root, Before: before}), dir
}

// store is a server that speaks S3, with an empty bucket.
func store(t *testing.T) http.Handler {
	t.Helper()
	backend := s3mem.New()
	if err := backend.CreateBucket("backups"); err != nil {
		t.Fatal(err)
	}
	return gofakes3.New(backend, gofakes3.WithLogger(gofakes3.DiscardLog())).Server()
}

func s3On(t *testing.T, handler http.Handler, o S3Options) *S3 {
	t.Helper()
	server := httptest.NewServer(handler)
	transport := &http.Transport{}
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		server.Close()
	})
	o.Endpoint, o.Bucket, o.Transport = strings.TrimPrefix(server.URL, "http://"), "backups", transport
	o.AccessKey, o.SecretKey = "key", "secret"
	v, err := OpenS3(o)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func onEveryVault(t *testing.T, test func(t *testing.T, v Vault)) {
	t.Parallel()
	for name, open := range vaults {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, open(t))
		})
	}
}

// noise is as many bytes, the same for the same seed.
func noise(seed uint64, size int64) io.Reader {
	var key [32]byte
	key[0] = byte(seed)
	return io.LimitReader(rand.NewChaCha8(key), size)
}

func copyFrom(r io.Reader) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := io.Copy(w, r)
		return err
	}
}

func put(t *testing.T, v Vault, name, data string) {
	t.Helper()
	if err := v.Put(t.Context(), name, int64(len(data)), copyFrom(strings.NewReader(data))); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, v Vault, name string) string {
	t.Helper()
	file, err := v.Open(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	data, err := io.ReadAll(io.NewSectionReader(file, 0, file.Size()))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func content(t *testing.T, v Vault) map[string]int64 {
	t.Helper()
	found := map[string]int64{}
	err := v.List(t.Context(), func(name string, size int64, modified time.Time) error {
		if modified.IsZero() || time.Since(modified).Abs() > time.Hour {
			t.Errorf("%s was changed at %s", name, modified)
		}
		found[name] = size
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// sink takes parts of uploads and forgets them.
func sink(t *testing.T) http.Handler {
	t.Helper()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		switch q := r.URL.Query(); {
		case r.Method == http.MethodHead:
			w.WriteHeader(http.StatusNotFound)
		case r.Method == http.MethodPost && q.Has("uploads"):
			fmt.Fprint(w, `<InitiateMultipartUploadResult><Bucket>backups</Bucket><Key>big.zip</Key><UploadId>1</UploadId></InitiateMultipartUploadResult>`)
		case r.Method == http.MethodPut:
			w.Header().Set("ETag", `"e"`)
		case r.Method == http.MethodPost:
			fmt.Fprint(w, `<CompleteMultipartUploadResult><Bucket>backups</Bucket><Key>big.zip</Key><ETag>"e"</ETag></CompleteMultipartUploadResult>`)
		}
	})
}

// flaky breaks off every n-th answer or request.
type flaky struct {
	http.Handler
	every int32
	broke func(w http.ResponseWriter, r *http.Request) bool // true when it answered itself
	count atomic.Int32
}
