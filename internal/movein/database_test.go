package movein

import (
	"database/sql"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"loramanager/internal/lora"
)

// execute makes a database with the given statements.
func execute(t *testing.T, name string, statements ...string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o750); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", name)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range statements {
		if _, err := db.ExecContext(t.Context(), s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}

// invokeTree is a folder as InvokeAI leaves it.
func invokeTree(t *testing.T, dir string) {
	t.Helper()
	model := func(id, config string) string {
		return "INSERT INTO models (id, config) VALUES ('" + id + "', '" + config + "')"
	}
	execute(t, filepath.Join(dir, "databases", "invokeai.db"),
		`CREATE TABLE models (id TEXT NOT NULL PRIMARY KEY, config TEXT NOT NULL, type TEXT GENERATED ALWAYS AS (json_extract(config, '$.type')) VIRTUAL, created_at DATETIME)`,
		`CREATE TABLE style_presets (id TEXT NOT NULL PRIMARY KEY, name TEXT NOT NULL, preset_data TEXT NOT NULL, type TEXT NOT NULL DEFAULT 'user', created_at DATETIME NOT NULL DEFAULT(STRFTIME('%Y-%m-%d %H:%M:%f', 'NOW')))`,
		model("k1", `{"key": "k1", "hash": "blake3:`+strings.Repeat("ab", 32)+`", "base": "sd-1", "type": "lora", "format": "lycoris", "path": "k1/ink.safetensors", "name": "Ink lines",
			"description": "Soft <b>ink</b><script>alert(1)</script>", "source": "https://civitai.com/models/1?modelVersionId=2", "trigger_phrases": ["inkstyle", "thin lines"],
			"default_settings": {"weight": 0.65, "weight_min": -1, "weight_max": 1.5}, "cover_image": null}`),
		model("k2", `{"key": "k2", "hash": "random:1234", "base": "flux", "type": "lora", "path": "/elsewhere/other.safetensors", "name": "Other", "trigger_phrases": null, "default_settings": null}`),
		model("k3", `{"key": "k3", "type": "main", "path": "k3/model.safetensors", "name": "A checkpoint"}`),
		model("k4", `{"key": "../../../../etc/k4", "type": "lora", "path": "../../../../etc/passwd", "name": "Hostile"}`),
		model("k5", `{"key": "k5", "type": "lora", "path": 5}`),
		`INSERT INTO style_presets (id, name, preset_data, type) VALUES ('p1', 'Ink look', '{"positive_prompt": "ink, {prompt}", "negative_prompt": "photo"}', 'user'),
			('p2', 'Built in', '{"positive_prompt": "x", "negative_prompt": ""}', 'default'), ('p3', 'Broken', '[', 'user')`)
	for _, name := range []string{"k1/ink.safetensors", "model_images/k1.webp"} {
		full := filepath.Join(dir, "models", filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(full), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(full, []byte(weights), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func TestInvokeAIsModelsAndPresetsComeOver(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	invokeTree(t, dir)
	adapters, compositions, _, notes := read(t, rootAt(t, dir))
	if len(adapters) != 3 || len(compositions) != 1 {
		t.Fatalf("%d adapters, %d compositions, notes %q", len(adapters), len(compositions), notes)
	}
	ink := adapters[0].Record.Adapter
	if ink.Name != "Ink lines" || *ink.Description != "Soft <b>ink</b>" || !slices.Equal(ink.TrainedWords, []string{"inkstyle", "thin lines"}) ||
		ink.Weight != 0.65 || *ink.WeightMin != -1 || *ink.WeightMax != 1.5 || ink.RelPath != "models/k1/ink.safetensors" || ink.Claimed[0].Kind != "blake3" {
		t.Errorf("got %+v", ink)
	}
	if len(adapters[0].Files) != 2 || adapters[0].Files[0].Kind != primary || adapters[0].Files[1].Kind != preview {
		t.Errorf("files %+v", adapters[0].Files)
	}
	for i, name := range map[int]string{1: "Other", 2: "Hostile"} {
		if r := adapters[i]; r.Record.Adapter.Name != name || len(r.Files) != 0 || r.Note == "" || len(r.Record.Adapter.Claimed) != 0 {
			t.Errorf("got %+v", r)
		}
	}
	if c := compositions[0]; c.Name != "Ink look" || c.Prefix != "ink, {prompt}" || c.Negative != "photo" {
		t.Errorf("composition %+v", c)
	}
	for _, name := range []string{"k5", "Broken"} {
		if !slices.ContainsFunc(notes, func(n string) bool { return strings.Contains(n, name) }) {
			t.Errorf("no note names %s: %q", name, notes)
		}
	}
}

const prototypeTables = `CREATE TABLE adapter (id VARCHAR NOT NULL PRIMARY KEY, name VARCHAR NOT NULL, version VARCHAR, canonical_version_name VARCHAR, description VARCHAR,
	author_username VARCHAR, visibility VARCHAR NOT NULL, published_at DATETIME, tags JSON, trained_words JSON, triggers JSON, file_path VARCHAR NOT NULL, weight FLOAT NOT NULL,
	active BOOLEAN NOT NULL, ordinal INTEGER, archetype VARCHAR, archetype_confidence FLOAT, primary_file_name VARCHAR, primary_file_size_kb INTEGER, primary_file_sha256 VARCHAR,
	primary_file_download_url VARCHAR, primary_file_local_path VARCHAR, supports_generation BOOLEAN NOT NULL, sd_version VARCHAR, nsfw_level INTEGER NOT NULL, activation_text VARCHAR,
	stats JSON, extra JSON, json_file_path VARCHAR, json_file_mtime DATETIME, json_file_size INTEGER, last_ingested_at DATETIME, created_at DATETIME NOT NULL, updated_at DATETIME NOT NULL);
CREATE TABLE deliveryjob (id VARCHAR NOT NULL PRIMARY KEY, prompt VARCHAR NOT NULL, mode VARCHAR NOT NULL, params VARCHAR, status VARCHAR NOT NULL, result VARCHAR, created_at DATETIME NOT NULL,
	started_at DATETIME, finished_at DATETIME, rating INTEGER, is_favorite BOOLEAN NOT NULL, rating_updated_at DATETIME, favorite_updated_at DATETIME);`

const prototypeRows = `INSERT INTO adapter (id, name, version, visibility, tags, trained_words, triggers, file_path, weight, active, ordinal, primary_file_sha256, supports_generation, nsfw_level,
	activation_text, stats, extra, created_at, updated_at) VALUES
	('6f9619ff-8b86-4011-b42d-00c04fc964ff', 'Ink lines', 'v1', 'Public', '["ink"]', '["inkstyle", "thin lines"]', '[]', '/srv/loras/ink.safetensors', 0, TRUE, 3, '` + hexDigest + `', FALSE, 4,
		'inkstyle', 'null', '{"a": 1}', '2025-01-02 03:04:05.000006', '2025-02-03 04:05:06'),
	('not a uuid', 'Poisoned', NULL, 'Public', 'null', 'null', '"text"', '../../etc/passwd', 1.0, FALSE, NULL, 'abc', FALSE, 0, NULL, NULL, NULL, '2025-01-02 03:04:05', '2025-01-02 03:04:05');
INSERT INTO deliveryjob (id, prompt, mode, params, status, created_at, started_at, finished_at, rating, is_favorite) VALUES
	('j1', 'an evening <lora:ink:0.7>', 'sdnext', '{"steps": 20}', 'succeeded', '2025-03-01 10:00:00', '2025-03-01 10:00:01', '2025-03-01 10:00:09', 4, TRUE),
	('j2', 'hello', 'http', 'broken', 'failed', '2025-03-02 10:00:00', NULL, NULL, NULL, FALSE),
	('j3', 'still open', 'sdnext', '{}', 'pending', '2025-03-03 10:00:00', NULL, NULL, NULL, FALSE);`

const hexDigest = "0d9bd1b873a7863e128b4672e3e245838858f71469a3cec58123c16c06f83bd7"

func checkPrototype(t *testing.T, adapters []Record, jobs []lora.Job) {
	t.Helper()
	if len(adapters) != 2 || len(jobs) != 2 {
		t.Fatalf("%d adapters, %d jobs", len(adapters), len(jobs))
	}
	slices.SortFunc(adapters, func(a, b Record) int { return strings.Compare(a.Record.Adapter.Name, b.Record.Adapter.Name) })
	ink := adapters[0].Record.Adapter
	if ink.ID != "6f9619ff-8b86-4011-b42d-00c04fc964ff" || ink.Weight != 0 || !ink.Active || *ink.Ordinal != 3 || ink.NSFWLevel != 4 ||
		!slices.Equal(ink.TrainedWords, []string{"inkstyle", "thin lines"}) || ink.Claimed[0].Value != hexDigest || ink.CreatedAt.Format("2006-01-02 15:04:05.000000") != "2025-01-02 03:04:05.000006" {
		t.Errorf("got %+v", ink)
	}
	if !slices.Contains(adapters[0].Fields, "weight") {
		t.Errorf("a weight of 0 is a weight: %v", adapters[0].Fields)
	}
	if bad := adapters[1]; bad.Record.Adapter.Tags != nil || len(bad.Record.Adapter.Claimed) != 0 || len(bad.Files) != 0 {
		t.Errorf("got %+v", bad)
	}
	if j := jobs[0]; j.Kind != lora.Generation || *j.Rating != 4 || !j.Favorite || len(j.Adapters) != 1 || j.Adapters[0].Name != "ink" || string(j.Params) != `{"steps":20}` {
		t.Errorf("got %+v", j)
	}
	if j := jobs[1]; j.Kind != lora.Delivery || j.Status != lora.JobFailed || j.FinishedAt == nil || string(j.Params) != "{}" {
		t.Errorf("got %+v", j)
	}
}

func TestThePrototypesDatabaseComesOver(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	execute(t, filepath.Join(dir, "db.sqlite"), prototypeTables, prototypeRows)
	adapters, _, jobs, _ := read(t, rootAt(t, dir))
	checkPrototype(t, adapters, jobs)
	found, err := Detect(t.Context(), rootAt(t, dir))
	if err != nil || len(found) != 1 || found[0].Manager != Prototype || found[0].Adapters != 2 || len(found[0].Notes) == 0 {
		t.Errorf("detected %+v, %v", found, err)
	}
}

func TestPromise3_ADatabaseThatIsBrokenInTheMiddleIsANote(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	name := filepath.Join(dir, "db.sqlite")
	filler := "INSERT INTO deliveryjob (id, prompt, mode, status, created_at, is_favorite) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000) SELECT 'x' || i, printf('%.200c', 'p'), 'http', 'failed', '2025-01-01', FALSE FROM n"
	execute(t, name, prototypeTables, prototypeRows, filler)
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	for i := len(data) / 2; i < len(data); i++ {
		data[i] = 0xff
	}
	if err := os.WriteFile(name, data, 0o600); err != nil {
		t.Fatal(err)
	}
	adapters, _, _, notes := read(t, rootAt(t, dir))
	if len(adapters) != 2 || len(notes) == 0 || !strings.Contains(notes[0], "db.sqlite") {
		t.Errorf("%d adapters, notes %q", len(adapters), notes)
	}
}

func TestADatabaseAddressOfAnotherKindIsRefused(t *testing.T) {
	t.Parallel()
	for _, address := range []string{"", "mysql://x", "file:///etc/passwd", "sqlite:///x"} {
		if _, err := OpenDatabase(t.Context(), address); lora.CodeOf(err) != lora.Invalid {
			t.Errorf("%q: %v", address, err)
		}
	}
	if _, err := OpenDatabase(t.Context(), "postgresql+psycopg://nobody@127.0.0.1:1/none?connect_timeout=1"); lora.CodeOf(err) != lora.Unavailable {
		t.Errorf("a database that is not there: %v", err)
	}
}
