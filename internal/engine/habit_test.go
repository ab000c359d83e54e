package engine_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"testing"
	"time"

	"loramanager/internal/engine"
	"loramanager/internal/engine/enginetest"
	"loramanager/internal/lora"
)

// sick opens a registry with an engine that has a habit and a healthy one.
func sick(t *testing.T, habit enginetest.Habit) *house {
	t.Helper()
	fake := enginetest.NewA1111(enginetest.A1111Options{})
	bad := at(t, "sick", lora.SDNext, enginetest.Sick(fake, habit, enginetest.Generations))
	t.Cleanup(fake.Close)
	bad.TimeoutSeconds = 2
	_, good := serve(t, "healthy", enginetest.A1111Options{Kind: lora.Forge})
	h := open(t, engine.Options{}, bad, good)
	h.asked(t)
	return h
}

func classOf(err error) lora.EngineErrorClass {
	var failed *lora.EngineError
	if errors.As(err, &failed) && failed.Message != "" {
		return failed.Class
	}
	return ""
}

func TestPromise4_AJobOnASickEngineEndsWithAReason(t *testing.T) {
	t.Parallel()
	want := map[enginetest.Habit]lora.EngineErrorClass{
		enginetest.Dribble: lora.EngineTimeout, enginetest.Hang: lora.EngineTimeout, enginetest.SlowHead: lora.EngineTimeout,
		enginetest.CutBody: lora.EngineFailed, enginetest.Drop: lora.EngineFailed, enginetest.Garbage: lora.EngineProtocol,
		enginetest.Fail: lora.EngineFailed, enginetest.Limit: lora.EngineRateLimited, enginetest.Busy: lora.EngineBusy,
		enginetest.Page: lora.EngineProtocol, enginetest.BrokenJSON: lora.EngineProtocol, enginetest.DeepJSON: lora.EngineProtocol,
		enginetest.Endless: lora.EngineProtocol, enginetest.Base64Bomb: lora.EngineProtocol, enginetest.WrongType: lora.EngineEmpty,
		enginetest.NoPictures: lora.EngineEmpty, enginetest.Duplicates: lora.EngineProtocol, enginetest.LocalFile: lora.EngineProtocol,
		enginetest.ToMetadata: lora.EngineUnreachable, enginetest.ToElsewhere: lora.EngineUnreachable, enginetest.RedirectLoop: lora.EngineUnreachable,
		enginetest.HugePicture: "", // who keeps the picture refuses it
	}
	for _, habit := range enginetest.Habits() {
		t.Run(string(habit), func(t *testing.T) {
			t.Parallel()
			h := sick(t, habit)
			err := h.Run(t.Context(), "sick", taskOf(nil), (&told{}).sink)
			if got := classOf(err); got != want[habit] || got == "" && err != nil {
				t.Errorf("got %v, want the class %q", err, want[habit])
			}
			if habit == enginetest.Limit {
				var failed *lora.EngineError
				if errors.As(err, &failed); failed.RetryAfter.Seconds() != 7 {
					t.Errorf("it asked to wait %v", failed.RetryAfter)
				}
			}
			if err := h.Run(t.Context(), "healthy", taskOf(nil), (&told{}).sink); err != nil {
				t.Errorf("the healthy engine: %v", err)
			}
		})
	}
}

// It is not parallel because it counts what the whole process allocates.
func TestPromise4_FarTooLongRepliesCostLittleMemory(t *testing.T) {
	for _, habit := range []enginetest.Habit{enginetest.Endless, enginetest.Base64Bomb, enginetest.DeepJSON, enginetest.Duplicates} {
		h := sick(t, habit)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		err := h.Run(t.Context(), "sick", taskOf(nil), (&told{}).sink)
		runtime.ReadMemStats(&after)
		if allocated := (after.TotalAlloc - before.TotalAlloc) >> 20; allocated > 64 || err == nil {
			t.Errorf("%s: %d MiB were allocated, %v", habit, allocated, err)
		}
	}
}

func TestEnginesThatAreNotThereSayWhy(t *testing.T) {
	t.Parallel()
	encrypted := httptest.NewTLSServer(http.NotFoundHandler())
	t.Cleanup(encrypted.Close)
	nothing := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(nothing.Close)
	for url, class := range map[string]lora.EngineErrorClass{
		"http://127.0.0.1:1": lora.EngineUnreachable, "http://nowhere.invalid": lora.EngineUnreachable,
		encrypted.URL: lora.EngineUnreachable, nothing.URL: lora.EngineNotFound,
	} {
		cfg := lora.EngineConfig{Name: "e", Kind: lora.A1111, URL: url, Enabled: true}
		h := open(t, engine.Options{}, cfg)
		s, err := h.Test(t.Context(), cfg)
		if err != nil || *s.Reachable || s.ErrorClass != string(class) || s.Error == "" {
			t.Errorf("%s: %+v, %v", url, s, err)
		}
	}
}

func TestAnEngineThatDiesInTheMiddleFails(t *testing.T) {
	t.Parallel()
	fake := enginetest.NewA1111(enginetest.A1111Options{StepTime: time.Hour})
	server := httptest.NewServer(fake)
	t.Cleanup(server.Close)
	t.Cleanup(fake.Close)
	cfg := lora.EngineConfig{Name: "e", Kind: lora.SDNext, URL: server.URL, Enabled: true}
	h := open(t, engine.Options{}, cfg)
	h.asked(t)
	err := h.Run(t.Context(), "e", taskOf(nil), func(e lora.EngineEvent) error {
		if e.Type == lora.EventSubmitted {
			go func() {
				for !slices.Contains(fake.Calls(), "POST /sdapi/v1/txt2img") {
					runtime.Gosched()
				}
				server.CloseClientConnections()
			}()
		}
		return nil
	})
	if got := classOf(err); got != lora.EngineFailed {
		t.Errorf("got %v", err)
	}
}
