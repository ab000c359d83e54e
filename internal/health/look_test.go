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

// engine is one that was asked, and stubborn a store of pictures that comes back when told.
type (
	engine   lora.EngineStatus
	stubborn chan struct{}
)

func (e engine) Status() []lora.EngineStatus { return []lora.EngineStatus{lora.EngineStatus(e)} }

func (s stubborn) Has(context.Context, string) (bool, error) {
	<-s
	return false, errors.New("too late")
}

func TestOneLookIsEnoughAndWaitsForNobodyForEver(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		away, back := false, make(stubborn)
		c := health.New(health.Options{
			Engines: engine{Name: "mine", Enabled: true, Reachable: &away, Error: "connection refused"}, Pictures: back, DataDir: t.TempDir(),
		})
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
