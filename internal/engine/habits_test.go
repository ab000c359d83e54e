package engine_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"loramanager/internal/engine/enginetest"
	"loramanager/internal/lora"
)

// slow are the habits that end only with the time a job is given.
var slow = map[enginetest.Habit]bool{enginetest.Dribble: true, enginetest.Hang: true, enginetest.SlowHead: true}

func TestJobsOfSickEnginesEndWithAReason(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		kind          lora.EngineKind
		method, route string
	}{
		{lora.ComfyUI, "POST", "/prompt"}, {lora.ComfyUI, "GET", "/history/"}, {lora.ComfyUI, "GET", "/object_info/KSampler"}, {lora.ComfyUI, "GET", "/view"},
		{lora.SDCpp, "POST", "/sdcpp/v1/img_gen"}, {lora.SDCpp, "GET", "/sdcpp/v1/jobs/"}, {lora.SDCpp, "GET", "/sdcpp/v1/capabilities"},
	} {
		for _, habit := range enginetest.Habits() {
			if c.route == "/view" && (habit == enginetest.HugePicture || habit == enginetest.Page || habit == enginetest.BrokenJSON ||
				habit == enginetest.WrongType || habit == enginetest.NoPictures || habit == enginetest.Duplicates || habit == enginetest.LocalFile) {
				continue // 200 with a body: whether it is a picture is judged by who keeps it
			}
			t.Run(string(c.kind)+c.route+" "+string(habit), func(t *testing.T) {
				t.Parallel()
				var healthy enginetest.Fake
				if c.kind == lora.ComfyUI {
					healthy = enginetest.NewComfyUI(enginetest.ComfyUIOptions{})
				} else {
					healthy = enginetest.NewSDCpp(enginetest.SDCppOptions{})
				}
				sick := enginetest.Sick(healthy, habit, func(r *http.Request) bool {
					return r.Method == c.method && strings.HasPrefix(r.URL.Path, c.route)
				})
				driver := driverAt(t, c.kind, sick, healthy.Close)
				given := time.Minute
				if slow[habit] {
					given = 200 * time.Millisecond
				}
				ctx, stop := context.WithTimeout(t.Context(), given)
				defer stop()
				err := driver.Run(ctx, orderOf(nil), func(lora.EngineEvent) error { return nil })
				var failed *lora.EngineError
				if !errors.As(err, &failed) || failed.Message == "" || failed.Class == lora.EngineInterrupted {
					t.Errorf("got %v, want an EngineError with a reason", err)
				}
				if slow[habit] && failed != nil && failed.Class != lora.EngineTimeout {
					t.Errorf("got %v, want that the time is over", err)
				}
			})
		}
	}
}
