package stats

import (
	"net/url"
	"time"

	"loramanager/internal/lora"
)

// historyOf is the page of the web app that lists the generations of a window's days. Its
// words are those of web/src/features/history/query; empty ones do not narrow.
func historyOf(w lora.Window, outcome, engine, adapter string) string {
	query := url.Values{}
	for name, value := range map[string]string{"outcome": outcome, "engine": engine, "adapter_id": adapter} {
		if value != "" {
			query.Set(name, value)
		}
	}
	query.Set("from", w.Start.In(w.Zone).Format(time.DateOnly))
	query.Set("to", w.End.Add(-time.Nanosecond).In(w.Zone).Format(time.DateOnly))
	return "/history?" + query.Encode()
}
