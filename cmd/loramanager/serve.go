package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"loramanager/web"
)

type serveCmd struct{}

// stopPatience is how long requests, scans and live connections have to end.
const stopPatience = 10 * time.Second

// Run starts the server and returns when it was told to stop.
func (serveCmd) Run(ctx context.Context, c *Config, io streams, src *sources) error {
	log := newLogger(c, io)
	if names := src.reservedInUse(); len(names) > 0 {
		log.Info("these variables have no effect yet", "names", names)
	}
	stop, err := serveProfiles(ctx, c, log)
	if err != nil {
		return err
	}
	defer stop()
	a, err := newApp(ctx, *c, log)
	if err != nil {
		return err
	}
	log.Info("listening", "address", a.listener.Addr().String(), "data", c.Data, "database", a.store.Database(), "version", version)
	if io.progress {
		_, _ = fmt.Fprintf(io.err, "\n  LoRA Manager is at http://%s%s/\n  Stop it with Ctrl+C.\n\n", a.listener.Addr(), c.BasePath)
	}
	if err := a.inviteFirst(ctx, io); err != nil {
		return errors.Join(err, a.close(context.WithoutCancel(ctx)))
	}
	if !web.Built() {
		log.Warn("this binary was built without the web app; the API works")
	}
	return a.run(ctx, stopPatience)
}
