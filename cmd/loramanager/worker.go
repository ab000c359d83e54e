package main

import "context"

type workerCmd struct{}

// Run runs jobs and returns when it was told to stop.
func (workerCmd) Run(ctx context.Context, c *Config, io streams) error {
	log := newLogger(c, io)
	stop, err := serveProfiles(ctx, c, log)
	if err != nil {
		return err
	}
	defer stop()
	a, err := newApp(ctx, *c, log, withoutDoor)
	if err != nil {
		return err
	}
	log.Info("working", "name", a.workerName(), "data", c.Data, "version", version)
	return a.run(ctx, stopPatience)
}
