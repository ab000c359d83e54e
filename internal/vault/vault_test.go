package vault

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/minio/minio-go/v7"

	"loramanager/internal/guard"
	"loramanager/internal/lora"
)

func TestPromise5_AVaultGivesBackWhatItWasGiven(t *testing.T) {
	onEveryVault(t, func(t *testing.T, v Vault) {
		put(t, v, "one.zip", "first")
		put(t, v, "none.zip", "")
		if err := v.Put(t.Context(), "unknown.zip", -1, copyFrom(strings.NewReader("of unknown size"))); err != nil {
			t.Fatal(err)
		}
		for name, want := range map[string]string{"one.zip": "first", "none.zip": "", "unknown.zip": "of unknown size"} {
			if got := read(t, v, name); got != want {
				t.Errorf("%s: %q", name, got)
			}
		}
		file, err := v.Open(t.Context(), "one.zip")
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		buffer := make([]byte, 3)
		if n, err := file.ReadAt(buffer, 2); n != 3 || err != nil || string(buffer) != "rst" {
			t.Errorf("%d %v %q", n, err, buffer)
		}
		if n, err := file.ReadAt(buffer, 4); n != 1 || !errors.Is(err, io.EOF) {
			t.Errorf("beyond the end: %d %v", n, err)
		}
		if err := v.Delete(t.Context(), "one.zip"); err != nil {
			t.Error(err)
		}
		if err := v.Delete(t.Context(), "one.zip"); err != nil {
			t.Errorf("again: %v", err)
		}
		if got := content(t, v); !maps.Equal(got, map[string]int64{"none.zip": 0, "unknown.zip": 15}) {
			t.Errorf("%v", got)
		}
	})
}

func TestWhatIsNotInAVaultIsNotFound(t *testing.T) {
	onEveryVault(t, func(t *testing.T, v Vault) {
		if _, err := v.Open(t.Context(), "none.zip"); lora.CodeOf(err) != lora.NotFound {
			t.Error(err)
		}
		if found := content(t, v); len(found) != 0 {
			t.Error(found)
		}
	})
}

func TestNamesThatLeadElsewhereAreRefused(t *testing.T) {
	onEveryVault(t, func(t *testing.T, v Vault) {
		for _, name := range []string{"", ".", "..", "../x", "a/b", `a\b`, "/etc/passwd", "x\x00y", "x.part", strings.Repeat("x", 300)} {
			_, openErr := v.Open(t.Context(), name)
			for what, err := range map[string]error{
				"put":     v.Put(t.Context(), name, 1, copyFrom(strings.NewReader("x"))),
				"replace": v.Replace(t.Context(), name, []byte("x")),
				"delete":  v.Delete(t.Context(), name),
				"open":    openErr,
			} {
				if code := lora.CodeOf(err); code != lora.Invalid && code != lora.Forbidden {
					t.Errorf("%s %q: %v", what, name, err)
				}
			}
		}
		if found := content(t, v); len(found) != 0 {
			t.Error(found)
		}
	})
}

func TestPromise1_NothingThatIsThereIsOverwritten(t *testing.T) {
	onEveryVault(t, func(t *testing.T, v Vault) {
		put(t, v, "one.zip", "first")
		err := v.Put(t.Context(), "one.zip", 6, func(io.Writer) error { t.Error("it was written"); return nil })
		if lora.CodeOf(err) != lora.Conflict || read(t, v, "one.zip") != "first" {
			t.Error(err)
		}
		for _, text := range []string{`{"a":1}`, `{"b":22}`} {
			if err := v.Replace(t.Context(), "one.json", []byte(text)); err != nil || read(t, v, "one.json") != text {
				t.Errorf("a description is replaced: %v", err)
			}
		}
	})
}

func TestPromise1_AWriteThatFailsLeavesNothing(t *testing.T) {
	onEveryVault(t, func(t *testing.T, v Vault) {
		broken := lora.Errorf(lora.Unavailable, "The disk of the library went away.")
		stopped, stop := context.WithCancel(t.Context())
		for name, c := range map[string]struct {
			size  int64
			ctx   context.Context
			write func(io.Writer) error
			want  lora.Code
		}{
			"at once":          {100, t.Context(), func(io.Writer) error { return broken }, lora.Unavailable},
			"in the middle":    {20 * mib, t.Context(), func(w io.Writer) error { return errors.Join(copyFrom(noise(1, 17*mib))(w), broken) }, lora.Unavailable},
			"at the end":       {20, t.Context(), func(w io.Writer) error { return errors.Join(copyFrom(noise(1, 20))(w), broken) }, lora.Unavailable},
			"too short":        {100, t.Context(), copyFrom(strings.NewReader("short")), lora.Internal},
			"too long":         {2, t.Context(), copyFrom(strings.NewReader("long")), lora.Internal},
			"cancelled inside": {40 * mib, stopped, func(w io.Writer) error { stop(); return copyFrom(noise(1, 40*mib))(w) }, lora.Internal},
		} {
			err := v.Put(c.ctx, "half.zip", c.size, c.write)
			if err == nil || lora.CodeOf(err) != c.want && c.want != lora.Internal {
				t.Errorf("%s: %v", name, err)
			}
			if found := content(t, v); len(found) != 0 {
				t.Errorf("%s left %v", name, found)
			}
		}
	})
}

func TestPromise1_AFailingDiskLeavesNoHalfFile(t *testing.T) {
	t.Parallel()
	for _, step := range []guard.KeepStep{guard.KeepCreate, guard.KeepWrite, guard.KeepSync, guard.KeepRename, guard.KeepFlush} {
		for _, late := range []int32{0, 2} {
			t.Run(fmt.Sprint(step, " ", late), func(t *testing.T) {
				t.Parallel()
				full := lora.Errorf(lora.StorageFull, "The disk is full.")
				var seen atomic.Int32
				v, dir := folder(t, func(at guard.KeepStep) error {
					if at == step && seen.Add(1) > late {
						return full
					}
					return nil
				})
				err := v.Put(t.Context(), "one.zip", mib, copyFrom(noise(1, mib)))
				entries, _ := os.ReadDir(dir)
				switch failed := seen.Load() > late; {
				case failed != errors.Is(err, full):
					t.Errorf("failed %v: %v", failed, err)
				case failed && len(entries) != 0:
					t.Errorf("it left %v", entries)
				case !failed && len(entries) != 1:
					t.Errorf("it kept %v", entries)
				}
			})
		}
	}
}

func TestWhatDoesNotFitIsRefusedBeforeItIsWritten(t *testing.T) {
	t.Parallel()
	v, _ := folder(t, nil)
	err := v.Put(t.Context(), "huge.zip", 1<<60, func(io.Writer) error { t.Error("it was written"); return nil })
	if lora.CodeOf(err) != lora.StorageFull || !strings.Contains(err.Error(), "1.2 EB") {
		t.Error(err)
	}
}

func TestPromise2_MemoryDoesNotGrowWithTheFile(t *testing.T) {
	const size = 96 * mib
	for name, v := range map[string]func() Vault{
		"a folder": func() Vault { v, _ := folder(t, nil); return v },
		"S3":       func() Vault { return s3On(t, sink(t), S3Options{}) },
	} {
		t.Run(name, func(t *testing.T) {
			v := v()
			runtime.GC()
			var before, now runtime.MemStats
			runtime.ReadMemStats(&before)
			most := uint64(0)
			written := int64(0)
			err := v.Put(t.Context(), "big.zip", size, func(w io.Writer) error {
				for ; written < size; written += mib {
					if _, err := io.Copy(w, noise(3, mib)); err != nil {
						return err
					}
					runtime.ReadMemStats(&now)
					most = max(most, now.HeapAlloc-min(now.HeapAlloc, before.HeapAlloc))
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			if most > 64*mib {
				t.Errorf("%d MiB were held", most/mib)
			}
		})
	}
}

func (f *flaky) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if f.count.Add(1)%f.every == 0 && f.broke(w, r) {
		return
	}
	f.Handler.ServeHTTP(w, r)
}

func TestPromise3_WhatPassesIsTriedAgain(t *testing.T) {
	t.Parallel()
	const size = 18*mib + 11
	for name, broke := range map[string]func(w http.ResponseWriter, r *http.Request) bool{
		"the store is busy": func(w http.ResponseWriter, _ *http.Request) bool {
			w.WriteHeader(http.StatusServiceUnavailable)
			return true
		},
		"the connection breaks": func(_ http.ResponseWriter, _ *http.Request) bool {
			panic(http.ErrAbortHandler)
		},
		"an answer breaks off in the middle": func(w http.ResponseWriter, r *http.Request) bool {
			if r.Method != http.MethodGet || r.Header.Get("Range") == "" {
				return false
			}
			w.Header().Set("Content-Length", "4194304")
			w.Header().Set("ETag", `"x"`)
			w.Header().Set("Last-Modified", time.Now().UTC().Format(http.TimeFormat))
			w.WriteHeader(http.StatusPartialContent)
			_, _ = w.Write(make([]byte, 1000))
			panic(http.ErrAbortHandler)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := s3On(t, &flaky{Handler: store(t), every: 3, broke: broke}, S3Options{})
			want := sha256.New()
			if err := v.Put(t.Context(), "big.zip", size, copyFrom(io.TeeReader(noise(2, size), want))); err != nil {
				t.Fatal(err)
			}
			file, err := v.Open(t.Context(), "big.zip")
			if err != nil {
				t.Fatal(err)
			}
			defer file.Close()
			got := sha256.New()
			if n, err := io.Copy(got, io.NewSectionReader(file, 0, file.Size())); n != size || err != nil || !bytes.Equal(got.Sum(nil), want.Sum(nil)) {
				t.Errorf("%d bytes of %d, %v", n, size, err)
			}
		})
	}
}

func TestPromise3_WhatAStoreSaysIsTranslated(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		status int
		code   string
		want   lora.Code
		says   string
	}{
		"full":            {http.StatusInsufficientStorage, "XMinioStorageFull", lora.StorageFull, "full"},
		"over its quota":  {http.StatusBadRequest, "XMinioAdminBucketQuotaExceeded", lora.StorageFull, "full"},
		"a wrong key":     {http.StatusForbidden, "SignatureDoesNotMatch", lora.Unavailable, "refuses the key"},
		"no bucket":       {http.StatusNotFound, "NoSuchBucket", lora.Unavailable, "no bucket backups"},
		"out of its mind": {http.StatusBadRequest, "Whatever", lora.Unavailable, "cannot be reached"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := s3On(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				_, _ = io.Copy(io.Discard, r.Body)
				if r.Method == http.MethodHead {
					w.WriteHeader(http.StatusNotFound)
					return
				}
				w.WriteHeader(c.status)
				fmt.Fprintf(w, "<Error><Code>%s</Code></Error>", c.code)
			}), S3Options{})
			err := v.Put(t.Context(), "one.zip", 1, copyFrom(strings.NewReader("x")))
			if lora.CodeOf(err) != c.want || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%v", err)
			}
		})
	}
}

func TestPromise4_InterruptedWritesAreSweptOnceTheyAreOld(t *testing.T) {
	t.Parallel()
	v, dir := folder(t, nil)
	put(t, v, "one.zip", "kept")
	for _, name := range []string{"half.zip.ABC.part", "fresh.zip.DEF.part"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("half"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	old := time.Now().Add(-25 * time.Hour)
	if err := os.Chtimes(filepath.Join(dir, "half.zip.ABC.part"), old, old); err != nil {
		t.Fatal(err)
	}
	if err := v.Sweep(t.Context(), time.Now()); err != nil {
		t.Fatal(err)
	}
	entries, _ := os.ReadDir(dir)
	if len(entries) != 2 || entries[0].Name() != "fresh.zip.DEF.part" {
		t.Errorf("%v", entries)
	}
	if got := content(t, v); !maps.Equal(got, map[string]int64{"one.zip": 4}) {
		t.Errorf("%v", got)
	}
}

func TestPromise4_UploadsThatWereNotEndedAreSwept(t *testing.T) {
	t.Parallel()
	v := s3On(t, store(t), S3Options{Prefix: "backups"})
	client := v.client
	core := minio.Core{Client: client}
	if _, err := core.NewMultipartUpload(t.Context(), "backups", "backups/half.zip", minio.PutObjectOptions{}); err != nil {
		t.Fatal(err)
	}
	uploads := func() (n int) {
		for range client.ListIncompleteUploads(t.Context(), "backups", "", true) {
			n++
		}
		return n
	}
	if err := v.Sweep(t.Context(), time.Now()); err != nil || uploads() != 1 {
		t.Errorf("a young one was swept: %v", err)
	}
	if err := v.Sweep(t.Context(), time.Now().Add(8*24*time.Hour)); err != nil || uploads() != 0 {
		t.Errorf("an old one was left: %v", err)
	}
	// One that fails is given up at once, and what it sent is not stored for ever.
	_ = v.Put(t.Context(), "broken.zip", 40*mib, func(w io.Writer) error {
		return errors.Join(copyFrom(noise(1, 20*mib))(w), errors.New("broken"))
	})
	if uploads() != 0 {
		t.Error("an upload that failed was left")
	}
}

func TestManyReadAtOnce(t *testing.T) {
	onEveryVault(t, func(t *testing.T, v Vault) {
		const size = 9*mib + 5
		data, _ := io.ReadAll(noise(7, size))
		if err := v.Put(t.Context(), "x.zip", size, copyFrom(bytes.NewReader(data))); err != nil {
			t.Fatal(err)
		}
		file, err := v.Open(t.Context(), "x.zip")
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		var all sync.WaitGroup
		for i := range 8 {
			all.Go(func() {
				r := rand.New(rand.NewPCG(uint64(i), 1))
				for range 20 {
					from := r.Int64N(size)
					part := make([]byte, min(r.Int64N(2*mib)+1, size-from))
					if n, err := file.ReadAt(part, from); n != len(part) || err != nil || !bytes.Equal(part, data[from:from+int64(n)]) {
						t.Errorf("%d at %d: %v", n, from, err)
					}
				}
			})
		}
		all.Wait()
	})
}

func TestListingEndsWithItsVisitor(t *testing.T) {
	onEveryVault(t, func(t *testing.T, v Vault) {
		for i := range 5 {
			put(t, v, fmt.Sprint(i, ".zip"), "x")
		}
		enough := errors.New("enough")
		calls := 0
		err := v.List(t.Context(), func(string, int64, time.Time) error { calls++; return enough })
		if !errors.Is(err, enough) || calls != 1 {
			t.Errorf("%v after %d", err, calls)
		}
	})
}
