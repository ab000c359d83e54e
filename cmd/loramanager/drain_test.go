package main

import (
	"net/http"
	"testing"
	"time"
)

func TestAServerThatIsToldToStopSaysSoAndAnswersOn(t *testing.T) {
	t.Parallel()
	r := start(t, t.TempDir(), "--drain-seconds=2", "--no-digests")
	var health struct{ Status, Service string }
	if code := r.get("/health", &health); code != http.StatusOK || health.Status != "ok" || health.Service != "lora-manager" {
		t.Errorf("before: %d %+v", code, health)
	}
	r.stop()
	code := 0
	for deadline := time.Now().Add(stopPatience); code != http.StatusServiceUnavailable && time.Now().Before(deadline); {
		code = r.get("/health", &health)
	}
	if code != http.StatusServiceUnavailable || health.Status != "draining" {
		t.Errorf("told to stop: %d %+v", code, health)
	}
	if code := r.get("/readyz", nil); code != http.StatusServiceUnavailable {
		t.Errorf("ready while draining: %d", code)
	}
	if code := r.get("/api/v1/adapters", nil); code != http.StatusOK {
		t.Errorf("a request while draining: %d", code)
	}
	r.halt()
}
