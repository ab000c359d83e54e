package health_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"loramanager/internal/health"
	"loramanager/internal/lora"
)

// asked are engines that were asked, and stubborn a store of pictures that comes back
// when it is told to.
type (
	asked    []lora.EngineStatus
	stubborn chan struct{}
)

func (a asked) Status() []lora.EngineStatus { return a }

func (s stubborn) Has(context.Context, string) (bool, error) {
	<-s
	return false, errors.New("too late")
}

func TestOneLookIsEnoughAndWaitsForNobodyForEver(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		away, back := false, make(stubborn)
		mine := lora.EngineStatus{EngineConfig: lora.EngineConfig{Name: "mine", Enabled: true}, Reachable: &away, Error: "connection refused"}
		c := health.New(health.Options{Engines: asked{mine}, Pictures: back, DataDir: t.TempDir()})
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		found := map[string]lora.Check{}
		for _, check := range c.Look(ctx) {
			found[check.ID] = check
		}
		if got := found["engine:mine"]; got.State != lora.CheckWarning || got.Advice == "" {
			t.Errorf("an engine that is away: %+v", got)
		}
		if got := found["disk:data"]; got.State != lora.CheckOK {
			t.Errorf("the disk: %+v", got)
		}
		if got := found["disk:pictures"]; got.State != lora.CheckUnknown || got.Detail == "" {
			t.Errorf("what hangs: %+v", got)
		}
		close(back)
		if err := c.Close(t.Context()); err != nil {
			t.Error(err)
		}
	})
}
