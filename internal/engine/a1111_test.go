package engine_test

import (
	"context"
	"encoding/base64"
	"errors"
	"strings"
	"testing"
	"time"

	"loramanager/internal/engine"
	"loramanager/internal/engine/enginetest"
	"loramanager/internal/lora"
)

// family starts a fake of a kind with a driver that has seen its lists.
func family(t *testing.T, options enginetest.A1111Options) (*enginetest.A1111, engine.Driver) {
	t.Helper()
	fake, cfg := serve(t, "e", options)
	cfg.Username, cfg.Password = options.Username, options.Password
	driver := driverFor(t, cfg, nil)
	if _, err := driver.Describe(t.Context()); err != nil {
		t.Fatal(err)
	}
	return fake, driver
}

func eachOfTheFamily(t *testing.T, test func(t *testing.T, kind lora.EngineKind)) {
	t.Helper()
	for _, kind := range []lora.EngineKind{lora.SDNext, lora.A1111, lora.Forge} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			test(t, kind)
		})
	}
}

// wants compares members of a request, which may lie deeper, such as "a.b".
func wants(t *testing.T, request map[string]any, want map[string]any) {
	t.Helper()
	for path, value := range want {
		var got any = request
		for _, member := range strings.Split(path, ".") {
			object, _ := got.(map[string]any)
			got = object[member]
		}
		if got != value {
			t.Errorf("%s is %v, want %v", path, got, value)
		}
	}
}

func TestARequestSaysWhatWasAskedAndNothingElse(t *testing.T) {
	t.Parallel()
	eachOfTheFamily(t, func(t *testing.T, kind lora.EngineKind) {
		fake, driver := family(t, enginetest.A1111Options{Kind: kind, Username: "u", Password: "p"})
		run(t, driver, orderOf(func(p *lora.GenerationParams) {
			p.NegativePrompt, p.Model, p.SamplerName = nil, "", "dpmpp_2m"
		}))
		request := fake.Requests()[0]
		wants(t, request, map[string]any{
			"prompt": "a cat", "negative_prompt": "", "steps": 4.0, "cfg_scale": 7.0, "width": 128.0, "height": 64.0, "seed": 11.0,
			"batch_size": 1.0, "n_iter": 1.0, "sampler_name": "DPM++ 2M", "send_images": true, "save_images": false,
			"denoising_strength": nil, "override_settings": nil, "sd_model_checkpoint": nil, "lora_apply_te": nil,
		})
		if _, named := request["force_task_id"]; named == (kind == lora.SDNext) {
			t.Error("the task is named where it cannot be, or is not where it can")
		}
		for name, value := range request {
			if value == nil {
				t.Errorf("%s was sent as null", name)
			}
		}
	})
}

func TestLoRAsAreWrittenAsEachEngineReadsThem(t *testing.T) {
	t.Parallel()
	for kind, want := range map[lora.EngineKind]string{
		lora.SDNext: "a cat <lora:add_detail_v2:", lora.A1111: "a cat <lora:add.detail.v2:", lora.Forge: "a cat <lora:add.detail.v2:",
	} {
		fake, driver := family(t, enginetest.A1111Options{Kind: kind})
		handle := map[lora.EngineKind]string{lora.SDNext: "add_detail_v2"}[kind]
		if handle == "" {
			handle = "add.detail.v2"
		}
		news := run(t, driver, orderOf(func(p *lora.GenerationParams) { p.Model = "" }, applied(handle, 0.8, 0.5)))
		request := fake.Requests()[0]
		prompt, _ := request["prompt"].(string)
		if !strings.HasPrefix(prompt, want) || !strings.Contains(prompt, "0.8") || !strings.Contains(prompt, "0.5") {
			t.Errorf("%s: the prompt is %q", kind, prompt)
		}
		if request["lora_apply_te"] != nil != (kind == lora.SDNext) {
			t.Errorf("%s: lora_apply_te is %v", kind, request["lora_apply_te"])
		}
		if len(fake.Used()[0]) != 1 || len(news.of(lora.EventWarning)) != 0 {
			t.Errorf("%s: used %v, warned %+v", kind, fake.Used(), news.of(lora.EventWarning))
		}
	}
}

func TestPicturesMasksAndSettingsFindTheirPlaces(t *testing.T) {
	t.Parallel()
	picture, mask := enginetest.Picture(64, 64, "init"), enginetest.Picture(64, 64, "mask")
	strength, blur := 0.4, 6
	eachOfTheFamily(t, func(t *testing.T, kind lora.EngineKind) {
		fake, driver := family(t, enginetest.A1111Options{Kind: kind})
		order := orderOf(func(p *lora.GenerationParams) {
			p.Model, p.VAE, p.ClipSkip = "xl/base", "vae", 2
			p.InitImage, p.MaskImage, p.DenoisingStrength, p.MaskBlur, p.MaskInvert = "i", "m", &strength, &blur, true
		})
		order.Pictures = map[string][]byte{"i": picture, "m": mask}
		run(t, driver, order)
		request := fake.Requests()[0]
		wants(t, request, map[string]any{
			"denoising_strength": 0.4, "mask_blur": 6.0, "inpainting_mask_invert": 1.0, "inpaint_full_res": true,
			"mask": "data:image/png;base64," + base64.StdEncoding.EncodeToString(mask),
		})
		settings := map[lora.EngineKind]map[string]any{
			lora.SDNext: {"sd_model_checkpoint": "xl/base.safetensors", "clip_skip": 2.0, "override_settings.sd_vae": "vae.safetensors"},
			lora.A1111: {
				"override_settings.sd_model_checkpoint": "xl/base.safetensors", "override_settings.CLIP_stop_at_last_layers": 2.0,
				"override_settings.sd_vae": "vae.safetensors", "inpainting_fill": 1.0,
			},
			lora.Forge: {"override_settings.sd_model_checkpoint": "xl/base.safetensors", "override_settings.sd_vae": nil},
		}
		wants(t, request, settings[kind])
		if calls := strings.Join(fake.Calls(), " "); !strings.Contains(calls, "/sdapi/v1/img2img") {
			t.Errorf("the calls were %s", calls)
		}
	})
}

func TestASecondPassAndEnlargingMakeLargerPictures(t *testing.T) {
	t.Parallel()
	eachOfTheFamily(t, func(t *testing.T, kind lora.EngineKind) {
		fake, driver := family(t, enginetest.A1111Options{Kind: kind})
		news := run(t, driver, orderOf(func(p *lora.GenerationParams) {
			p.Model, p.Hires, p.Upscale = "", &lora.Hires{Scale: 1.5, Upscaler: "Latent", Denoising: 0.3}, &lora.Upscale{Upscaler: "lanczos", Scale: 2}
		}))
		if got := size(t, news.pictures[0].Data); got != [2]int{384, 192} {
			t.Errorf("the picture is %v", got)
		}
		place := map[lora.EngineKind]string{lora.SDNext: "hr_denoising_strength"}[kind]
		if place == "" {
			place = "denoising_strength"
		}
		wants(t, fake.Requests()[0], map[string]any{"enable_hr": true, "hr_scale": 1.5, place: 0.3})
	})
}

func TestControlUnitsGoWhereEachEngineReadsThemAndTheirMapsAreLeftOut(t *testing.T) {
	t.Parallel()
	eachOfTheFamily(t, func(t *testing.T, kind lora.EngineKind) {
		fake, driver := family(t, enginetest.A1111Options{Kind: kind})
		order := orderOf(func(p *lora.GenerationParams) {
			p.Model, p.Controls = "tiny", []lora.ControlUnit{{Image: "c", Model: "control_canny", Preprocessor: "canny", Weight: 0.7, End: 0.9}}
		})
		order.Pictures = map[string][]byte{"c": enginetest.Picture(64, 64, "edges")}
		news := run(t, driver, order)
		if len(news.pictures) != 1 || size(t, news.pictures[0].Data) != [2]int{128, 64} {
			t.Errorf("got %d pictures", len(news.pictures))
		}
		calls, request := strings.Join(fake.Calls(), " "), fake.Requests()[0]
		if kind == lora.SDNext {
			unit := request["control"].([]any)[0].(map[string]any)
			wants(t, unit, map[string]any{"model": "control_canny", "process": "canny", "strength": 0.7, "end": 0.9, "unit_type": "controlnet"})
			if !strings.Contains(calls, "/sdapi/v1/control ") && !strings.HasSuffix(calls, "/sdapi/v1/control") || !strings.Contains(calls, "POST /sdapi/v1/checkpoint") {
				t.Errorf("the calls were %s", calls)
			}
			return
		}
		scripts := request["alwayson_scripts"].(map[string]any)
		unit := scripts["ControlNet"].(map[string]any)["args"].([]any)[0].(map[string]any)
		wants(t, unit, map[string]any{"enabled": true, "model": "control_canny", "module": "canny", "weight": 0.7, "guidance_end": 0.9})
	})
}

func TestProgressAndPreviewsComeWhileTheEngineWorks(t *testing.T) {
	t.Parallel()
	eachOfTheFamily(t, func(t *testing.T, kind lora.EngineKind) {
		_, driver := family(t, enginetest.A1111Options{Kind: kind, StepTime: 20 * time.Millisecond})
		engine.SetPoll(driver, time.Millisecond)
		news := run(t, driver, orderOf(func(p *lora.GenerationParams) { p.Model, p.Steps = "", 20 }))
		progress, previews := news.of(lora.EventProgress), news.of(lora.EventPreview)
		if len(progress) == 0 || len(previews) == 0 {
			t.Fatalf("there were %d news of progress and %d previews", len(progress), len(previews))
		}
		if f := progress[len(progress)-1].Fraction; f == nil || *f <= 0 || *f > 1 {
			t.Errorf("the last progress is %v", f)
		}
	})
}

func TestCancellingInterruptsTheEngineUnlessItWorksForSomebodyElse(t *testing.T) {
	t.Parallel()
	eachOfTheFamily(t, func(t *testing.T, kind lora.EngineKind) {
		fake, driver := family(t, enginetest.A1111Options{Kind: kind, StepTime: 50 * time.Millisecond})
		engine.SetPoll(driver, 5*time.Millisecond)
		cancelAt := func(sign lora.EngineEventType) error {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			return driver.Run(ctx, orderOf(func(p *lora.GenerationParams) { p.Model, p.Steps = "", 1000 }), func(e lora.EngineEvent) error {
				if e.Type == sign {
					cancel()
				}
				return nil
			})
		}
		var failed *lora.EngineError
		if err := cancelAt(lora.EventProgress); !errors.As(err, &failed) || failed.Class != lora.EngineInterrupted {
			t.Errorf("got %v", err)
		}
		if n := fake.Interrupts(); n != 1 {
			t.Errorf("the engine was interrupted %d times", n)
		}
		if kind == lora.SDNext {
			return // it does not tell whose job runs
		}
		first, stop := context.WithCancel(t.Context())
		working := make(chan struct{})
		over := make(chan error, 1)
		go func() {
			told := false
			over <- driver.Run(first, orderOf(func(p *lora.GenerationParams) { p.Model, p.Steps = "", 1000 }), func(e lora.EngineEvent) error {
				if e.Type == lora.EventProgress && !told {
					told = true
					close(working)
				}
				return nil
			})
		}()
		<-working
		if err := cancelAt(lora.EventQueued); !errors.As(err, &failed) || failed.Class != lora.EngineInterrupted {
			t.Errorf("a waiting job: got %v", err)
		}
		if n := fake.Interrupts(); n != 1 {
			t.Error("the job of somebody else was interrupted")
		}
		stop()
		<-over
	})
}

func TestWithoutProgressAndInterruptPicturesAreMadeAllTheSame(t *testing.T) {
	t.Parallel()
	_, driver := family(t, enginetest.A1111Options{NoProgress: true, InfoObject: true, StepTime: 10 * time.Millisecond})
	if d, err := driver.Describe(t.Context()); err != nil || d.Capabilities.Progress.Value != "none" || d.Capabilities.CancelRunning.Value != "no" {
		t.Errorf("it says of its progress %+v, %v", d.Capabilities.Progress, err)
	}
	engine.SetPoll(driver, time.Millisecond)
	news := run(t, driver, orderOf(func(p *lora.GenerationParams) { p.Model, p.BatchSize, p.NIter = "", 2, 2 }))
	if len(news.pictures) != 4 || len(news.of(lora.EventProgress)) != 0 {
		t.Fatalf("got %d pictures", len(news.pictures))
	}
	last := news.pictures[3]
	if *last.Seed != 14 || !strings.Contains(last.Infotext, "Seed: 14") {
		t.Errorf("the last picture has the seed %d and the text %q", *last.Seed, last.Infotext)
	}
}

func TestAModelSDNextDoesNotFindIsNotPassedOver(t *testing.T) {
	t.Parallel()
	_, cfg := serve(t, "e", enginetest.A1111Options{})
	h := open(t, engine.Options{}, cfg)
	h.asked(t)
	err := h.Run(t.Context(), "e", orderOf(func(p *lora.GenerationParams) { p.Model = "gone" }).Task, (&told{}).sink)
	var failed *lora.EngineError
	if !errors.As(err, &failed) || failed.Class != lora.EngineEmpty {
		t.Errorf("got %v", err)
	}
}
