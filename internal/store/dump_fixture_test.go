package store_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"loramanager/internal/lora"
	"loramanager/internal/store"
	"loramanager/internal/store/storetest"
)

// furnished is a store in which every table that dumps hold has rows.
type furnished struct {
	*store.Store
	ids []string // of its adapters; the first is in the trash, the second's file is missing
}

const (
	odd        = "ünïcode \"quoted\" \\ <b>&amp;</b>\n\t\u2028 ☃ 🦊"
	engineURL  = "http://127.0.0.1:7860"
	enginePass = "secret-of-the-engine"

	secondFactor = "secret-of-the-account"
)

// furnish fills the store of a database.
func furnish(t *testing.T, c database) *furnished {
	t.Helper()
	f := &furnished{Store: openURL(t, c.url, "")}
	if err := f.fill(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	return f
}

func (f *furnished) fill(ctx context.Context, c database) error {
	for _, step := range []func(ctx context.Context) error{
		func(ctx context.Context) error {
			return f.AddRoot(ctx, lora.Root{ID: storetest.RootID, Path: "/srv/loras", Name: odd, Writable: true})
		},
		f.adapters, f.records, f.jobs, f.taste, f.people,
		func(ctx context.Context) error { return f.rest(ctx, c) },
	} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

// fixture is a dump of a furnished store, made once, and the ids of its adapters.
type fixture struct {
	*dump
	ids []string
}

var furnishedOnce = sync.OnceValues(func() (x fixture, err error) {
	dir, err := os.MkdirTemp("", "store-fixture")
	if err != nil {
		return x, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	s, err := store.Open(benchContext, store.Options{DataDir: dir})
	if err != nil {
		return x, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	f := &furnished{Store: s}
	if err := f.fill(benchContext, database{driver: "sqlite", address: filepath.Join(dir, "loramanager.db")}); err != nil {
		return x, err
	}
	d, err := makeDump(benchContext, s)
	return fixture{d, f.ids}, err
})

// furnishedDump is that dump, which a test may edit a clone of.
func furnishedDump(t *testing.T) *dump {
	t.Helper()
	x, err := furnishedOnce()
	if err != nil {
		t.Fatal(err)
	}
	return x.clone()
}

// furnishQuickly loads what furnish makes, which takes a fifth of the time.
func furnishQuickly(t *testing.T, c database) *furnished {
	t.Helper()
	x, err := furnishedOnce()
	if err != nil {
		t.Fatal(err)
	}
	f := &furnished{Store: openURL(t, c.url, ""), ids: x.ids}
	x.loadInto(t, f.Store)
	if err := f.PauseQueue(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	return f
}

func (f *furnished) adapters(ctx context.Context) error {
	files := storetest.Batch(0, 30)
	files[3].RelPath = "raw \xff\xfe/\u00e9.safetensors" // no UTF-8
	files[3].Proposed.Alpha, files[3].Proposed.Notes = ptr(0.1+0.2), odd
	files[4].Proposed.Extra = map[string]any{"huge": 1e300, "tiny": -5e-324, "text": odd}
	files[5].Report.Facts = append(files[5].Report.Facts, lora.Fact{Key: "ss_output_name", Value: "trained as " + odd})
	saved, err := f.SaveScanned(ctx, files)
	if err != nil {
		return err
	}
	for _, s := range saved {
		f.ids = append(f.ids, s.AdapterID)
	}
	for i := 5; i < 10; i++ {
		if err := f.SaveDigests(ctx, f.ids[i], files[i].Stamp, map[string]string{"sha256": fmt.Sprintf("%064x", 1000+i), "autov3": fmt.Sprintf("%064x", 2000+i)}); err != nil {
			return err
		}
	}
	_, _, err = f.Patch(ctx, f.ids[6], map[string]json.RawMessage{"rating": []byte("4"), "notes": []byte(`"mine"`), "weight": []byte("0"), "favorite": []byte("true")})
	if err == nil {
		_, err = f.SetTrashed(ctx, []lora.Place{{AdapterID: f.ids[0], TrashRel: "x/\xff"}})
	}
	if err == nil {
		_, err = f.MarkMissing(ctx, f.ids[1:2])
	}
	return err
}

func ptr[T any](v T) *T { return &v }

func (f *furnished) records(ctx context.Context) error {
	_, err := f.PatchSettings(ctx, map[string]json.RawMessage{"theme": []byte(`"dark"`), "columns": []byte(`["name", 1.50]`)})
	if err == nil {
		_, err = f.AddSavedSearch(ctx, lora.SavedSearch{Name: odd, Q: "dragon", Sort: "name", Order: "asc"})
	}
	if err == nil {
		err = f.AddEngineConfig(ctx, lora.EngineConfig{Name: "forge", Kind: lora.Forge, URL: engineURL, Username: "me", Password: enginePass, BaseModels: []string{}})
	}
	if err == nil {
		err = f.AddEngineConfig(ctx, lora.EngineConfig{Name: "comfy", Kind: lora.ComfyUI, URL: engineURL + "1", BaseModels: []string{}})
	}
	if err == nil {
		_, err = f.AddPreset(ctx, lora.Preset{Name: "p", Engine: "forge", Params: lora.GenerationParams{Prompt: odd, CFGScale: 7.25, Seed: 1<<62 + 1}})
	}
	if err == nil {
		_, err = f.PutWorkflow(ctx, lora.Workflow{Name: "w", Graph: `{"1":{}}`})
	}
	if err != nil {
		return err
	}
	for i := range 3 {
		c, err := f.AddComposition(ctx, lora.Composition{Name: fmt.Sprint("composition ", i), Prefix: odd, Entries: []lora.Composed{{Use: lora.Use{AdapterID: f.ids[i+2], Name: "x", Weight: 0.7}}}})
		if err == nil {
			c.Suffix = "changed"
			_, err = f.ReplaceComposition(ctx, c)
		}
		if err == nil && i == 2 {
			err = f.DeleteComposition(ctx, c.ID)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// jobs are ended ones with pictures, one that failed, one in the trash, and one that waits.
func (f *furnished) jobs(ctx context.Context) error {
	for i := range 16 {
		if err := storetest.MakeResult(ctx, f.Store, i); err != nil {
			return err
		}
	}
	input := storetest.Picture(900)
	err := f.AddUploadedPicture(ctx, input)
	if err == nil {
		err = f.KeptPicture(ctx, input.SHA256)
	}
	if err != nil {
		return err
	}
	for i, status := range []lora.JobStatus{lora.JobFailed, lora.JobSucceeded, lora.JobPending} {
		job := storetest.Generation(100 + i)
		job.ID, job.CreatedAt, job.Trace = fmt.Sprint("extra-", i), storetest.ResultTime(100+i), "00-abc-def-01"
		job.Adapters = []lora.Use{{AdapterID: f.ids[7], Name: "seven"}, {AdapterID: f.ids[8], Name: "eight"}}
		if job.Params, err = json.Marshal(map[string]any{"generation_params": lora.GenerationParams{Prompt: "a rare walrus", InitImage: input.SHA256}}); err != nil {
			return err
		}
		if _, _, err := f.AddJob(ctx, job); err != nil {
			return err
		}
		if status == lora.JobPending {
			break
		}
		running, _, err := f.ClaimJob(ctx, lora.JobClaim{Worker: "w", Slots: map[string]int{job.Engine: 99}, Lease: time.Hour})
		if err == nil {
			_, err = f.EndJob(ctx, running.ID, running.Token, lora.Ending{Status: status, ErrorClass: lora.EngineBusy, Error: odd})
		}
		if err != nil {
			return err
		}
	}
	_, err = f.TrashResults(ctx, []string{"job-3", "job-11"})
	return err
}

func (f *furnished) taste(ctx context.Context) error {
	now := storetest.ResultTime(500)
	err := f.AddSession(ctx, lora.RecommendSession{ID: "s1", Kind: lora.RecommendPrompt, Query: odd, AdapterIDs: f.ids[5:6], Results: f.ids[6:9], CreatedAt: now})
	if err == nil {
		err = f.AddSession(ctx, lora.RecommendSession{ID: "s2", Kind: lora.RecommendPrompt, Query: "unjudged", CreatedAt: now})
	}
	if err == nil {
		err = f.AddFeedback(ctx, lora.Feedback{ID: "f1", SessionID: "s1", AdapterID: f.ids[6], Type: lora.FeedbackPositive, Reason: ptr(odd), CreatedAt: now})
	}
	if err == nil {
		_, err = f.PutPreference(ctx, lora.Preference{Type: lora.PreferTag, Value: "Ünï", Confidence: 0.9, LearnedFrom: "explicit"})
	}
	if err == nil {
		err = f.PutBackupSchedule(ctx, lora.BackupSchedule{ID: "daily", Name: "every night", Cron: "@daily", Zone: "UTC"})
	}
	return err
}

// people are an administrator with everything that an account can have, and one who was removed.
func (f *furnished) people(ctx context.Context) error {
	gone, err := f.AddAccount(ctx, lora.Account{Name: "gone", Role: lora.Viewer}, lora.Credentials{})
	if err != nil {
		return err
	}
	a, err := f.AddAccount(ctx, lora.Account{ID: "ada-1", Name: "Ada", DisplayName: odd, Role: lora.Administrator, JobQuota: 7}, lora.Credentials{Password: "$argon2id$x"})
	if err == nil {
		err = f.PutTOTP(ctx, a.Key, lora.Credentials{TOTPSecret: secondFactor, TOTPOn: true, TOTPStep: 5, RecoveryCodes: []string{secondFactor}})
	}
	if err == nil {
		_, err = f.AddPasskey(ctx, lora.Passkey{ID: "passkey-1", Account: a.Key, Name: odd, Body: json.RawMessage(`{"n":1}`)})
	}
	if err == nil {
		err = f.AddIdentity(ctx, a.Key, "https://id.example", "subject")
	}
	if err == nil {
		_, err = f.AddAPIKey(ctx, lora.APIKey{Account: a.Key, Name: odd, Start: "lm_ab", Scopes: []lora.Scope{lora.ScopeRead, lora.ScopeRun}, ExpiresAt: ptr(storetest.ResultTime(900))}, "hash-of-key")
	}
	if err == nil {
		_, err = f.PatchAccountSettings(ctx, a.Key, map[string]json.RawMessage{"theme": []byte(`"light"`)})
	}
	if err == nil {
		err = f.AddAudit(ctx, lora.AuditEntry{At: storetest.ResultTime(901), AccountID: a.ID, Actor: "Ada", Via: "session", Action: "job_add", Target: odd, Status: 200})
	}
	if err == nil {
		_, _, err = f.RemoveAccount(ctx, gone.ID)
	}
	return err
}

// rest fills tables whose rows come from outside.
func (f *furnished) rest(ctx context.Context, c database) (err error) {
	db, err := sql.Open(c.driver, c.address)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	for _, statement := range []string{
		"INSERT INTO provenance (adapter_key, origin, detail, at) SELECT key, 'archive', 'x.zip', 17 FROM adapter WHERE id = '" + f.ids[4] + "'",
		"INSERT INTO hub_snapshot (adapter_key, hub, state, model_id, version_id, body, error, looked_up_at) SELECT key, 'civitai', 'found', '1', '2', '{}', '', 18 FROM adapter WHERE id = '" + f.ids[4] + "'",
		"INSERT INTO hub_model (hub, model_id, body, versions, fetched_at) VALUES ('civitai', '1', '{}', '[]', 19)",
		"INSERT INTO hub_ignored (hub, model_id, version_id, created_at) VALUES ('civitai', '1', '', 20)",
		"INSERT INTO adapter_mark (account_key, adapter_key, favorite, change) SELECT c.key, a.key, TRUE, 1 FROM account c CROSS JOIN adapter a WHERE a.id = '" + f.ids[9] + "'",
		"INSERT INTO result_mark (account_key, job_key, rating, rated_at) SELECT c.key, j.key, 5, 17 FROM account c CROSS JOIN job j WHERE j.id = 'job-1'",
		"INSERT INTO undo (id, at, action, before) VALUES ('u', 1, 'x', '')",
	} {
		if _, err := db.ExecContext(ctx, statement); err != nil {
			return fmt.Errorf("%s: %w", statement, err)
		}
	}
	return nil
}
