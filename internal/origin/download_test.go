package origin_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"loramanager/internal/hub"
	"loramanager/internal/lora"
	"loramanager/internal/origin"
	"loramanager/tests/fakehub"
)

// large makes the file of version 5002 larger than what a connection buffers.
func (k *kit) large() []byte {
	data := fakehub.Adapter(2, 2<<20)
	k.fake.Change(func(models []fakehub.Model) []fakehub.Model {
		models[0].Versions[1].Files[0].Data = data
		return models
	})
	return data
}

// whole checks that a download has become an adapter with exactly these bytes.
func (k *kit) whole(d lora.Download, want []byte) {
	k.t.Helper()
	data, err := os.ReadFile(filepath.Join(k.dir, d.Folder, d.FileName))
	k.ok(err)
	if !bytes.Equal(data, want) || d.AdapterID == "" || d.Bytes != int64(len(want)) || d.BytesTotal != d.Bytes || d.FinishedAt == nil {
		k.t.Errorf("it has %d bytes, want %d; %+v", len(data), len(want), d)
	}
	if files := k.files(); slices.ContainsFunc(files, func(f string) bool { return strings.HasSuffix(f, ".part") }) {
		k.t.Errorf("a part is left: %q", files)
	}
}

func TestPromise4_ADownloadArrivesWithItsFacts(t *testing.T) {
	t.Parallel()
	for _, from := range []struct {
		hub, address string
		want         []byte
		words        string
	}{
		{hub.Civitai, "https://civitai.com/models/1001?modelVersionId=5002", fakehub.Adapter(2, 0), "ink wash"},
		{hub.CivArchive, "https://civarchive.com/models/1002?modelVersionId=5011", fakehub.Adapter(11, 0), "forgotten"},
		{hub.HuggingFace, "https://huggingface.co/mika/paper-cut/blob/main/extra/second.safetensors", fakehub.Adapter(32, 0), "papercut"},
	} {
		t.Run(from.hub, func(t *testing.T) {
			t.Parallel()
			k := newKit(t, []string{from.hub})
			d, err := k.Download(t.Context(), origin.DownloadRequest{FileRequest: origin.FileRequest{URL: from.address}, RootID: rootID, Folder: "{base_model}/{creator}"})
			k.ok(err)
			d = k.comesTo(d.ID, lora.DownloadDone)
			k.whole(d, from.want)
			a := k.adapter(d.AdapterID)
			if a.TrainedWords[0] != from.words || a.SourceURL == nil || a.Folder != d.Folder || !strings.HasSuffix(d.Folder, "/"+*a.AuthorUsername) {
				t.Errorf("the adapter: %q %v in %q", a.TrainedWords, a.SourceURL, a.Folder)
			}
			about, err := k.About(t.Context(), d.AdapterID)
			k.ok(err)
			if about.Snapshot == nil || about.Snapshot.Hub != from.hub || about.Snapshot.State != lora.HubFound {
				t.Errorf("it does not know where it came from: %+v", about.Snapshot)
			}
		})
	}
}

func TestPromise5_ADownloadGoesOnFromWhereItWas(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		faults map[fakehub.Fault]int
		ranged bool // the last request asked for the rest only
	}{
		"after a broken connection":                   {map[fakehub.Fault]int{fakehub.Cut: 1}, true},
		"after two broken connections":                {map[fakehub.Fault]int{fakehub.Cut: 2}, true},
		"from the beginning when the whole comes":     {map[fakehub.Fault]int{fakehub.Cut: 1, fakehub.Whole: 2}, true},
		"from the beginning when the file is another": {map[fakehub.Fault]int{fakehub.Cut: 1, fakehub.Changed: 1}, true},
		"after the host of the files was busy":        {map[fakehub.Fault]int{fakehub.SlowDown: 1}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			k := newKit(t, []string{hub.Civitai})
			want := k.large()
			for fault, n := range c.faults {
				k.fake.Show(fault, n)
			}
			d := k.download("5002")
			k.heard.until(t, "it ends", func() bool {
				if s := k.state(d.ID); s.State == lora.DownloadQueued && s.Error != "" {
					_, err := k.Resume(t.Context(), d.ID) // the user does not want to wait
					k.ok(err)
				}
				return k.state(d.ID).FinishedAt != nil
			})
			k.whole(k.comesTo(d.ID, lora.DownloadDone), want)
			seen := k.fake.Seen("/files/5002/")
			if last := seen[len(seen)-1]; (last.Range != "") != c.ranged {
				t.Errorf("the last request asked for %q", last.Range)
			}
		})
	}
}

func TestPromise5_ARestartTakesDownloadsUp(t *testing.T) {
	t.Parallel()
	k := newKit(t, []string{hub.Civitai})
	want := k.large()
	k.fake.Show(fakehub.Slow, 1)
	d := k.download("5002")
	waiting := k.download("5001")
	k.heard.until(t, "some of it has come", func() bool { return k.state(d.ID).Bytes > 0 })
	k.ok(k.Close())
	k.fake.Show(fakehub.Slow, 0)
	k.ok(os.WriteFile(filepath.Join(k.dir, ".loramanager-staging/downloads/stray.part"), []byte("x"), 0o600))
	hubs := k.hubs
	k.hubs = nil // such as another server, to which no hub is configured
	k.begin()
	if a, b := k.state(d.ID).State, k.state(waiting.ID).State; a != lora.DownloadQueued || b == lora.DownloadFailed {
		t.Errorf("without a hub they are %s and %s", a, b)
	}
	k.hubs = hubs
	k.restart()
	k.whole(k.comesTo(d.ID, lora.DownloadDone), want)
	k.whole(k.comesTo(waiting.ID, lora.DownloadDone), fakehub.Adapter(1, 0))
	seen := k.fake.Seen("/files/5002/")
	if last := seen[len(seen)-1]; last.Range == "" {
		t.Error("it began anew instead of going on")
	}
	k.restart()
	if list, err := k.Downloads(t.Context()); err != nil || len(list) != 2 || list[0].State != lora.DownloadDone {
		t.Errorf("after another restart: %+v, %v", list, err)
	}
}

func TestPromise5_ARestartBetweenNameAndRecordFindsTheFile(t *testing.T) {
	t.Parallel()
	k := newKit(t, []string{hub.Civitai})
	d := k.comesTo(k.download("5002").ID, lora.DownloadDone)
	k.ok(k.Close())
	d.State, d.AdapterID, d.FinishedAt = lora.DownloadVerifying, "", nil
	k.ok(k.store.PutDownload(t.Context(), d))
	before := len(k.fake.Seen("/files/"))
	k.begin()
	k.whole(k.comesTo(d.ID, lora.DownloadDone), fakehub.Adapter(2, 0))
	if n := len(k.fake.Seen("/files/")); n != before {
		t.Errorf("it was fetched again: %d requests", n-before)
	}
}

func TestPromise4_WhatIsNotTheFileIsRefused(t *testing.T) {
	t.Parallel()
	k := newKit(t, []string{hub.Civitai})
	k.fake.RedirectTo("http://169.254.169.254/latest/meta-data/")
	for name, c := range map[string]struct {
		fault fakehub.Fault
		edit  func(f *fakehub.File)
		says  string
	}{
		"one bit is another":                  {fault: fakehub.WrongBytes, says: "not the one the hub describes"},
		"the hub states another digest":       {edit: func(f *fakehub.File) { f.SHA256 = strings.Repeat("ab", 32) }, says: "not the one the hub describes"},
		"a web page without a digest to tell": {edit: func(f *fakehub.File) { f.SHA256, f.Data = "-", []byte("<html>Please sign in</html>") }, says: "no sound safetensors file"},
		"half a file that claims to be whole": {edit: func(f *fakehub.File) { f.SHA256, f.Data = "-", f.Data[:len(f.Data)/2] }, says: "no sound safetensors file"},
		"more bytes than it should have":      {fault: fakehub.TooLong, says: "not the one the hub describes"},
		"a login page":                        {fault: fakehub.LoginPage, says: "login page"},
		"no token":                            {fault: fakehub.Unauthorised, says: "wants a token"},
		"early access":                        {fault: fakehub.Forbidden, says: "early access"},
		"a redirect without end":              {fault: fakehub.Loop, says: "redirected more than"},
		"a redirect to a private service":     {fault: fakehub.Redirected, says: "never called"},
	} {
		t.Run(name, func(t *testing.T) {
			k.fake.Change(func(models []fakehub.Model) []fakehub.Model {
				file := &models[0].Versions[1].Files[0]
				file.SHA256, file.Data = "", fakehub.Adapter(2, 0)
				if c.edit != nil {
					c.edit(file)
				}
				return models
			})
			k.fake.Show(c.fault, 10)
			d := k.download("5002")
			k.heard.until(t, "it fails", func() bool { return k.state(d.ID).State == lora.DownloadFailed })
			k.fake.Show(c.fault, 0)
			if got := k.state(d.ID).Error; !strings.Contains(got, c.says) {
				t.Errorf("it says %q, want %q", got, c.says)
			}
			k.ok(k.Remove(t.Context(), d.ID))
			if files := k.files(); len(files) > 0 {
				t.Errorf("something is left: %q", files)
			}
		})
	}
}

func TestPromise4_NoOtherFileLosesItsPlace(t *testing.T) {
	t.Parallel()
	k := newKit(t, []string{hub.Civitai})
	mine := filepath.Join(k.dir, "ink_wash_v2.safetensors")
	k.ok(os.WriteFile(mine, []byte("the user's own"), 0o600))
	d := k.comesTo(k.download("5002").ID, lora.DownloadDone)
	if d.FileName != "ink_wash_v2 (2).safetensors" {
		t.Errorf("it is called %q", d.FileName)
	}
	k.whole(d, fakehub.Adapter(2, 0))
	if data, err := os.ReadFile(mine); err != nil || string(data) != "the user's own" {
		t.Errorf("the user's file: %q, %v", data, err)
	}
}

func TestPromise6_HostileNamesBecomeSafeOnes(t *testing.T) {
	t.Parallel()
	k := newKit(t, []string{hub.Civitai})
	for name, want := range map[string]string{
		"../../../etc/cron.d/x.safetensors": "_.._.._etc_cron.d_x.safetensors",
		`..\..\windows\CON.SAFETENSORS`:     `_.._windows_CON.safetensors`,
		"a\u202egnp\u2215b.sft":             "a_gnp_b.sft",
		".safetensors":                      "Ink Wash v2.safetensors",
		strings.Repeat("ä", 300) + ".sft":   strings.Repeat("ä", 60) + ".sft",
	} {
		t.Run(want, func(t *testing.T) {
			k.fake.Change(func(models []fakehub.Model) []fakehub.Model {
				models[0].Versions[1].Files[0].Name = name
				models[0].Versions[1].BaseModel = "../.."
				models[0].Creator = "nul"
				return models
			})
			d := k.download("5002", func(r *origin.DownloadRequest) { r.Folder, r.Twice = "/{base_model}/{creator}/", true })
			if d.FileName != want || d.Folder != "unknown/_nul" {
				t.Errorf("it goes to %q / %q, want %q", d.Folder, d.FileName, want)
			}
			k.whole(k.comesTo(d.ID, lora.DownloadDone), fakehub.Adapter(2, 0))
		})
	}
}

func TestWhatIsNotDownloadedIsSaidBefore(t *testing.T) {
	t.Parallel()
	k := newKit(t, []string{hub.Civitai}, 1)
	k.fake.Change(func(models []fakehub.Model) []fakehub.Model {
		models[0].Versions[0].Files[0].Name = "ink.ckpt"
		return models
	})
	for name, c := range map[string]struct {
		version string
		edit    func(r *origin.DownloadRequest)
		code    lora.Code
		says    string
	}{
		"its author lets nobody":          {"5021", nil, lora.Forbidden, "not to be downloaded"},
		"the library has it":              {"5001", nil, lora.Conflict, "has this very file"},
		"a format that can hold programs": {"5003", nil, lora.Invalid, "other formats can hold programs"},
		"a version that is not there":     {"777", nil, lora.NotFound, "does not have this"},
		"a file that is not there":        {"5002", func(r *origin.DownloadRequest) { r.FileID = "x" }, lora.NotFound, "no such file"},
		"a library folder that is not":    {"5002", func(r *origin.DownloadRequest) { r.RootID = "x" }, lora.NotFound, "no such library folder"},
		"a folder outside":                {"5002", func(r *origin.DownloadRequest) { r.Folder = "../x" }, lora.Invalid, "inside the folder"},
		"a hidden folder":                 {"5002", func(r *origin.DownloadRequest) { r.Folder = "a/.b" }, lora.Invalid, "begins with a dot"},
		"a placeholder that is none":      {"5002", func(r *origin.DownloadRequest) { r.Folder = "{price}" }, lora.Invalid, "no placeholder {price}"},
		"no version":                      {"", nil, lora.Invalid, "Name the version"},
		"a hub that is not":               {"5002", func(r *origin.DownloadRequest) { r.Hub = "x" }, lora.Invalid, "no hub"},
	} {
		t.Run(name, func(t *testing.T) {
			r := origin.DownloadRequest{FileRequest: origin.FileRequest{Hub: hub.Civitai, VersionID: c.version}, RootID: rootID}
			if c.edit != nil {
				c.edit(&r)
			}
			_, err := k.Download(t.Context(), r)
			k.fails(err, c.code, c.says)
		})
	}
	k.comesTo(k.download("5001", func(r *origin.DownloadRequest) { r.Twice = true }).ID, lora.DownloadDone)
}

func TestDownloadsAreSteered(t *testing.T) {
	t.Parallel()
	k := newKit(t, []string{hub.Civitai, hub.CivArchive, hub.HuggingFace})
	k.large()
	k.fake.Show(fakehub.Slow, 1)
	one := k.download("5002")
	two := k.download("5001", func(r *origin.DownloadRequest) { r.Hub, r.ModelID = hub.CivArchive, "1001" })
	k.heard.until(t, "both run", func() bool {
		return k.state(one.ID).State == lora.DownloadRunning && k.state(two.ID).State == lora.DownloadRunning
	})
	three, four := k.download("5003"), k.download("main", func(r *origin.DownloadRequest) { r.Hub, r.ModelID = hub.HuggingFace, "mika/paper-cut" })
	if k.state(three.ID).State != lora.DownloadQueued || k.state(four.ID).State != lora.DownloadQueued {
		t.Error("more than two run at a time")
	}
	_, err := k.Download(t.Context(), origin.DownloadRequest{FileRequest: origin.FileRequest{Hub: hub.Civitai, VersionID: "5003"}, RootID: rootID})
	k.fails(err, lora.Conflict, "in the list")
	k.ok(k.Reorder(t.Context(), []string{four.ID, one.ID}))
	k.fails(k.Reorder(t.Context(), []string{"x"}), lora.NotFound, "no such download")
	k.fails(k.Remove(t.Context(), one.ID), lora.Conflict, "Cancel it first")
	_, err = k.Retry(t.Context(), one.ID)
	k.fails(err, lora.Conflict, "Only a download that has failed")
	list, err := k.Downloads(t.Context())
	k.ok(err)
	var order []string
	for _, d := range list {
		order = append(order, d.ID)
	}
	if !slices.Equal(order, []string{four.ID, one.ID, two.ID, three.ID}) {
		t.Errorf("the order is %q", order)
	}
	k.steer("pause a waiting one", k.Pause, three.ID, lora.DownloadPaused)
	k.steer("pause a running one", k.Pause, one.ID, lora.DownloadPaused)
	k.fake.Show(fakehub.Slow, 0)
	k.steer("resume it", k.Resume, one.ID, lora.DownloadDone)
	k.steer("cancel a paused one", k.Cancel, three.ID, lora.DownloadCancelled)
	_, err = k.Cancel(t.Context(), three.ID)
	k.fails(err, lora.Conflict, "over")
	k.steer("retry it", k.Retry, three.ID, lora.DownloadDone)
	k.comesTo(two.ID, lora.DownloadDone)
	k.comesTo(four.ID, lora.DownloadDone)
	_, err = k.Pause(t.Context(), one.ID)
	k.fails(err, lora.Conflict, "can be paused")
	k.ok(k.Remove(t.Context(), one.ID))
	k.fails(k.Remove(t.Context(), one.ID), lora.NotFound, "no such download")
	if kept, err := k.store.Downloads(t.Context()); err != nil || len(kept) != 3 {
		t.Errorf("kept: %d, %v", len(kept), err)
	}
}

func TestCancellingARunningDownloadDropsItsBytes(t *testing.T) {
	t.Parallel()
	k := newKit(t, []string{hub.Civitai})
	k.large()
	k.fake.Show(fakehub.Slow, 1)
	d := k.download("5002")
	k.heard.until(t, "some of it has come", func() bool { return k.state(d.ID).Bytes > 0 })
	k.steer("cancel a running one", k.Cancel, d.ID, lora.DownloadCancelled)
	k.ok(k.Close())
	if files := k.files(); len(files) != 0 {
		t.Errorf("left: %q", files)
	}
}

type steering = func(ctx context.Context, id string) (lora.Download, error)

// steer does something to a download and waits for what it comes to.
func (k *kit) steer(what string, do steering, id string, want lora.DownloadState) {
	k.t.Helper()
	if _, err := do(k.t.Context(), id); err != nil {
		k.t.Fatalf("%s: %v", what, err)
	}
	k.comesTo(id, want)
}
