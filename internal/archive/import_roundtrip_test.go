package archive

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unsafe"

	"loramanager/internal/guard"
	"loramanager/internal/images"
	"loramanager/internal/lora"
	"loramanager/internal/store"
	"loramanager/internal/store/pgtest"
	"loramanager/internal/store/storetest"
)

// onPostgres is a place whose catalog is in PostgreSQL.
func onPostgres(t *testing.T) *place {
	t.Helper()
	s, err := store.Open(t.Context(), store.Options{URL: pgtest.Database(t), DataDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	return placeOn(t, s)
}

// fill makes a catalog at random: files with sidecars and previews, what a user entered,
// compositions with versions, generations with pictures, settings.
func (p *place) fill(r *rand.Rand) {
	p.t.Helper()
	var ids []string
	for i := range 6 + r.IntN(6) {
		rel := fmt.Sprintf("f%d/ink %d.safetensors", r.IntN(3), i)
		dir := filepath.Join(p.home, filepath.Dir(rel))
		stem := filepath.Join(p.home, strings.TrimSuffix(rel, ".safetensors"))
		if err := os.MkdirAll(dir, 0o755); err != nil {
			p.t.Fatal(err)
		}
		if r.IntN(2) == 0 {
			p.write(stem+".json", fmt.Appendf(nil, `{"description":"from a sidecar %d","activation text":"word%d","preferred weight":0.%d}`, i, i, 1+r.IntN(8)))
		}
		if r.IntN(2) == 0 {
			p.write(stem+".preview.png", pictureBytes(uint8(i)))
		}
		a := p.put(rel, weights(fmt.Sprint(r.Uint64())))
		ids = append(ids, a.ID)
	}
	p.digests()
	for _, id := range ids {
		patch := []string{
			fmt.Sprintf(`{"rating":%d,"notes":"note %d"}`, 1+r.IntN(5), r.IntN(100)), `{"weight":0,"active":true,"ordinal":3}`,
			`{"tags":["a","日本語"],"favorite":true}`, `{"triggers":[],"description":"<b>mine</b>"}`, fmt.Sprintf(`{"name":"named %d","version":"v1"}`, r.IntN(1e6)),
		}
		p.edit(id, patch[r.IntN(len(patch))])
	}
	p.fillRest(r, ids)
}

func (p *place) fillRest(r *rand.Rand, ids []string) {
	p.t.Helper()
	ctx := p.t.Context()
	for i := range 2 {
		c, err := p.store.AddComposition(ctx, lora.Composition{
			Name: fmt.Sprint("composition ", i), Prefix: "a cat", Negative: "blurry",
			Entries: []lora.Composed{{Use: lora.Use{AdapterID: ids[r.IntN(len(ids))], Name: "ink", Weight: 0.5}, Enabled: true}},
		})
		if err == nil {
			c.Prefix = "two cats"
			_, err = p.store.ReplaceComposition(ctx, c)
		}
		if err != nil {
			p.t.Fatal(err)
		}
	}
	for i := range 3 {
		job := storetest.Generation(i)
		job.ID, job.CreatedAt = fmt.Sprintf("0f0e0d0c-0b0a-4908-8706-%012d", i), storetest.ResultTime(i)
		job.Adapters = []lora.Use{{AdapterID: ids[i], Name: "ink", Weight: 0.7}}
		if _, _, err := p.store.AddJob(ctx, job); err != nil {
			p.t.Fatal(err)
		}
		running, _, err := p.store.ClaimJob(ctx, lora.JobClaim{Worker: "w", Slots: map[string]int{job.Engine: 9}, Lease: time.Hour})
		if err != nil {
			p.t.Fatal(err)
		}
		kept, err := p.pics.Keep(ctx, pictureBytes(uint8(100+i)), images.Texts{Parameters: "a cat\nSteps: 1, Sampler: Euler, Seed: 3"}, func(picture lora.Image) error {
			return p.store.ReservePicture(ctx, running.ID, picture)
		})
		if err == nil {
			err = p.store.KeptPicture(ctx, kept.Image.SHA256)
		}
		if err == nil {
			_, err = p.store.EndJob(ctx, running.ID, running.Token, lora.Ending{Status: lora.JobSucceeded, Images: []lora.Image{kept.Image}, Result: []byte(`{"status":"completed"}`)})
		}
		if rating := 1 + r.IntN(5); err == nil {
			_, err = p.store.RateResults(ctx, []string{running.ID}, &rating)
		}
		if err != nil {
			p.t.Fatal(err)
		}
	}
	if err := os.MkdirAll(filepath.Join(p.words, "colours"), 0o755); err != nil {
		p.t.Fatal(err)
	}
	p.write(filepath.Join(p.words, "colours", "warm.txt"), []byte("red\norange\n"))
	if _, err := p.store.AddSavedSearch(ctx, lora.SavedSearch{Name: "cats", Q: "cat", Sort: "name", Order: "asc"}); err != nil {
		p.t.Fatal(err)
	}
}

func (p *place) write(name string, data []byte) {
	p.t.Helper()
	if err := os.WriteFile(name, data, 0o600); err != nil {
		p.t.Fatal(err)
	}
}

func pictureBytes(shade uint8) []byte {
	picture := image.NewGray(image.Rect(0, 0, 8, 8))
	for i := range picture.Pix {
		picture.SetGray(i%8, i/8, color.Gray{Y: shade + uint8(i)})
	}
	var b bytes.Buffer
	if err := png.Encode(&b, picture); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// everything is the catalog as an export hands it out, in its order, without what tells of
// the place it is in.
func (p *place) everything() []string {
	p.t.Helper()
	var all []string
	scope := lora.ExportScope{Adapters: true, Compositions: true, Jobs: true, Settings: true, Taste: true}
	err := p.store.Export(p.t.Context(), scope, func(r lora.ArchiveRecord) error {
		if r.Root != nil {
			return nil
		}
		if a := r.Adapter; a != nil {
			a.RootID, a.FilePath, a.PrimaryFileLocalPath, a.JSONFilePath, a.JSONFileMtime, a.LastIngestedAt = "", "", nil, nil, nil, nil
			a.UpdatedAt, a.Preview, a.Origin, a.OriginDetail, a.RootPath = time.Time{}, nil, "", "", ""
			a.Stamp = lora.FileStamp{Size: a.Stamp.Size}
			text, err := json.Marshal(struct {
				*lora.ArchivedAdapter
				Rel, Preview string
			}{a, a.RelPath, a.PreviewRel})
			all = append(all, string(text))
			return err
		}
		kind, line, err := encodeRecord(&r)
		all = append(all, string(kind)+" "+string(line))
		return err
	})
	if err != nil {
		p.t.Fatal(err)
	}
	return all
}

// contents are all files below the library folder, and the wildcards, by name.
func (p *place) contents() map[string]string {
	p.t.Helper()
	all := map[string]string{}
	for _, dir := range []string{p.home, p.words} {
		for _, name := range treeOf(p.t, dir) {
			data, err := os.ReadFile(filepath.Join(dir, name))
			if err != nil {
				p.t.Fatal(err)
			}
			all[name] = string(data)
		}
	}
	return all
}

// export writes everything into files and returns their names.
func (p *place) export(o ExportOptions) []string {
	p.t.Helper()
	planned, err := p.PlanExport(p.t.Context(), o)
	if err == nil {
		planned, err = p.WaitExport(p.t.Context(), planned.ID)
	}
	if err != nil {
		p.t.Fatal(err)
	}
	var names []string
	for _, part := range planned.Parts {
		d, err := p.OpenExport(p.t.Context(), planned.ID, part.Number)
		if err != nil {
			p.t.Fatal(err)
		}
		name := filepath.Join(p.t.TempDir(), d.Name)
		file, err := os.Create(name)
		if err == nil {
			err = d.WriteRange(p.t.Context(), file, 0, d.Size)
		}
		if err == nil {
			err = file.Close()
		}
		if closeErr := d.Close(); err == nil {
			err = closeErr
		}
		if err != nil {
			p.t.Fatal(err)
		}
		names = append(names, name)
	}
	if err := p.DropExport(p.t.Context(), planned.ID); err != nil {
		p.t.Fatal(err)
	}
	return names
}

func exportAll() ExportOptions {
	return ExportOptions{Adapters: true, Files: true, Compositions: true, Jobs: true, Images: true, Settings: true, Taste: true}
}

func TestPromise7_WhatWasExportedComesBackEqualInTheOtherDatabase(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name     string
		from, to func(t *testing.T) *place
		part     int64
		password string
	}{
		{"SQLite to PostgreSQL", func(t *testing.T) *place { t.Helper(); return newPlace(t) }, onPostgres, 0, ""},
		{"PostgreSQL to SQLite, encrypted", onPostgres, func(t *testing.T) *place { t.Helper(); return newPlace(t) }, 0, "hunter2"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			seed := rand.Uint64()
			t.Logf("seed %d", seed)
			from, to := c.from(t), c.to(t)
			from.fill(rand.New(rand.NewPCG(seed, 1)))
			o := exportAll()
			o.Keys.Passphrase, o.Keys.Work, o.PartBytes = guard.Secret(c.password), 10, c.part
			parts := from.export(o)
			request := ImportRequest{Paths: parts, Passphrase: c.password}
			id, items := to.planned(request)
			for _, item := range items {
				if item.Action != lora.ImportCreate || item.FileAction != "place" {
					t.Errorf("in an empty catalog all is new: %+v", item)
				}
			}
			done := to.apply(id)
			if done.Counts.Images != 3 || done.Counts.Jobs != 3 || done.Counts.Compositions != 2 {
				t.Errorf("it tells %+v, %q", done.Counts, done.Notes)
			}
			was, is := from.everything(), to.everything()
			for i := range max(len(was), len(is)) {
				if i >= len(was) || i >= len(is) || was[i] != is[i] {
					t.Fatalf("record %d differs:\n%s\n%s", i, at(was, i), at(is, i))
				}
			}
			if a, b := from.contents(), to.contents(); !equalFiles(a, b) {
				t.Errorf("files differ: %v and %v", from.tree(), to.tree())
			}
			to.clean()
			to.write(filepath.Join(to.words, "colours", "warm.txt"), []byte("mine"))
			_, items = to.planned(request)
			if list, err := to.Transfers(t.Context(), 1); err != nil || !slices.ContainsFunc(list[0].Notes, func(n string) bool { return strings.Contains(n, "colours/warm.txt") }) {
				t.Errorf("a wildcard with other lines is told of: %+v, %v", list, err)
			}
			for _, item := range items {
				if item.Action != lora.ImportSame || item.FileAction != "present" {
					t.Errorf("a second time nothing changes: %+v", item)
				}
			}
		})
	}
}

func at(list []string, i int) string {
	if i < len(list) {
		return list[i]
	}
	return "nothing"
}

func equalFiles(a, b map[string]string) bool {
	for name, data := range a {
		if b[name] != data {
			return false
		}
	}
	return len(a) == len(b)
}

func TestPromise4_APlanOfThousandsIsHeldInFewBytesEach(t *testing.T) {
	t.Parallel()
	const n = 5000
	p := newPlace(t)
	var manifest strings.Builder
	members := []string{}
	for i := range n {
		if i > 0 {
			manifest.WriteByte(',')
		}
		fmt.Fprintf(&manifest, `{"id":"a%d","name":"ink %d","metadata_path":"adapters/%d/metadata.json","files":[]}`, i, i, i)
		members = append(members, fmt.Sprintf("adapters/%d/metadata.json", i), fmt.Sprintf(`{"name":"ink %d","description":"%s","tags":["a","b"],"weight":0.7}`, i, strings.Repeat("long text ", 200)))
	}
	members = append(members, "manifest.json", `{"adapters":[`+manifest.String()+`]}`)
	from := filepath.Join(t.TempDir(), "a.zip")
	p.write(from, zipped(t, members...))
	id, items := p.planned(ImportRequest{Paths: []string{from}})
	m, err := p.imports.planned(id)
	if err != nil || len(items) != n {
		t.Fatalf("%d items, %v", len(items), err)
	}
	if perItem := int(unsafe.Sizeof(entry{})); len(m.entries) != n || perItem > 128 {
		t.Errorf("an item takes %d bytes of memory", perItem)
	}
	page, next, err := p.ImportItems(t.Context(), id, lora.ImportCreate, items[4000].Key, 3)
	if err != nil || next != "4003" || page[0].Name != items[4001].Name {
		t.Errorf("a page: %+v, %q, %v", page, next, err)
	}
	if done := p.apply(id); done.Counts.Create != n {
		t.Errorf("it tells %+v", done.Counts)
	}
	_, items = p.planned(ImportRequest{Paths: []string{from}})
	if i := slices.IndexFunc(items, func(item lora.ImportItem) bool { return item.Action != lora.ImportSame }); i >= 0 {
		t.Errorf("a second time nothing changes: %+v", items[i])
	}
}
