package archive_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"

	"loramanager/internal/archive"
	"loramanager/internal/guard"
	"loramanager/internal/images"
	"loramanager/internal/lora"
	"loramanager/internal/store"
	"loramanager/internal/store/pgtest"
	"loramanager/internal/store/storetest"
	"loramanager/internal/vault"
)

// server is a server's worth of rooms on real parts, with backups in a folder and in a
// bucket.
type server struct {
	*archive.Archive
	*testing.T
	store   *store.Store
	pics    *images.Pictures
	loras   string // the library folder
	kept    string // the folder of pictures
	words   string // the folder of wildcards
	backups string // the folder of backups
	fault   *fault

	mu      sync.Mutex
	events  []string
	rereads int
}

// fault breaks parts of a server.
type fault struct {
	mu      sync.Mutex
	disk    func(guard.KeepStep) error // of the folder of backups
	load    func() error               // before the check of a load
	ready   error
	dump    error
	reserve error
}

func (f *fault) set(change func(f *fault)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change(f)
}

func (f *fault) get(which func(f *fault) error) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return which(f)
}

// plug is a database that can be broken.
type plug struct {
	*store.Store
	*fault
}

func (p plug) Ready(ctx context.Context) error {
	return errors.Join(p.get(func(f *fault) error { return f.ready }), p.Store.Ready(ctx))
}

func (p plug) Dump(ctx context.Context, sink func(string) (io.Writer, error)) (lora.BackupCounts, string, error) {
	if err := p.get(func(f *fault) error { return f.dump }); err != nil {
		return lora.BackupCounts{}, "", err
	}
	return p.Store.Dump(ctx, sink)
}

func (p plug) Load(ctx context.Context, schema int, source func(string) (io.Reader, error), check func(string) error) (lora.Loaded, error) {
	return p.Store.Load(ctx, schema, source, func(sum string) error {
		err := p.get(func(f *fault) error {
			if f.load == nil {
				return nil
			}
			return f.load()
		})
		if err != nil {
			return err
		}
		return check(sum)
	})
}

func (p plug) ReservePicture(ctx context.Context, job string, picture lora.Image) error {
	if err := p.get(func(f *fault) error { return f.reserve }); err != nil {
		return err
	}
	return p.Store.ReservePicture(ctx, job, picture)
}

func sqlite(t *testing.T) string {
	t.Helper()
	return "sqlite:///" + filepath.Join(t.TempDir(), "x.db")
}

func postgres(t *testing.T) string {
	t.Helper()
	return pgtest.Database(t)
}

// databases are the two kinds a server runs on.
var databases = map[string]func(*testing.T) string{"sqlite": sqlite, "postgres": postgres}

func newServer(t *testing.T, adjust ...func(*archive.Options)) *server {
	t.Helper()
	return serverOn(t, sqlite(t), t.TempDir(), adjust...)
}

// serverOn is a server on a database, with its backups in a folder that others may share.
func serverOn(t *testing.T, url, backups string, adjust ...func(*archive.Options)) *server {
	t.Helper()
	s := &server{T: t, loras: t.TempDir(), kept: t.TempDir(), words: t.TempDir(), backups: backups, fault: &fault{}}
	var err error
	if s.store, err = store.Open(t.Context(), store.Options{URL: url}); err != nil {
		t.Fatal(err)
	}
	s.pics = images.NewPictures(images.PicturesOptions{
		Shelf: images.OpenFolder(images.FolderOptions{Root: rootOf(t, s.kept)}), Decoder: guard.NewDecoder(guard.Default()),
	})
	folder := vault.OpenFolder(vault.FolderOptions{Root: rootOf(t, backups), Before: func(step guard.KeepStep) error {
		return s.fault.get(func(f *fault) error {
			if f.disk == nil {
				return nil
			}
			return f.disk(step)
		})
	}})
	p := plug{s.store, s.fault}
	o := archive.Options{
		Export: archive.ExportPorts{Catalog: s.store, Pictures: s.pics, Wildcards: rootOf(t, s.words)},
		Import: archive.ImportPorts{Pictures: s.pics},
		Backup: archive.BackupPorts{
			Database: p, Schedules: s.store, Places: []archive.BackupPlace{{Name: "folder", Location: backups, Vault: folder}},
			Scratch:  scratch,
			Restored: func(context.Context) { s.mu.Lock(); defer s.mu.Unlock(); s.rereads++ },
		},
		History: s.store, Announcer: s, Data: rootOf(t, t.TempDir()), Program: "test", Schema: s.store.Schema(), Logger: slog.New(slog.DiscardHandler),
	}
	for _, change := range adjust {
		change(&o)
	}
	if s.Archive, err = archive.New(o); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(s.Close(context.Background()), s.store.Close()); err != nil {
			t.Error(err)
		}
	})
	return s
}

// withBucket adds a bucket as a second place.
func withBucket(t *testing.T) func(*archive.Options) {
	t.Helper()
	backend := s3mem.New()
	if err := backend.CreateBucket("backups"); err != nil {
		t.Fatal(err)
	}
	web := httptest.NewServer(gofakes3.New(backend, gofakes3.WithLogger(gofakes3.DiscardLog())).Server())
	transport := &http.Transport{}
	t.Cleanup(func() { transport.CloseIdleConnections(); web.Close() })
	bucket, err := vault.OpenS3(vault.S3Options{
		Endpoint: strings.TrimPrefix(web.URL, "http://"), Bucket: "backups", Prefix: "lora", AccessKey: "key", SecretKey: "secret", Transport: transport,
	})
	if err != nil {
		t.Fatal(err)
	}
	return func(o *archive.Options) {
		o.Backup.Places = append(o.Backup.Places, archive.BackupPlace{Name: "s3", Location: "backups/lora", Vault: bucket})
	}
}

// scratch is an empty database for a rehearsal.
func scratch(ctx context.Context) (archive.BackupDatabase, func() error, error) {
	dir, err := os.MkdirTemp("", "rehearsal")
	if err != nil {
		return nil, nil, err
	}
	s, err := store.Open(ctx, store.Options{DataDir: dir})
	if err != nil {
		return nil, nil, errors.Join(err, os.RemoveAll(dir))
	}
	return s, func() error { return errors.Join(s.Close(), os.RemoveAll(dir)) }, nil
}

func rootOf(t *testing.T, dir string) *guard.Root {
	t.Helper()
	root, err := guard.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = root.Close() })
	return root
}

// Announce implements archive.Announcer.
func (s *server) Announce(event string, data any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if t, ok := data.(lora.Transfer); ok {
		event += " " + string(t.Kind) + " " + string(t.State)
	}
	s.events = append(s.events, event)
}

func (s *server) ok(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

// fill gives the server adapters with files, a composition and a job with a picture;
// another number other ones.
func (s *server) fill(number int) {
	s.Helper()
	s.scan(number)
	s.generate(number)
}

// scan gives the server adapters with files, and a composition.
func (s *server) scan(number int) {
	s.Helper()
	ctx := s.Context()
	roots, err := s.store.Roots(ctx)
	s.ok(err)
	if len(roots) == 0 {
		s.ok(s.store.AddRoot(ctx, lora.Root{ID: storetest.RootID, Path: s.loras, Name: "loras", Writable: true}))
	}
	files := storetest.Batch(number*4, 4)
	for i := range files {
		f := &files[i]
		full := filepath.Join(s.loras, f.RelPath)
		s.ok(os.MkdirAll(filepath.Dir(full), 0o750))
		s.ok(os.WriteFile(full, []byte(strings.Repeat(f.Proposed.Name, 50)), 0o600))
		stem := strings.TrimSuffix(full, ".safetensors")
		s.ok(os.WriteFile(stem+".json", []byte(`{"name":"`+f.Proposed.Name+`"}`), 0o600))
		s.ok(os.WriteFile(stem+".png", []byte("preview of "+f.Proposed.Name), 0o600))
		info, err := os.Stat(full)
		s.ok(err)
		f.Stamp = lora.FileStamp{Size: info.Size(), MtimeNS: info.ModTime().UnixNano(), Dev: 1, Inode: uint64(number*4 + i)}
		f.Proposed.FilePath = full
	}
	_, err = s.store.SaveScanned(ctx, files)
	s.ok(err)
	_, err = s.store.AddComposition(ctx, lora.Composition{Name: fmt.Sprint("scene ", number), Prefix: "a cat"})
	s.ok(err)
}

// generate ends a job with a picture.
func (s *server) generate(number int) string {
	s.Helper()
	ctx := s.Context()
	id := fmt.Sprintf("job-%d", number)
	_, _, err := s.store.AddJob(ctx, lora.Job{ID: id, Kind: lora.Generation, Engine: "sketch", Params: []byte(`{"prompt":"a cat"}`), MaxAttempts: 1})
	s.ok(err)
	job, found, err := s.store.ClaimJob(ctx, lora.JobClaim{Worker: "w", Slots: map[string]int{"sketch": 1}, Lease: time.Hour})
	s.ok(err)
	if !found {
		s.Fatal("no job is free")
	}
	kept, err := s.pics.Keep(ctx, picture(number), images.Texts{}, func(i lora.Image) error { return s.store.ReservePicture(ctx, job.ID, i) })
	s.ok(err)
	s.ok(s.store.KeptPicture(ctx, kept.Image.SHA256))
	_, err = s.store.EndJob(ctx, job.ID, job.Token, lora.Ending{Status: lora.JobSucceeded, Images: []lora.Image{kept.Image}})
	s.ok(err)
	return kept.Image.SHA256
}

// picture is a small picture, another one for another number.
func picture(number int) []byte {
	canvas := image.NewGray(image.Rect(0, 0, 8, 8))
	for i := range 32 {
		canvas.SetGray(i%8, i/8, color.Gray{Y: uint8(number >> (i % 16) * 16)})
	}
	canvas.SetGray(7, 7, color.Gray{Y: uint8(number)})
	canvas.SetGray(6, 7, color.Gray{Y: uint8(number >> 8)})
	var b bytes.Buffer
	if err := png.Encode(&b, canvas); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// checksum is over all rows of the database.
func (s *server) checksum() string {
	s.Helper()
	_, sum, err := s.store.Dump(s.Context(), func(string) (io.Writer, error) { return io.Discard, nil })
	s.ok(err)
	return sum
}

// back makes a backup.
func (s *server) back(o archive.BackupOrder) lora.Backup {
	s.Helper()
	b, err := s.MakeBackup(s.Context(), o)
	s.ok(err)
	if b.Status != "verified" || b.VerifiedAt == nil || b.Size == 0 || len(b.SHA256) != 64 {
		s.Fatalf("%+v", b)
	}
	return b
}

// await waits for a transfer that must be done.
func (s *server) await(t lora.Transfer, err error) lora.Transfer {
	s.Helper()
	t = s.ended(t, err)
	if t.State != lora.TransferDone {
		s.Fatalf("%s %s: %s", t.Kind, t.State, t.Error)
	}
	return t
}

// ended waits for a transfer to be over.
func (s *server) ended(t lora.Transfer, err error) lora.Transfer {
	s.Helper()
	s.ok(err)
	t, err = s.AwaitTransfer(s.Context(), t.ID)
	s.ok(err)
	if !t.State.Final() || t.FinishedAt == nil {
		s.Fatalf("%+v", t)
	}
	return t
}

// tree lists the files below a folder with the digest of each.
func tree(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(dir, func(name string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(name)
		sum := sha256.Sum256(data)
		rel, _ := filepath.Rel(dir, name)
		files[rel] = hex.EncodeToString(sum[:8])
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// backupCount is how many backups are made under load: a few, or as many as the variable
// LORAMANAGER_TEST_BACKUPS says.
func backupCount(t *testing.T) int {
	t.Helper()
	text := os.Getenv("LORAMANAGER_TEST_BACKUPS")
	if text == "" {
		return 6
	}
	var n int
	if _, err := fmt.Sscan(text, &n); err != nil {
		t.Fatal(err)
	}
	return n
}
