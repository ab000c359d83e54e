package main

import (
	"context"

	"loramanager/internal/embedding"
	"loramanager/internal/guard"
	"loramanager/internal/httpapi"
	"loramanager/internal/lora"
	"loramanager/internal/recommend"
	"loramanager/internal/stats"
)

// openViews opens what answers what fits and how it goes. Only the front door asks them.
func (a *app) openViews(context.Context) error {
	if a.doorless {
		return nil
	}
	o := recommend.Options{
		Library: a.store, Memory: a.store, Tastes: a.store, Logger: a.log,
		Changed: func() { a.hub.Announce(httpapi.EventRecommendChanged, struct{}{}) },
	}
	if c := &a.config; c.EmbedURL != "" {
		client, err := embedding.New(embedding.Options{
			URL: c.EmbedURL, Model: c.EmbedModel, Key: c.EmbedKey, Dimensions: c.EmbedDims, Batch: c.EmbedBatch, Limits: guard.Default(),
		})
		if err != nil {
			return err
		}
		a.embedder, o.Embedder, o.Vectors = client, client, a.store
	}
	a.recommend = recommend.New(o)
	a.stats = stats.New(stats.Options{
		Counts: a.store, Cases: a.store, House: a.store, Library: a.store,
		Embedded: func() (embedded, all int) {
			known := a.recommend.Health()
			return known.WithVectors, known.Adapters
		},
		Storage: func() lora.StorageFigures { return a.pulse.Storage() },
	})
	return nil
}
