package health_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	humanize "github.com/dustin/go-humanize"

	"loramanager/internal/health"
	"loramanager/internal/lora"
)

func TestADisksRoomIsToldInTheUnitsOfTheWebApp(t *testing.T) {
	t.Parallel()
	inHouse(t, nil, func(h *house) {
		c := h.check("disk:data")
		free, ok := c.Facts["free_bytes"].(int)
		if want := humanize.Bytes(uint64(max(free, 0))) + " free."; !ok || c.Detail != want { //nolint:gosec // not negative
			t.Errorf("%q, want %q of %v", c.Detail, want, c.Facts)
		}
	})
}

func TestPromise4_WhatIsNotSetUpIsNoTrouble(t *testing.T) {
	t.Parallel()
	inHouse(t, nil, func(h *house) {
		want := "database ok, redis off, worker ok, queue ok, engine:sketch ok, disk:data ok, disk:pictures ok, importer off, recommend ok, gpu off"
		if got := h.states(); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
		s := h.Checker.Status()
		if s.State != health.Healthy || len(s.Warnings) > 0 || s.Warnings == nil || s.Backend != "in-memory" || s.Resources == nil || s.Resources.Host != "box" {
			t.Errorf("%+v", s)
		}
		for _, c := range s.Checks {
			if c.Detail == "" || c.CheckedAt == nil || c.Facts == nil || c.Advice != "" || c.Area == "" {
				t.Errorf("%+v", c)
			}
		}
		d := s.Dashboard()
		if d != (health.DashboardHealth{Status: "healthy", GPUStatus: "GPU unavailable (CPU mode)", GPUMemory: "unavailable", QueueStatus: "idle", StorageUsage: "3.2 GB / 8.6 GB"}) {
			t.Errorf("%+v", d)
		}
	})
}

func TestEveryTroubleSaysWhatToDo(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		adjust func(*health.Options, *health.PulseOptions)
		cause  func(h *house)
		check  string
		state  lora.CheckState
		says   string
		whole  health.State
	}{
		{"the database is away", nil, func(h *house) { h.broken = errors.New("disk I/O error") }, "database", lora.CheckError, "disk I/O error", health.Broken},
		{"what needs the database cannot be told", nil, func(h *house) { h.broken = errors.New("gone") }, "queue", lora.CheckUnknown, "The database did not answer.", health.Broken},
		{"Redis is away", nil, func(h *house) { h.link = health.Link{Backend: "redis", Error: "connection refused"} }, "redis", lora.CheckWarning, "Redis does not carry wake-ups", health.Warning},
		{"Redis works", nil, func(h *house) { h.link = health.Link{Backend: "redis", Reachable: true} }, "redis", lora.CheckOK, "", health.Healthy},
		{"PostgreSQL carries nothing", nil, func(h *house) { h.link = health.Link{Backend: "postgres", Error: "EOF"} }, "redis", lora.CheckWarning, "PostgreSQL does not carry", health.Warning},
		{"an engine is down", nil, func(h *house) { h.engines[0].Reachable, h.engines[0].Error = yes(false), "It refuses connections." }, "engine:sketch", lora.CheckWarning, "It refuses connections.", health.Warning},
		{"an engine cannot be used", nil, func(h *house) { h.engines[0].Error = "No model is loaded." }, "engine:sketch", lora.CheckWarning, "No model is loaded.", health.Warning},
		{"an engine is disabled", nil, func(h *house) { h.engines[0].Enabled = false }, "engine:sketch", lora.CheckOff, "", health.Healthy},
		{"an engine was not asked yet", nil, func(h *house) { h.engines[0].Reachable = nil }, "engine:sketch", lora.CheckUnknown, "", health.Healthy},
		{"there is no engine", nil, func(h *house) { h.engines = nil }, "engine", lora.CheckWarning, "No engine is set up", health.Warning},
		{"the pictures cannot be kept", nil, func(h *house) { h.picture = lora.Errorf(lora.Unavailable, "The bucket does not answer.") }, "disk:pictures", lora.CheckError, "The bucket does not answer.", health.Broken},
		{"that a picture is not there is no trouble", nil, func(h *house) { h.picture = lora.Errorf(lora.NotFound, "There is none.") }, "disk:pictures", lora.CheckOK, "", health.Healthy},
		{"pictures in a bucket need no disk", func(o *health.Options, _ *health.PulseOptions) { o.PicturesDir = "" }, nil, "disk:pictures", lora.CheckOK, "bucket", health.Healthy},
		{"the disk is nearly full", func(o *health.Options, _ *health.PulseOptions) { o.Limits.FreeWarning = 1 << 62 }, nil, "disk:data", lora.CheckWarning, "nearly full", health.Warning},
		{"the disk is full", func(o *health.Options, _ *health.PulseOptions) { o.Limits.FreeError = 1 << 62 }, nil, "disk:data", lora.CheckError, "is full", health.Broken},
		{"no index could be built", nil, func(h *house) { h.rec = health.Recommending{Error: "out of memory"} }, "recommend", lora.CheckError, "out of memory", health.Broken},
		{"the index is being built", nil, func(h *house) { h.rec = health.Recommending{} }, "recommend", lora.CheckUnknown, "", health.Healthy},
		{"the endpoint of embeddings fails", nil, func(h *house) { h.rec.Embedder, h.rec.Failure = "failing", "status 500" }, "recommend", lora.CheckWarning, "status 500", health.Warning},
		{"a driver of a graphics card fails", nil, func(h *house) { h.gpuErr = errors.New("nvidia-smi: it ended with code 9") }, "gpu", lora.CheckOff, "code 9", health.Healthy},
		{"a graphics card", nil, func(h *house) { h.gpus = []lora.GPUUsage{{Name: "RTX"}} }, "gpu", lora.CheckOK, "RTX", health.Healthy},
		{"too many jobs", func(o *health.Options, _ *health.PulseOptions) { o.Limits.ActiveJobs = 1 }, func(h *house) { h.wait("a"); h.wait("b") }, "queue", lora.CheckWarning, "2 active > 1", health.Warning},
		{"as many jobs as may be", func(o *health.Options, _ *health.PulseOptions) { o.Limits.ActiveJobs = 2 }, func(h *house) { h.wait("a"); h.wait("b") }, "queue", lora.CheckOK, "2 waiting", health.Healthy},
		{"a queue that was paused", nil, func(h *house) { h.wait("a"); h.must(h.store.PauseQueue(context.Background(), true)) }, "queue", lora.CheckWarning, "paused and 1 job waits", health.Warning},
		{"a queue that was paused while nothing waits", nil, func(h *house) { h.must(h.store.PauseQueue(context.Background(), true)) }, "queue", lora.CheckOK, "Paused", health.Healthy},
		{"a worker", nil, nil, "worker", lora.CheckOK, "1 worker is alive", health.Healthy},
		{"nobody works", func(_ *health.Options, p *health.PulseOptions) { p.Workers = nil }, nil, "worker", lora.CheckWarning, "No worker is alive", health.Warning},
		{"nobody works and jobs wait", func(_ *health.Options, p *health.PulseOptions) { p.Workers = nil }, func(h *house) { h.wait("a") }, "worker", lora.CheckError, "1 job waits", health.Broken},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			inHouse(t, c.adjust, func(h *house) {
				if c.cause != nil {
					h.change(func() { c.cause(h) })
				}
				h.pass(time.Minute)
				check, s := h.check(c.check), h.Checker.Status()
				if check.State != c.state || !strings.Contains(check.Detail, c.says) || s.State != c.whole {
					t.Errorf("%+v; all is %s", check, s.State)
				}
				isBad := c.state == lora.CheckWarning || c.state == lora.CheckError
				if isBad != (check.Advice != "") || isBad != strings.Contains(strings.Join(s.Warnings, "\n"), check.Detail) {
					t.Errorf("advice %q, warnings %q", check.Advice, s.Warnings)
				}
			})
		})
	}
}

func TestAJobThatWaitsWhileNothingRuns(t *testing.T) {
	t.Parallel()
	inHouse(t, nil, func(h *house) {
		h.wait("a")
		h.pass(9 * time.Minute)
		if c := h.check("queue"); c.State != lora.CheckOK {
			t.Errorf("%+v", c)
		}
		h.pass(2 * time.Minute)
		if c, s := h.check("queue"), h.Checker.Status(); c.State != lora.CheckWarning || !strings.Contains(c.Detail, "11m") || s.WaitedFor < 10*time.Minute || s.Queue.Pending != 1 {
			t.Errorf("%+v %v", c, s.WaitedFor)
		}
	})
}

func TestFailuresOfTheLastDayAreCounted(t *testing.T) {
	t.Parallel()
	inHouse(t, func(o *health.Options, _ *health.PulseOptions) { o.Limits.FailedJobs = 1 }, func(h *house) {
		for _, id := range []string{"a", "b"} {
			_, _, err := h.store.AddJob(h.Context(), lora.Job{ID: id, Kind: lora.Generation, Engine: "sketch", Params: []byte(`{}`), MaxAttempts: 1, CreatedAt: time.Now().Add(-23*time.Hour - 50*time.Minute)})
			h.must(err)
			job, found, err := h.store.ClaimJob(h.Context(), lora.JobClaim{Worker: "w", Slots: map[string]int{"sketch": 1}, Lease: time.Hour})
			if err != nil || !found {
				t.Fatal(found, err)
			}
			_, err = h.store.EndJob(h.Context(), job.ID, job.Token, lora.Ending{Status: lora.JobFailed, ErrorClass: lora.EngineTimeout})
			h.must(err)
		}
		h.pass(time.Minute)
		if c := h.check("queue"); c.State != lora.CheckWarning || !strings.Contains(c.Detail, "2 failed within 24 hours > 1") || h.Checker.Status().Failed != 2 {
			t.Errorf("%+v", c)
		}
		h.pass(30 * time.Minute)
		if c := h.check("queue"); c.State != lora.CheckOK {
			t.Errorf("%+v", c)
		}
	})
}

func TestPromise2_ALookThatHangsHoldsUpNoOther(t *testing.T) {
	t.Parallel()
	inHouse(t, nil, func(h *house) {
		h.change(func() { h.hangs, h.pings = make(chan struct{}), 0 })
		h.pass(10 * time.Minute)
		c := h.check("database")
		if c.State != lora.CheckUnknown || !strings.Contains(c.Detail, "has not come back") || c.CheckedAt == nil || time.Since(*c.CheckedAt) < 9*time.Minute {
			t.Errorf("%+v", c)
		}
		if h.pings != 1 {
			t.Errorf("it was looked at %d times", h.pings)
		}
		h.Checker.CheckNow()
		h.pass(time.Minute)
		if h.pings != 1 {
			t.Error("a look was begun while another hangs")
		}
		if c := h.check("engine:sketch"); c.State != lora.CheckOK || time.Since(*c.CheckedAt) > time.Minute {
			t.Errorf("%+v", c)
		}
		if s := h.Checker.Status(); s.State != health.Healthy {
			t.Error("what is unknown is no trouble by itself", s.State)
		}
		h.change(func() { close(h.hangs); h.hangs = nil })
		h.pass(time.Minute)
		if c := h.check("database"); c.State != lora.CheckOK || h.pings < 3 {
			t.Errorf("%+v after %d looks", c, h.pings)
		}
	})
}

func TestPromise7_TheEndWaitsNoLongerThanWanted(t *testing.T) {
	t.Parallel()
	inHouse(t, nil, func(h *house) {
		h.change(func() { h.hangs = make(chan struct{}) })
		h.pass(time.Minute)
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		if err := h.Checker.Close(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
	}) // leaves, which waits for what hung
}

func TestPromise1_AQuestionNeverWaits(t *testing.T) {
	t.Parallel()
	inHouse(t, nil, func(h *house) {
		h.change(func() { h.hangs = make(chan struct{}) })
		h.pass(20 * time.Second)
		before := time.Now()
		for range 1000 {
			h.Checker.Status()
			h.Checker.CheckNow()
		}
		if time.Since(before) != 0 { // of the time that passes only when all wait
			t.Error(time.Since(before))
		}
		s := h.Checker.Status()
		s.Checks[0].Facts["kind"] = "changed"
		s.Warnings = append(s.Warnings, "changed")
		if h.check("database").Facts["kind"] == "changed" {
			t.Error("an answer is no copy")
		}
	})
}

func TestPromise2_ALookThatPanicsIsTold(t *testing.T) {
	t.Parallel()
	inHouse(t, func(o *health.Options, _ *health.PulseOptions) {
		o.Recommend = func() health.Recommending { panic("a bug") }
	}, func(h *house) {
		if c := h.check("recommend"); c.State != lora.CheckUnknown || !strings.Contains(c.Detail, "The check itself failed") || c.CheckedAt == nil {
			t.Errorf("%+v", c)
		}
		if c := h.check("database"); c.State != lora.CheckOK {
			t.Errorf("%+v", c)
		}
	})
}

func TestBeforeTheFirstLookNothingIsClaimed(t *testing.T) {
	t.Parallel()
	c := health.New(health.Options{DataDir: t.TempDir()})
	if s := c.Status(); s.State != health.Healthy || len(s.Checks) != 0 || s.Checks == nil || s.Resources != nil {
		t.Errorf("%+v", s)
	}
	if err := c.Close(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestPromise3_NoSecretIsTold(t *testing.T) {
	t.Parallel()
	const secret = "hunter2"
	texts := []string{
		"dial redis://user:" + secret + "@host:6379/0: refused", "postgres://lm:p@" + secret + "/x@host/db failed", `password="` + secret + `" is wrong`,
		"Authorization: Bearer " + secret, "api_key=" + secret + "&x=1", "Basic " + secret,
	}
	for _, text := range texts {
		inHouse(t, nil, func(h *house) {
			h.change(func() {
				h.broken = errors.New(text)
				h.link = health.Link{Backend: "redis", Error: text}
				h.engines[0].Reachable, h.engines[0].Error = yes(false), text
				h.engines[0].Capabilities = &lora.Capabilities{Product: text}
				h.engines[0].URL = "http://u:" + secret + "@engine"
				h.rec = health.Recommending{Ready: true, Embedder: "failing", Failure: text, Model: text}
				h.picture, h.gpuErr = errors.New(text), errors.New(text)
			})
			h.pass(time.Minute)
			wire, err := json.Marshal(h.Checker.Status())
			if err != nil || strings.Contains(string(wire), secret) {
				t.Errorf("%v %s", err, wire)
			}
			if strings.Count(string(wire), "cannot be used") == 0 {
				t.Error("nothing is told")
			}
		})
	}
}

func TestPromise5_OnlyChangesAreAnnounced(t *testing.T) {
	t.Parallel()
	inHouse(t, nil, func(h *house) {
		h.change(func() { h.changes = nil })
		h.pass(5 * time.Minute)
		h.change(func() { h.engines[0].Reachable = yes(false) })
		h.pass(5 * time.Minute)
		h.change(func() { h.engines[0].Error = "Another reason." })
		h.pass(5 * time.Minute)
		h.change(func() { h.picture = errors.New("gone") })
		h.pass(5 * time.Minute)
		h.change(func() { h.engines[0].Reachable, h.engines[0].Error, h.picture = yes(true), "", nil })
		h.pass(5 * time.Minute)
		if got := strings.Join(h.changes, ", "); got != "warning 1, error 2, error 1, healthy 0" {
			t.Error(got)
		}
	})
}

func TestFoldersComeAndGo(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	inHouse(t, nil, func(h *house) {
		ctx, at := context.Background(), time.Now()
		loras, share := filepath.Join(dir, "loras"), filepath.Join(dir, "share")
		h.must(os.Mkdir(loras, 0o700))
		for id, path := range map[string]string{"r1": loras, "r2": share} {
			h.must(h.store.AddRoot(ctx, lora.Root{ID: id, Path: path, Name: filepath.Base(path), CreatedAt: at}))
		}
		h.pass(2 * time.Minute)
		if h.check("disk:root:r1").State != lora.CheckOK || h.check("disk:root:r2").State != lora.CheckWarning {
			t.Error(h.states())
		}
		if c := h.check("importer"); c.State != lora.CheckWarning || !strings.Contains(c.Detail, "never scanned") {
			t.Errorf("%+v", c)
		}
		h.must(os.Mkdir(share, 0o700))
		finished := time.Now().Add(-23*time.Hour - 50*time.Minute)
		h.must(h.store.SaveScan(ctx, lora.Scan{ID: "s", State: lora.ScanFinished, StartedAt: finished, FinishedAt: &finished, Counts: lora.ScanCounts{Added: 2, Updated: 1}}))
		for _, id := range []string{"r1", "r2"} {
			h.must(h.store.SetRootScanned(ctx, id, finished))
		}
		h.pass(2 * time.Minute)
		s := h.Checker.Status()
		if h.check("disk:root:r2").State != lora.CheckOK || h.check("importer").State != lora.CheckOK || s.Importer.RecentImports != 3 || *s.Importer.Stale || s.Importer.Roots != 2 {
			t.Errorf("%s %+v", h.states(), s.Importer)
		}
		h.pass(15 * time.Minute)
		if c, s := h.check("importer"), h.Checker.Status(); c.State != lora.CheckWarning || !*s.Importer.Stale || s.Importer.RecentImports != 0 {
			t.Errorf("%+v %+v", c, s.Importer)
		}
		_, err := h.store.RemoveRoot(ctx, "r2", true)
		h.must(err)
		h.pass(time.Minute)
		if c := h.check("disk:root:r2"); c.ID != "" {
			t.Errorf("%+v", c)
		}
	})
}

func TestAScanThatFailedIsTold(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	inHouse(t, func(o *health.Options, _ *health.PulseOptions) { o.Limits.ScanAge = 0 }, func(h *house) {
		now := time.Now()
		h.must(h.store.AddRoot(context.Background(), lora.Root{ID: "r", Path: dir, Name: "loras", CreatedAt: now}))
		h.must(h.store.SetRootScanned(context.Background(), "r", now.Add(-48*time.Hour)))
		h.pass(time.Minute)
		if c := h.check("importer"); c.State != lora.CheckOK || h.Checker.Status().Importer.Stale != nil {
			t.Errorf("without a limit nothing is stale: %+v", c)
		}
		h.must(h.store.SaveScan(context.Background(), lora.Scan{ID: "s", State: lora.ScanFailed, StartedAt: now, FinishedAt: &now, Error: "The folder went away."}))
		h.pass(time.Minute)
		if c := h.check("importer"); c.State != lora.CheckWarning || !strings.Contains(c.Detail, "went away") {
			t.Errorf("%+v", c)
		}
	})
}

func TestAnEngineTellsItsVersionAndItsQueue(t *testing.T) {
	t.Parallel()
	inHouse(t, nil, func(h *house) {
		latency := 12.5
		h.change(func() {
			h.engines[0].Capabilities, h.engines[0].LatencyMS = &lora.Capabilities{Product: "Sketch 1.0"}, &latency
		})
		h.wait("a")
		h.pass(time.Minute)
		c := h.check("engine:sketch")
		if got := fmt.Sprintln(c.Detail, c.Facts["product"], c.Facts["latency_ms"], c.Facts["jobs"]); got != "Sketch 1.0 answers. Sketch 1.0 12.5 1\n" {
			t.Error(got)
		}
	})
}

func TestABackupThatFailedOrIsLateIsTold(t *testing.T) {
	t.Parallel()
	inHouse(t, func(o *health.Options, _ *health.PulseOptions) { o.Backups = o.Library.(plug) }, func(h *house) {
		ctx := context.Background()
		if c := h.check("backups"); c.State != lora.CheckOff {
			t.Errorf("without a schedule: %+v", c)
		}
		due := time.Now().Add(2 * time.Hour).Truncate(time.Second)
		schedule := lora.BackupSchedule{ID: "s1", Name: "Nightly", Enabled: true, Cron: "@daily", Zone: "UTC", Type: "full", Place: "folder", NextRunAt: &due}
		h.must(h.store.PutBackupSchedule(ctx, schedule))
		h.pass(time.Minute)
		if c := h.check("backups"); c.State != lora.CheckOK || c.Facts["schedules"] != 1 {
			t.Errorf("before it is due: %+v", c)
		}
		h.pass(3*time.Hour + time.Minute)
		if c := h.check("backups"); c.State != lora.CheckWarning || !strings.Contains(c.Detail, "was due") {
			t.Errorf("an hour late: %+v", c)
		}
		_, err := h.store.ClaimBackupSchedule(ctx, "s1", due, nil)
		h.must(err)
		h.must(h.store.EndBackupSchedule(ctx, "s1", "", "The disk is full."))
		h.pass(time.Minute)
		if c := h.check("backups"); c.State != lora.CheckWarning || !strings.Contains(c.Detail, "disk is full") {
			t.Errorf("after it failed: %+v", c)
		}
		schedule.Enabled = false
		h.must(h.store.PutBackupSchedule(ctx, schedule))
		h.pass(time.Minute)
		if c := h.check("backups"); c.State != lora.CheckOff {
			t.Errorf("a schedule that is off: %+v", c)
		}
	})
}
