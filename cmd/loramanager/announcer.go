package main

import (
	"context"
	"time"

	"loramanager/internal/events"
	"loramanager/internal/library"
	"loramanager/internal/lora"
	"loramanager/internal/metrics"
	"loramanager/internal/store"
)

// announcer adds to news of changed adapters the number of the latest change, by
// which a client knows whether it has seen it, and counts the scans that end.
type announcer struct {
	hub     *events.Hub
	store   *store.Store
	metrics *metrics.Metrics
}

type adaptersChanged struct {
	library.AdaptersChanged
	Change int64 `json:"change"`
}

const numberPatience = time.Second

// Announce implements library.Announcer.
func (a announcer) Announce(eventType string, data any) {
	if scan, ok := data.(lora.Scan); ok && eventType == library.EventScanFinished {
		a.metrics.ScanEnded(scan)
	}
	if changed, ok := data.(library.AdaptersChanged); ok {
		ctx, cancel := context.WithTimeout(context.Background(), numberPatience)
		defer cancel()
		number, err := a.store.Change(ctx)
		if err != nil && lora.CodeOf(err) == lora.Internal {
			changed.IDs = nil // read everything again
		}
		data = adaptersChanged{changed, number}
	}
	a.hub.Announce(eventType, data)
}
