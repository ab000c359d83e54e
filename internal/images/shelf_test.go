package images

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"

	"loramanager/internal/guard"
	"loramanager/internal/lora"
)

// shelves are all implementations, each on something real: a folder of the disk and a
// server that speaks S3.
var shelves = map[string]func(t *testing.T) Shelf{
	"a folder": func(t *testing.T) Shelf {
		root, err := guard.OpenRoot(t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = root.Close() })
		return OpenFolder(FolderOptions{Root: root})
	},
	"S3": func(t *testing.T) Shelf { return bucket(t, S3Options{}) },
	"S3 below a prefix": func(t *testing.T) Shelf {
		return bucket(t, S3Options{Prefix: "/lora/pictures/"})
	},
}

func bucket(t *testing.T, o S3Options) *S3 {
	t.Helper()
	backend := s3mem.New()
	if err := backend.CreateBucket("pictures"); err != nil {
		t.Fatal(err)
	}
	return s3On(t, gofakes3.New(backend, gofakes3.WithLogger(gofakes3.DiscardLog())).Server(), o)
}

func s3On(t *testing.T, handler http.Handler, o S3Options) *S3 {
	t.Helper()
	server := httptest.NewServer(handler)
	transport := &http.Transport{}
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		server.Close()
	})
	o.Endpoint, o.Bucket, o.Transport = strings.TrimPrefix(server.URL, "http://"), "pictures", transport
	o.AccessKey, o.SecretKey = "key", "secret"
	shelf, err := OpenS3(o)
	if err != nil {
		t.Fatal(err)
	}
	return shelf
}

func onEveryShelf(t *testing.T, test func(t *testing.T, s Shelf)) {
	t.Parallel()
	for name, open := range shelves {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, open(t))
		})
	}
}

func read(t *testing.T, s Shelf, name string) string {
	t.Helper()
	file, err := s.Open(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	data, err := io.ReadAll(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func content(t *testing.T, s Shelf) map[string]int64 {
	t.Helper()
	found := map[string]int64{}
	if err := s.Walk(t.Context(), func(name string, size int64) error {
		found[name] = size
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return found
}

func TestPromise6_AShelfGivesBackWhatItWasGiven(t *testing.T) {
	onEveryShelf(t, func(t *testing.T, s Shelf) {
		ctx := t.Context()
		if err := s.Put(ctx, "ab/cd/one.png", "image/png", []byte("first")); err != nil {
			t.Fatal(err)
		}
		if err := s.Put(ctx, "ab/cd/one.png", "image/png", []byte("first")); err != nil {
			t.Errorf("again: %v", err)
		}
		if got := read(t, s, "ab/cd/one.png"); got != "first" {
			t.Errorf("%q", got)
		}
		if size, err := s.Size(ctx, "ab/cd/one.png"); size != 5 || err != nil {
			t.Errorf("%d, %v", size, err)
		}
		if err := s.Put(ctx, "ab/cd/one.png", "image/png", []byte("a damaged one is replaced")); err != nil {
			t.Error(err)
		}
		if got := read(t, s, "ab/cd/one.png"); got != "a damaged one is replaced" {
			t.Errorf("%q", got)
		}
		file, err := s.Open(ctx, "ab/cd/one.png")
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		if at, err := file.Seek(-3, io.SeekEnd); at != 22 || err != nil {
			t.Errorf("%d, %v", at, err)
		}
		if tail, err := io.ReadAll(file); string(tail) != "ced" || err != nil {
			t.Errorf("%q, %v", tail, err)
		}
	})
}

func TestWhatIsNotOnAShelfIsNotFound(t *testing.T) {
	onEveryShelf(t, func(t *testing.T, s Shelf) {
		_, err := s.Open(t.Context(), "ab/cd/none.png")
		_, sizeErr := s.Size(t.Context(), "ab/cd/none.png")
		if lora.CodeOf(err) != lora.NotFound || lora.CodeOf(sizeErr) != lora.NotFound {
			t.Errorf("%v, %v", err, sizeErr)
		}
		if err := s.Delete(t.Context(), "ab/cd/none.png"); err != nil {
			t.Errorf("deleting it: %v", err)
		}
		if found := content(t, s); len(found) != 0 {
			t.Errorf("%v", found)
		}
	})
}

func TestAShelfListsAndDeletes(t *testing.T) {
	onEveryShelf(t, func(t *testing.T, s Shelf) {
		want := map[string]int64{}
		for i := range 12 {
			name := fmt.Sprintf("%02d/cd/%d.png", i, i)
			want[name] = int64(i + 1)
			if err := s.Put(t.Context(), name, "image/png", bytes.Repeat([]byte{1}, i+1)); err != nil {
				t.Fatal(err)
			}
		}
		if got := content(t, s); !maps.Equal(got, want) {
			t.Errorf("%v", got)
		}
		if err := s.Delete(t.Context(), "03/cd/3.png"); err != nil {
			t.Error(err)
		}
		if _, left := content(t, s)["03/cd/3.png"]; left {
			t.Error("it is still there")
		}
		enough := errors.New("enough")
		calls := 0
		if err := s.Walk(t.Context(), func(string, int64) error { calls++; return enough }); !errors.Is(err, enough) || calls != 1 {
			t.Errorf("%v after %d", err, calls)
		}
	})
}

func TestPromise6_ManyPutTheSameAtOnce(t *testing.T) {
	onEveryShelf(t, func(t *testing.T, s Shelf) {
		data := bytes.Repeat([]byte("picture "), 10_000)
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				if err := s.Put(t.Context(), "ab/cd/same.png", "image/png", data); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if got := read(t, s, "ab/cd/same.png"); got != string(data) || len(content(t, s)) != 1 {
			t.Errorf("%d bytes", len(got))
		}
	})
}

func TestNobodyWaitsForAShelfLongerThanAsked(t *testing.T) {
	onEveryShelf(t, func(t *testing.T, s Shelf) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := s.Put(ctx, "ab/cd/one.png", "image/png", []byte("x")); lora.CodeOf(err) != lora.Unavailable {
			t.Errorf("%v", err)
		}
		if found := content(t, s); len(found) != 0 {
			t.Errorf("%v", found)
		}
	})
}

func TestWhatAStoreSaysIsTranslated(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		status int
		code   string
		want   lora.Code
		says   string
	}{
		"full":             {http.StatusInsufficientStorage, "XMinioStorageFull", lora.StorageFull, "full"},
		"over its quota":   {http.StatusBadRequest, "XMinioAdminBucketQuotaExceeded", lora.StorageFull, "full"},
		"a wrong key":      {http.StatusForbidden, "SignatureDoesNotMatch", lora.Unavailable, "refuses the key"},
		"no bucket":        {http.StatusNotFound, "NoSuchBucket", lora.Unavailable, "no bucket pictures"},
		"out of its mind":  {http.StatusBadRequest, "Whatever", lora.Unavailable, "cannot be reached"},
		"not what it says": {http.StatusTeapot, "", lora.Unavailable, "cannot be reached"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := s3On(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.Method == http.MethodHead {
					w.WriteHeader(http.StatusNotFound)
					return
				}
				w.WriteHeader(c.status)
				fmt.Fprintf(w, "<Error><Code>%s</Code></Error>", c.code)
			}), S3Options{})
			err := s.Put(t.Context(), "ab/cd/one.png", "image/png", []byte("x"))
			if lora.CodeOf(err) != c.want || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%v", err)
			}
		})
	}
}

func TestAStoreThatIsAwayIsUnavailable(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	listener.Close()
	s, err := OpenS3(S3Options{Endpoint: address, Bucket: "pictures", AccessKey: "a", SecretKey: "b"})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Put(t.Context(), "ab/cd/one.png", "image/png", []byte("x")); lora.CodeOf(err) != lora.Unavailable {
		t.Error(err)
	}
}

func TestABucketMustBeNamed(t *testing.T) {
	t.Parallel()
	for _, o := range []S3Options{{Endpoint: "host"}, {Bucket: "b"}, {Endpoint: "http://host/path", Bucket: "b"}} {
		_, err := OpenS3(o)
		if lora.CodeOf(err) != lora.Invalid || strings.Contains(fmt.Sprint(err), "secret") {
			t.Errorf("%+v: %v", o, err)
		}
	}
}

func TestPicturesLieOnEveryShelf(t *testing.T) {
	onEveryShelf(t, func(t *testing.T, s Shelf) {
		p := NewPictures(PicturesOptions{Shelf: s, Decoder: guard.NewDecoder(guard.Default())})
		var want []string
		for i := range 3 {
			kept, err := p.Keep(t.Context(), pngOf(t, gradient(10+i, 10)), Texts{}, func(lora.Image) error { return nil })
			if err != nil {
				t.Fatal(err)
			}
			want = append(want, kept.Image.SHA256)
			if size, err := p.Size(t.Context(), kept.Image.SHA256); err != nil || size != int64(kept.Image.SizeBytes) {
				t.Errorf("%d, %v", size, err)
			}
		}
		var got []string
		if err := p.Walk(t.Context(), func(sha string, _ int64) error { got = append(got, sha); return nil }); err != nil {
			t.Fatal(err)
		}
		slices.Sort(want)
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("%v, want %v", got, want)
		}
		if err := p.Delete(t.Context(), want[0]); err != nil {
			t.Fatal(err)
		}
		if has, err := p.Has(t.Context(), want[0]); has || err != nil {
			t.Errorf("%v, %v", has, err)
		}
		for _, sha := range []string{want[0], "", "../../etc/passwd", strings.Repeat("A", 64)} {
			if _, _, err := p.Open(t.Context(), sha); lora.CodeOf(err) != lora.NotFound {
				t.Errorf("%q: %v", sha, err)
			}
		}
	})
}
