package engine_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"loramanager/internal/engine"
	"loramanager/internal/engine/enginetest"
	"loramanager/internal/lora"
)

func startSDCpp(t *testing.T, options enginetest.SDCppOptions) (*enginetest.SDCpp, engine.Driver) {
	t.Helper()
	fake := enginetest.NewSDCpp(options)
	server := httptest.NewServer(fake)
	t.Cleanup(server.Close)
	t.Cleanup(fake.Close)
	return fake, driverFor(t, lora.EngineConfig{Name: "s", Kind: lora.SDCpp, URL: server.URL}, nil)
}

func driverFor(t *testing.T, cfg lora.EngineConfig, workflows engine.Workflows) engine.Driver {
	t.Helper()
	driver, err := engine.NewTestDriver(cfg, workflows)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = driver.(interface{ Close() error }).Close() })
	return driver
}

func TestSDCppMakesPicturesOverEitherFamilyOfRoutes(t *testing.T) {
	t.Parallel()
	for name, old := range map[string]bool{"its own jobs": false, "the routes of older builds": true} {
		fake, driver := startSDCpp(t, enginetest.SDCppOptions{Old: old})
		news := run(t, driver, orderOf(func(p *lora.GenerationParams) { p.BatchSize, p.Width = 2, 65 }, applied("style_a.safetensors", 0.5)))
		if len(news.pictures) != 2 || *news.pictures[1].Seed != 12 || size(t, news.pictures[0].Data) != [2]int{128, 64} {
			t.Errorf("%s: got %d pictures of %v", name, len(news.pictures), size(t, news.pictures[0].Data))
		}
		body := fake.Requests()[0]
		use := body["lora"].([]any)[0].(map[string]any)
		if use["path"] != "style_a.safetensors" || use["multiplier"] != 0.5 {
			t.Errorf("%s: the LoRA was sent as %v", name, use)
		}
		submitted := news.of(lora.EventSubmitted)
		if submitted[0].Handle != "" || old != (len(submitted) == 1) {
			t.Errorf("%s: submitted was said as %+v", name, submitted)
		}
	}
}

func TestSDCppWithFaultsOfTheRealOne(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		why     string
		options enginetest.SDCppOptions
		order   engine.Order
		class   lora.EngineErrorClass
		says    string
	}{
		{"a LoRA it does not have", enginetest.SDCppOptions{}, orderOf(nil, applied("gone.safetensors", 1)), lora.EngineLoRANotFound, "gone.safetensors"},
		{"the same in an older build", enginetest.SDCppOptions{Old: true}, orderOf(nil, applied("gone.safetensors", 1)), lora.EngineLoRANotFound, "gone.safetensors"},
		{"a sampler it would silently replace", enginetest.SDCppOptions{}, orderOf(func(p *lora.GenerationParams) { p.SamplerName = "Restart" }), lora.EngineNotFound, "Restart"},
		{"a generation that fails", enginetest.SDCppOptions{Fail: "no memory"}, orderOf(nil), lora.EngineFailed, "no memory"},
		{"a result thrown away too early", enginetest.SDCppOptions{Expire: true}, orderOf(nil), lora.JobLost, "Retry"},
		{"a picture too large for it", enginetest.SDCppOptions{}, orderOf(func(p *lora.GenerationParams) { p.Width = 8192 }), lora.EngineRefused, "4096"},
		{"a picture that is not there", enginetest.SDCppOptions{}, orderOf(func(p *lora.GenerationParams) { p.InitImage = "abc" }), lora.EngineRefused, "abc"},
	} {
		_, driver := startSDCpp(t, c.options)
		if failed := refused(t, driver, c.order, c.class); !strings.Contains(failed.Message, c.says) {
			t.Errorf("%s: the message %q does not say %q", c.why, failed.Message, c.says)
		}
	}
}

func TestSDCppCannotStopWhatRunsButTakesBackWhatWaits(t *testing.T) {
	t.Parallel()
	fake, driver := startSDCpp(t, enginetest.SDCppOptions{StepTime: 20 * time.Millisecond})
	running, stop := context.WithCancel(context.Background())
	defer stop()
	ended := make(chan error, 1)
	started := make(chan struct{})
	go func() {
		var once bool
		ended <- driver.Run(running, orderOf(func(p *lora.GenerationParams) { p.Steps = 50 }), func(e lora.EngineEvent) error {
			if e.Type == lora.EventProgress && !once {
				once = true
				close(started)
			}
			return nil
		})
	}()
	<-started
	waiting, stopWaiting := context.WithCancel(context.Background())
	err := driver.Run(waiting, orderOf(nil), func(e lora.EngineEvent) error {
		if e.Type == lora.EventQueued {
			stopWaiting()
		}
		return nil
	})
	stopWaiting()
	var failed *lora.EngineError
	if !errors.As(err, &failed) || failed.Class != lora.EngineInterrupted || strings.Contains(failed.Message, "cannot stop") {
		t.Errorf("the waiting job ended with %v", err)
	}
	stop()
	if err := <-ended; !errors.As(err, &failed) || failed.Class != lora.EngineInterrupted || !strings.Contains(failed.Message, "cannot stop") {
		t.Errorf("the running job ended with %v", err)
	}
	news := run(t, driver, orderOf(nil))
	if len(news.pictures) != 1 || fake.Made() != 2 {
		t.Errorf("the engine made %d generations, want the one that could not be stopped and the next", fake.Made())
	}
}

func TestSDCppTakesAJobUpAgainByItsHandle(t *testing.T) {
	t.Parallel()
	fake, driver := startSDCpp(t, enginetest.SDCppOptions{StepTime: time.Millisecond})
	handle := ""
	left := errors.New("the server stops here")
	err := driver.Run(context.Background(), orderOf(nil), func(e lora.EngineEvent) error {
		if e.Type == lora.EventProgress {
			return left
		}
		if e.Type == lora.EventSubmitted {
			handle = e.Handle
		}
		return nil
	})
	if !errors.Is(err, left) || handle == "" {
		t.Fatalf("got %v and the handle %q", err, handle)
	}
	resumer := driver.(engine.Resumer)
	news := &told{}
	if err := resumer.Attach(context.Background(), handle, orderOf(nil), news.sink); err != nil || len(news.pictures) != 1 {
		t.Fatalf("attaching gave %v and %d pictures", err, len(news.pictures))
	}
	fake.Restart()
	var failed *lora.EngineError
	if err := resumer.Attach(context.Background(), handle, orderOf(nil), news.sink); !errors.As(err, &failed) || failed.Class != lora.EngineFailed {
		t.Errorf("after a restart of the engine attaching gave %v", err)
	}
	if err := resumer.Attach(context.Background(), "../options", orderOf(nil), news.sink); !errors.As(err, &failed) || failed.Class != lora.JobLost {
		t.Errorf("a handle that is none gave %v", err)
	}
}

func TestSDCppIsBusyWhenItsQueueIsFull(t *testing.T) {
	t.Parallel()
	_, driver := startSDCpp(t, enginetest.SDCppOptions{StepTime: time.Hour})
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 64)
	taken := make(chan struct{}, 64)
	for range 64 {
		go func() {
			ended <- driver.Run(ctx, orderOf(nil), func(e lora.EngineEvent) error {
				if e.Handle != "" {
					taken <- struct{}{}
				}
				return nil
			})
		}()
	}
	for range 64 {
		<-taken
	}
	refused(t, driver, orderOf(nil), lora.EngineBusy)
	stop()
	for range 64 {
		<-ended
	}
}

func TestSDCppInvertsTheMaskItself(t *testing.T) {
	t.Parallel()
	fake, driver := startSDCpp(t, enginetest.SDCppOptions{})
	order := orderOf(func(p *lora.GenerationParams) { p.InitImage, p.MaskImage = "i", "m" })
	order.Pictures = map[string][]byte{"i": enginetest.Picture(64, 64, "i"), "m": enginetest.Picture(64, 64, "m")}
	run(t, driver, order)
	order.Params.MaskInvert = true
	run(t, driver, order)
	bodies := fake.Requests()
	if bodies[0]["mask_image"] == bodies[1]["mask_image"] || bodies[0]["init_image"] != bodies[1]["init_image"] {
		t.Error("the mask was sent as it was")
	}
	order.Pictures["i"] = []byte("RIFF\x00\x00\x00\x00WEBPVP8 ")
	refused(t, driver, order, lora.EngineRefused)
}

func TestSDCppSaysWhatItCanDoAndHowThatIsKnown(t *testing.T) {
	t.Parallel()
	for name, old := range map[string]bool{"a build with jobs": false, "an older build": true} {
		_, driver := startSDCpp(t, enginetest.SDCppOptions{Old: old})
		d, err := driver.Describe(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		c := d.Capabilities
		if c.CurrentModel != (lora.Known[string]{Value: "tiny", Learned: lora.Reported}) || c.CancelRunning.Value != "no" || c.Resumable.Value == old {
			t.Errorf("%s: got %+v", name, c)
		}
		if len(d.LoRAs) != 2 || d.LoRAs[1].Path != "sub/char_b.safetensors" || c.Samplers.Learned != lora.Reported {
			t.Errorf("%s: got the LoRAs %v", name, d.LoRAs)
		}
	}
}

func TestSDCppThatAnswersForAnotherJobIsNotBelieved(t *testing.T) {
	t.Parallel()
	fake := enginetest.NewSDCpp(enginetest.SDCppOptions{})
	driver := driverAt(t, lora.SDCpp, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet || !strings.HasPrefix(r.URL.Path, "/sdcpp/v1/jobs/") {
			fake.ServeHTTP(w, r)
			return
		}
		_, _ = w.Write([]byte(`{"id":"job_of_somebody_else","status":"completed","result":{"images":[]}}`))
	}), fake.Close)
	refused(t, driver, orderOf(nil), lora.EngineProtocol)
}
