package engine_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"loramanager/internal/engine"
	"loramanager/internal/engine/enginetest"
	"loramanager/internal/lora"
)

// driverAt serves a handler and returns a driver of a kind for it.
func driverAt(t *testing.T, kind lora.EngineKind, handler http.Handler, closes ...func()) engine.Driver {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	for _, c := range closes {
		t.Cleanup(c)
	}
	d, err := engine.NewTestDriver(lora.EngineConfig{Name: "e", Kind: kind, URL: server.URL}, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.(interface{ Close() error }).Close() })
	return d
}

func TestEveryDriverDoesWhatDriversDo(t *testing.T) {
	t.Parallel()
	for _, kind := range []lora.EngineKind{lora.SDNext, lora.A1111, lora.Forge} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			enginetest.Run(t, enginetest.Subject{Size: 64, Start: func(t *testing.T, stepTime time.Duration) engine.Driver {
				fake := enginetest.NewA1111(enginetest.A1111Options{Kind: kind, StepTime: stepTime})
				return driverAt(t, kind, fake, fake.Close)
			}})
		})
	}
	t.Run("comfyui", func(t *testing.T) {
		t.Parallel()
		enginetest.Run(t, enginetest.Subject{Size: 64, Start: func(t *testing.T, stepTime time.Duration) engine.Driver {
			fake := enginetest.NewComfyUI(enginetest.ComfyUIOptions{StepTime: stepTime})
			return driverAt(t, lora.ComfyUI, fake, fake.Close)
		}})
	})
	t.Run("sdcpp", func(t *testing.T) {
		t.Parallel()
		enginetest.Run(t, enginetest.Subject{Size: 64, Start: func(t *testing.T, stepTime time.Duration) engine.Driver {
			fake := enginetest.NewSDCpp(enginetest.SDCppOptions{StepTime: stepTime})
			return driverAt(t, lora.SDCpp, fake, fake.Close)
		}})
	})
	t.Run("sketch", func(t *testing.T) {
		t.Parallel()
		enginetest.Run(t, enginetest.Subject{Size: 64, Start: func(_ *testing.T, stepTime time.Duration) engine.Driver {
			return engine.NewTestSketch(stepTime)
		}})
	})
}
