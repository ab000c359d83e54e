package movein

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"math"
	"path"
	"path/filepath"
	"strings"

	"loramanager/internal/guard"
	"loramanager/internal/lora"
	"loramanager/internal/prompt"
)

// prototype reads the database of this program's first version: its adapters and the
// jobs that ended. Lists are JSON in text columns; pickled columns are never read.
type prototype struct {
	db  *sql.DB
	rel string
}

const selectPrototype = `SELECT id, name, version, canonical_version_name, description, author_username, visibility, published_at, tags, trained_words,
	triggers, file_path, weight, active, ordinal, archetype, archetype_confidence, primary_file_name, primary_file_size_kb, primary_file_sha256,
	primary_file_download_url, supports_generation, sd_version, nsfw_level, activation_text, stats, extra, created_at, updated_at FROM adapter ORDER BY id`

func (p prototype) records(ctx context.Context, s *Source, each func(Record) error) error {
	err := eachRow(ctx, p.db, selectPrototype, func(r row) error { return each(adapterOf(r, s)) })
	if err != nil {
		return databaseFailed(ctx, s, p.rel, err)
	}
	err = eachRow(ctx, p.db, `SELECT id, prompt, mode, params, status, created_at, started_at, finished_at, rating, is_favorite, rating_updated_at, favorite_updated_at
		FROM deliveryjob WHERE status IN ('succeeded', 'failed', 'cancelled') ORDER BY created_at, id`, func(r row) error {
		job := jobOf(r)
		if job == nil {
			s.notes.add(fmt.Sprintf("The job %s could not be read.", clean(r.text("id"))))
			return nil
		}
		return each(Record{Manager: Prototype, Record: lora.ArchiveRecord{Job: job}})
	})
	return databaseFailed(ctx, s, p.rel, err)
}

// adapterOf reads one adapter. Null or broken values lose themselves only.
func adapterOf(r row, s *Source) Record {
	f := &facts{manager: Prototype}
	a := &f.adapter
	a.ID = clean(r.text("id"))
	set(f, "name", &a.Name, clean(r.text("name")), clean(r.text("name")) != "")
	if a.Name == "" {
		a.Name = firstOf(path.Base(filepath.ToSlash(r.text("file_path"))))
	}
	for field, into := range map[string]**string{
		"version": &a.Version, "author_username": &a.AuthorUsername, "canonical_version_name": &a.CanonicalVersionName, "archetype": &a.Archetype,
		"sd_version": &a.SDVersion, "activation_text": &a.ActivationText, "primary_file_download_url": &a.PrimaryFileDownloadURL,
	} {
		setText(f, field, into, r.text(field))
	}
	if d := r.text("description"); d != "" {
		setText(f, "description", &a.Description, guard.SafeHTML(d))
	}
	set(f, "visibility", &a.Visibility, r.text("visibility"), r.text("visibility") != "")
	for field, into := range map[string]*[]string{"tags": &a.Tags, "trained_words": &a.TrainedWords, "triggers": &a.Triggers} {
		list := r.list(field)
		set(f, field, into, list, len(list) > 0)
	}
	if w, ok := r.number("weight"); ok && !math.IsInf(w, 0) {
		set(f, "weight", &a.Weight, w, true)
	}
	set(f, "active", &a.Active, true, r.truth("active"))
	if n, ok := r.number("ordinal"); ok && math.Abs(n) < 1<<31 {
		ordinal := int(n)
		set(f, "ordinal", &a.Ordinal, &ordinal, true)
	}
	if c, ok := r.number("archetype_confidence"); ok {
		set(f, "archetype_confidence", &a.ArchetypeConfidence, &c, true)
	}
	if n, ok := r.number("nsfw_level"); ok && n > 0 && n < 1<<20 {
		set(f, "nsfw_level", &a.NSFWLevel, int(n), true)
	}
	set(f, "supports_generation", &a.SupportsGeneration, true, r.truth("supports_generation"))
	set(f, "published_at", &a.PublishedAt, r.when("published_at"), r.when("published_at") != nil)
	for field, into := range map[string]*map[string]any{"stats": &a.Stats, "extra": &a.Extra} {
		var m map[string]any
		if r.object(field, &m) {
			set(f, field, into, m, len(m) > 0)
		}
	}
	if digest := strings.ToLower(r.text("primary_file_sha256")); len(digest) == 64 && isHex(digest) {
		f.claim("sha256", digest)
	}
	if at := r.when("created_at"); at != nil {
		a.CreatedAt, a.UpdatedAt = *at, *at
	}
	if at := r.when("updated_at"); at != nil {
		a.UpdatedAt = *at
	}
	out := Record{Manager: Prototype}
	a.FilePath = guard.DisplayName(r.text("file_path"))
	place(s, r.text("file_path"), a, &out)
	out.Record.Adapter, out.Fields = a, f.sorted()
	return out
}

// place finds the file of an adapter when it lies below the folder that is read.
func place(s *Source, given string, a *lora.ArchivedAdapter, out *Record) {
	base := path.Base(filepath.ToSlash(given))
	a.RelPath, a.FileName = base, guard.DisplayName(base)
	if s.root == nil || given == "" {
		return
	}
	below := given
	if filepath.IsAbs(given) {
		var err error
		if below, err = filepath.Rel(s.root.Path(), given); err != nil {
			return
		}
	}
	if !filepath.IsLocal(below) {
		return
	}
	rel := filepath.ToSlash(below)
	if info, err := s.root.Stat(rel); err == nil && info.Mode().IsRegular() {
		a.RootPath, a.RelPath = s.root.Path(), rel
		a.Folder, a.FileSize = guard.DisplayName(strings.TrimPrefix(path.Dir(rel), ".")), int(info.Size())
		out.Files = append(out.Files, File{Kind: primary, Name: base, Member: rel, Size: info.Size()})
	}
}

// list reads a JSON list of texts. The prototype could store null or a plain text.
func (r row) list(column string) []string {
	var list []string
	if !r.object(column, &list) {
		return nil
	}
	out := list[:0]
	for _, s := range list {
		if s = strings.TrimSpace(cut(s, 2048)); s != "" && len(out) < 1000 {
			out = append(out, s)
		}
	}
	return out
}

// jobOf reads a job that ended; nil when it makes no sense.
func jobOf(r row) *lora.Job {
	created := r.when("created_at")
	status := lora.JobStatus(r.text("status"))
	if created == nil || !status.Final() {
		return nil
	}
	job := &lora.Job{
		ID: clean(r.text("id")), Kind: lora.Delivery, Mode: clean(r.text("mode")), Engine: clean(r.text("mode")), Prompt: cut(r.text("prompt"), maxPromptText),
		Status: status, Favorite: r.truth("is_favorite"), CreatedAt: *created, StartedAt: r.when("started_at"), FinishedAt: r.when("finished_at"),
		RatedAt: r.when("rating_updated_at"), FavoritedAt: r.when("favorite_updated_at"), Priority: 5, Attempt: 1, MaxAttempts: 1,
	}
	if job.FinishedAt == nil {
		job.FinishedAt = created
	}
	if job.Mode == "sdnext" {
		job.Kind = lora.Generation
		read, _ := prompt.Parse(prompt.A1111, job.Prompt)
		job.Adapters = read.Uses()
	}
	params := map[string]json.RawMessage{}
	if r.object("params", &params) {
		job.Params, _ = json.Marshal(params) // it was JSON a moment ago
	} else {
		job.Params = json.RawMessage("{}")
	}
	if n, ok := r.number("rating"); ok && n >= 0 && n <= 5 {
		rating := int(n)
		job.Rating = &rating
	}
	return job
}
