package httpapi

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"testing"

	"loramanager/internal/archive"
	"loramanager/internal/catalog"
	"loramanager/internal/guard"
	"loramanager/internal/hub"
	"loramanager/internal/images"
	"loramanager/internal/lora"
	"loramanager/internal/origin"
	"loramanager/internal/store"
	"loramanager/internal/vault"
	"loramanager/tests/fakehub"
)

// archives is what a house needs for the fourth story.
type archives struct {
	archive *archive.Archive
	uploads *archive.Uploads
	hubs    *fakehub.Hub
	data    string
}

// searcher is the store as exports search it.
type searcher struct{ *store.Store }

func (s searcher) AdapterIDs(ctx context.Context, q string) ([]string, error) {
	return s.MatchingIDs(ctx, catalog.Query{Text: q})
}

// crier tells clients of transfers.
type crier struct{ *house }

func (c crier) Announce(eventType string, data any) {
	if t, ok := data.(lora.Transfer); ok {
		data = TransferReply{Transfer: t}
	}
	c.hub.Announce(eventType, data)
}

// openArchives opens the rooms of the fourth story on real folders until the test ends.
func openArchives(t *testing.T, h *house, pictures *images.Pictures, wildcards *guard.Root) *archives {
	t.Helper()
	folder := func(dir string) *guard.Root {
		root, err := guard.OpenRoot(dir)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = root.Close() })
		return root
	}
	a := &archives{data: t.TempDir()}
	var err error
	a.uploads, err = archive.OpenUploads(archive.UploadsOptions{Root: folder(t.TempDir()), Limit: guard.Default().UploadBytes, Prefix: UploadsPath, Fail: Refuse})
	if err != nil {
		t.Fatal(err)
	}
	backups := t.TempDir()
	a.archive, err = archive.New(archive.Options{
		Export: archive.ExportPorts{Catalog: h.store, Pictures: pictures, Search: searcher{h.store}, Wildcards: wildcards},
		Import: archive.ImportPorts{Catalog: h.store, Library: h.library, Pictures: pictures, Uploads: a.uploads},
		Backup: archive.BackupPorts{
			Database: h.store, Schedules: h.store, Restored: func(context.Context) {},
			Places: []archive.BackupPlace{{Name: "folder", Location: backups, Vault: vault.OpenFolder(vault.FolderOptions{Root: folder(backups)})}},
			Scratch: func(ctx context.Context) (archive.BackupDatabase, func() error, error) {
				db, err := store.Open(ctx, store.Options{URL: "sqlite:///" + filepath.Join(t.TempDir(), "scratch.db")})
				if err != nil {
					return nil, nil, err
				}
				return db, db.Close, nil
			},
		},
		History: h.store, Announcer: crier{h}, Data: folder(a.data), Program: "test", Schema: h.store.Schema(),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.archive.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return a
}

// await waits until nothing works on a transfer and returns it as clients read it.
func (h *house) await(id string) lora.Transfer {
	h.t.Helper()
	if _, err := h.archives.archive.AwaitTransfer(h.t.Context(), id); err != nil {
		h.t.Fatal(err)
	}
	var r TransferReply
	h.do("GET", "/transfers/"+id, nil, 200, &r)
	return r.Transfer
}

// done waits for a transfer that must succeed.
func (h *house) done(id string) lora.Transfer {
	h.t.Helper()
	transfer := h.await(id)
	if transfer.State != lora.TransferDone {
		h.t.Fatalf("%s %s: %s", transfer.Kind, transfer.State, transfer.Error)
	}
	return transfer
}

// fetch sends a request below /api/v1 with headers and returns the answer and its body.
func (h *house) fetch(method, path, body string, headers ...string) (*http.Response, []byte) {
	h.t.Helper()
	r := h.ask(h.t, method, apiPrefix+path, body, headers...)
	raw, err := io.ReadAll(r.Body)
	if err != nil {
		h.t.Fatalf("%s %s: %v", method, path, err)
	}
	return r, raw
}

// exported is the archive of an export that has one part.
func (h *house) exported(config any) []byte {
	h.t.Helper()
	var planned ExportReply
	h.do("POST", "/exports", config, 201, &planned)
	r, raw := h.fetch("GET", planned.Export.Parts[0].URL[len(apiPrefix):], "")
	if r.StatusCode != 200 || int64(len(raw)) != planned.Export.Parts[0].Size {
		h.t.Fatalf("%d, %d bytes of %d", r.StatusCode, len(raw), planned.Export.Parts[0].Size)
	}
	return raw
}

// upload sends a file in pieces and returns the id of the upload.
func (h *house) upload(name string, content []byte, pieces int) string {
	h.t.Helper()
	begin := h.ask(h.t, "POST", UploadsPath, "", "Tus-Resumable: 1.0.0", fmt.Sprintf("Upload-Length: %d", len(content)),
		"Upload-Metadata: filename "+base64.StdEncoding.EncodeToString([]byte(name)))
	if begin.StatusCode != http.StatusCreated {
		h.t.Fatalf("begin: %d %s", begin.StatusCode, text(h.t, begin))
	}
	at := begin.Header.Get("Location")
	for sent := 0; sent < len(content); {
		end := min(len(content), sent+len(content)/pieces+1)
		r := h.ask(h.t, "PATCH", at, string(content[sent:end]), "Tus-Resumable: 1.0.0", fmt.Sprintf("Upload-Offset: %d", sent), "Content-Type: application/offset+octet-stream")
		if r.StatusCode != http.StatusNoContent || r.Header.Get("Upload-Offset") != fmt.Sprint(end) {
			h.t.Fatalf("piece: %d %q %s", r.StatusCode, r.Header.Get("Upload-Offset"), text(h.t, r))
		}
		sent = end
	}
	return filepath.Base(at)
}

// rootID is the id of the one library folder.
func (h *house) rootID() string {
	h.t.Helper()
	var roots RootList
	h.do("GET", "/roots", nil, 200, &roots)
	return roots.Roots[0].ID
}

// form is a form as clients of the prototype send it.
func form(boundary, config string, files map[string][]byte) string {
	var b bytes.Buffer
	for name, content := range files {
		fmt.Fprintf(&b, "--%s\r\nContent-Disposition: form-data; name=\"files\"; filename=%q\r\nContent-Type: application/zip\r\n\r\n%s\r\n", boundary, name, content)
	}
	if config != "" {
		fmt.Fprintf(&b, "--%s\r\nContent-Disposition: form-data; name=\"config\"\r\n\r\n%s\r\n", boundary, config)
	}
	fmt.Fprintf(&b, "--%s--\r\n", boundary)
	return b.String()
}

// readInto reads JSON that an answer holds.
func readInto(t *testing.T, body string, out any) {
	t.Helper()
	if err := json.Unmarshal([]byte(body), out); err != nil {
		t.Fatalf("%v: %s", err, body)
	}
}

const hubToken = "hub-token-1234"

// openOrigin joins the house to hubs that are played.
func openOrigin(t *testing.T, h *house) *origin.Origin {
	t.Helper()
	h.hubs = fakehub.New(fakehub.Sample())
	t.Cleanup(h.hubs.Close)
	hubs, err := hub.Open(hub.Options{CivitaiURL: h.hubs.URL(), CivitaiToken: hubToken, FileHosts: []string{h.hubs.FileHost()}})
	if err != nil {
		t.Fatal(err)
	}
	asked := make([]origin.Hub, len(hubs))
	for i := range hubs {
		asked[i] = hubs[i]
		t.Cleanup(hubs[i].Close)
	}
	o := origin.New(origin.Options{
		Hubs: asked, Catalog: h.store, Updates: h.store, Adapters: h.store, Downloads: h.store, Library: h.library, Announcer: h.hub, Draw: h.studio.pictures.Preview,
	})
	if err := o.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := o.Close(); err != nil {
			t.Error(err)
		}
	})
	return o
}
