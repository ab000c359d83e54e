package main

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"loramanager/internal/lora"
	"loramanager/internal/store/pgtest"
)

// bare makes a folder with n adapter files and nothing beside them. Those of two folders are
// the same as far as they go, under other names.
func bare(t *testing.T, n int) (dir string, names []string) {
	t.Helper()
	samples, dir := filepath.Join(t.TempDir(), "samples"), t.TempDir()
	works(t, nil, "sample", samples, "-n", fmt.Sprint(n))
	err := filepath.WalkDir(samples, func(path string, _ os.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".safetensors" {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		names = append(names, fmt.Sprintf("%d_of_%d", len(names), n))
		return os.WriteFile(filepath.Join(dir, names[len(names)-1]+".safetensors"), data, 0o600)
	})
	if err != nil || len(names) != n {
		t.Fatalf("%d adapter files: %v", len(names), err)
	}
	return dir, names
}

// listed are the adapters of a running server by the stem of their file.
func (r *running) listed() map[string]lora.Adapter {
	r.t.Helper()
	var page struct{ Items []lora.Adapter }
	r.get("/api/v1/adapters?per_page=100", &page)
	found := map[string]lora.Adapter{}
	for _, a := range page.Items {
		found[strings.TrimSuffix(a.FileName, filepath.Ext(a.FileName))] = a
	}
	return found
}

func put(t *testing.T, text string, path ...string) {
	t.Helper()
	name := filepath.Join(path...)
	if err := os.MkdirAll(filepath.Dir(name), 0o750); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func count(t *testing.T, dir string) (files int) {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(dir, "*.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	return len(found)
}

func TestMovingInFromAFolderOfTheLibraryCopiesNothing(t *testing.T) {
	loras, names := bare(t, 3)
	data := filepath.Join(t.TempDir(), "data")
	r := start(t, data, "--root="+loras)
	r.adapters(3)
	r.halt()
	put(t, `{"file_name":"`+names[0]+`","model_name":"Ink","notes":"from there","favorite":true,"usage_tips":"{\"strength\": 0.6}"}`, loras, names[0]+".metadata.json")
	for turn, want := range []lora.ImportCounts{{Update: 1}, {Same: 1}} {
		var done lora.Transfer
		works(t, &done, "move-in", loras, "--policy=newest", "--json", "--data="+data)
		if c := done.Counts; done.State != lora.TransferDone || c == nil || c.Create != 0 || c.Files != 0 || c.Update != want.Update {
			t.Errorf("turn %d: %s %+v", turn+1, done.State, c)
		}
	}
	if n := count(t, loras); n != 3 {
		t.Errorf("%d files", n)
	}
	r = start(t, data)
	defer r.halt()
	r.adapters(3)
	if a := r.listed()[names[0]]; a.Notes != "from there" || !a.Favorite || a.Weight != 0.6 {
		t.Errorf("%+v", a)
	}
}

func TestMovingInFromAnotherFolderBringsTheFilesOnce(t *testing.T) {
	here, _ := bare(t, 1) // one of the four is here already
	there, names := bare(t, 4)
	data := filepath.Join(t.TempDir(), "data")
	r := start(t, data, "--root="+here)
	r.adapters(1)
	r.digested()
	r.halt()
	for _, name := range names {
		put(t, `{"description":"of `+name+`","preferred weight":0.4,"notes":""}`, there, name+".json")
	}
	var first, again lora.Transfer
	works(t, &first, "move-in", there, "--policy=newest", "--json", "--data="+data)
	works(t, &again, "move-in", there, "--policy=newest", "--json", "--data="+data)
	if first.Counts == nil || first.Counts.Create != 3 || first.Counts.Update != 1 || first.Counts.Files != 3 {
		t.Errorf("first: %+v %v", first.Counts, first.Notes)
	}
	if again.Counts == nil || again.Counts.Same != 4 || again.Counts.Create != 0 || again.Counts.Files != 0 {
		t.Errorf("again: %+v %v", again.Counts, again.Notes)
	}
	refuses(t, exitProblem, "no library folder", "move-in", there, "--into=nowhere", "--dry-run", "--data="+data)
	if n := count(t, there); n != 4 {
		t.Errorf("%d of 4 files are left there", n)
	}
}

func TestMovingInFromTheFirstVersionsDatabase(t *testing.T) {
	loras, names := bare(t, 2)
	data := filepath.Join(t.TempDir(), "data")
	r := start(t, data, "--root="+loras)
	r.adapters(2)
	r.halt()
	address := pgtest.Database(t)
	db, err := sql.Open("pgx", address)
	if err != nil {
		t.Fatal(err)
	}
	for _, statement := range []string{
		`CREATE TABLE adapter (id VARCHAR, name VARCHAR, version VARCHAR, canonical_version_name VARCHAR, description VARCHAR, author_username VARCHAR, visibility VARCHAR,
			published_at TIMESTAMP, tags JSON, trained_words JSON, triggers JSON, file_path VARCHAR, weight FLOAT, active BOOLEAN, ordinal INTEGER, archetype VARCHAR, archetype_confidence FLOAT,
			primary_file_name VARCHAR, primary_file_size_kb INTEGER, primary_file_sha256 VARCHAR, primary_file_download_url VARCHAR, supports_generation BOOLEAN, sd_version VARCHAR,
			nsfw_level INTEGER, activation_text VARCHAR, stats JSON, extra JSON, created_at TIMESTAMP, updated_at TIMESTAMP)`,
		`CREATE TABLE deliveryjob (id VARCHAR, prompt VARCHAR, mode VARCHAR, params VARCHAR, status VARCHAR, created_at TIMESTAMP, started_at TIMESTAMP, finished_at TIMESTAMP,
			rating INTEGER, is_favorite BOOLEAN, rating_updated_at TIMESTAMP, favorite_updated_at TIMESTAMP)`,
		`INSERT INTO adapter (id, name, visibility, tags, file_path, weight, active, nsfw_level, description, created_at, updated_at) VALUES
			('6f9619ff-8b86-4011-b42d-00c04fc964ff', 'Another name', 'Public', '["moved"]', '` + filepath.Join(loras, names[1]+".safetensors") + `', 0.45, TRUE, 0, 'Kept', '2025-01-02 03:04:05', '2099-02-03 04:05:06')`,
	} {
		if _, err := db.ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	var done lora.Transfer
	works(t, &done, "move-in", "--database="+address, "--policy=replace", "--json", "--data="+data)
	if done.Kind != lora.TransferMoveIn || done.Counts == nil || done.Counts.Create != 0 || done.Counts.Update != 1 {
		t.Fatalf("%+v %+v", done, done.Counts)
	}
	works(t, &done, "move-in", "--database="+address, "--policy=replace", "--json", "--data="+data)
	if done.Counts == nil || done.Counts.Same != 1 {
		t.Errorf("again: %+v", done.Counts)
	}
	r = start(t, data)
	r.adapters(2)
	if a := r.listed()[names[1]]; a.Weight != 0.45 || a.Description == nil || *a.Description != "Kept" || len(a.Tags) != 1 {
		t.Errorf("%+v", a)
	}
	r.halt()

	refuses(t, exitProblem, "--database", "move-in", "--data="+data)
	refuses(t, exitProblem, "--database", "move-in", loras, "--database="+address, "--data="+data)
	refuses(t, exitProblem, "postgresql://", "move-in", "--database=mysql://x", "--data="+data)
	wrong := "postgresql://someone:geheim-1234@127.0.0.1:1/none"
	code, out, errs := typed(t.Context(), t, nil, "move-in", "--database="+wrong, "--data="+data)
	if code != exitProblem || !strings.Contains(errs, "does not answer") || strings.Contains(out+errs, "geheim") || strings.Contains(out+errs, url.QueryEscape(wrong)) {
		t.Errorf("exit %d: %q %q", code, out, errs)
	}
}

// beside orders sidecars and waits for them.
func (r *running) beside(format string, overwrite bool) lora.Transfer {
	r.t.Helper()
	body, err := json.Marshal(map[string]any{"format": format, "q": "", "overwrite": overwrite})
	if err != nil {
		r.t.Fatal(err)
	}
	var began struct{ Transfer lora.Transfer }
	r.post("/api/v1/sidecars", string(body), 202, &began)
	done := r.over(began.Transfer.ID)
	if done.State != lora.TransferDone {
		r.t.Fatalf("%s: %+v", format, done)
	}
	return done
}
