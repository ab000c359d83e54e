package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"syscall"

	"loramanager/internal/engine"
	"loramanager/internal/events"
	"loramanager/internal/guard"
	"loramanager/internal/health"
	"loramanager/internal/hub"
	"loramanager/internal/images"
	"loramanager/internal/lora"
	"loramanager/internal/queue"
)

// shortKey is the length below which a key can be guessed sooner or later.
const shortKey = 16

// checkExposure says who can reach the server, and what they are asked.
func (d *doctor) checkExposure() {
	c := d.config
	key := c.APIKey.Reveal()
	asked := "are asked for nothing"
	switch {
	case c.Accounts:
		asked = "log in with accounts"
	case key != "":
		asked = "are asked for the key"
	}
	switch {
	case key != "" && len(key) < shortKey:
		d.add("exposure", markWarn, "The key is short.", "Take a long random one, such as what openssl rand -base64 32 prints.")
	case loopbackOnly(c.Listen):
		d.add("exposure", markOK, fmt.Sprintf("Only programs of this computer reach it; they %s.", asked), "")
	case strings.HasPrefix(c.PublicURL, "https://"):
		d.add("exposure", markOK, fmt.Sprintf("Others reach it at %s, and %s.", c.PublicURL, asked), "")
	default:
		d.add("exposure", markOK, fmt.Sprintf("Others reach it at %s, and %s. What they send is not encrypted on the way.", c.Listen, asked), "Put a proxy with TLS in front where the network is not yours alone: docs/install.md.")
	}
}

// checkPort reports whether the server can listen.
func (d *doctor) checkPort(ctx context.Context) {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", d.config.Listen)
	switch {
	case err == nil:
		_ = l.Close() // nobody was accepted
		d.add("port", markOK, d.config.Listen+" is free.", "")
	case d.runsThere(ctx):
		d.add("port", markOK, "A LoRA Manager runs at "+d.config.Listen+".", "")
	case errors.Is(err, syscall.EADDRINUSE):
		d.add("port", markFail, d.config.Listen+" is used by another program.", "Stop that one, or choose another port with --port.")
	default:
		d.add("port", markFail, fmt.Sprintf("Nothing can listen at %s: %v", d.config.Listen, err), "Name an address of this computer, and a port above 1023.")
	}
}

// runsThere asks whoever listens whether it is one of us.
func (d *doctor) runsThere(ctx context.Context) bool {
	_, body, err := d.config.askSelf(ctx, "/health")
	var health struct{ Service string }
	return err == nil && json.Unmarshal(body, &health) == nil && health.Service == "lora-manager"
}

// noEngines keeps the registry from watching engines by itself: each is asked once.
type noEngines struct{}

func (noEngines) EngineConfigs(context.Context) ([]lora.EngineConfig, error) { return nil, nil }

// askedEngines are engines that were asked once.
type askedEngines []lora.EngineStatus

func (a askedEngines) Status() []lora.EngineStatus { return a }

// askEngines asks all engines at the same time.
func (d *doctor) askEngines(ctx context.Context) (asked askedEngines, err error) {
	c := d.config
	roster := &roster{fixed: c.fixedEngines()}
	list := roster.fixed
	if d.peeked != nil {
		for _, e := range d.peeked.Engines {
			if !roster.isFixed(e.Name) {
				list = append(list, e)
			}
		}
	}
	registry, err := engine.Open(ctx, engine.Options{Source: noEngines{}, Programs: c.Programs})
	if err != nil {
		return nil, err
	}
	asked = make(askedEngines, len(list))
	var all sync.WaitGroup
	for i, e := range list {
		all.Go(func() {
			asked[i] = lora.EngineStatus{EngineConfig: e}
			if !e.Enabled || e.Managed != nil {
				return // a managed one would be started
			}
			status, err := registry.Test(ctx, e)
			if err != nil {
				no := false
				status = lora.EngineStatus{EngineConfig: e, Reachable: &no, Error: sentence(err)}
			}
			asked[i] = status
		})
	}
	all.Wait()
	return asked, registry.Close()
}

// checkParts has health look at what a running server would look at, once.
func (d *doctor) checkParts(ctx context.Context) {
	c := d.config
	o := health.Options{Limits: c.limits(), DataDir: existing(c.Data + "/x"), Log: d.log}
	engines, err := d.askEngines(ctx)
	if err != nil {
		d.add("engines", markFail, sentence(err), "Correct the list of engine programs.")
	} else {
		o.Engines = engines
	}
	a := &app{config: *c, decoder: guard.NewDecoder(guard.Default())}
	defer func() { _ = a.close(context.WithoutCancel(ctx)) }() // it holds what was only asked
	if c.S3Endpoint != "" {
		shelf, err := a.openShelf()
		if err != nil {
			d.add("pictures", markFail, sentence(err), "Correct the settings that begin with pictures-s3.")
		} else {
			o.Pictures = images.NewPictures(images.PicturesOptions{Shelf: shelf, Decoder: a.decoder})
		}
	}
	if err := d.joinRedis(ctx, a, &o); err != nil {
		d.add("redis", markFail, sentence(err), "Correct REDIS_URL: redis://host:6379/0.")
	}
	checker := health.New(o)
	for _, check := range checker.Look(ctx) {
		d.addCheck(&check)
	}
	_ = checker.Close(ctx) // what hangs was told of
}

// joinRedis adds the two ways Redis is used, when it is.
func (d *doctor) joinRedis(ctx context.Context, a *app, o *health.Options) (err error) {
	redis := d.config.RedisURL.Reveal()
	if redis == "" {
		return nil
	}
	a.hub = events.New(events.Options{})
	if a.carrier, err = events.Carry(ctx, a.hub, redis, d.log); err != nil {
		return err
	}
	if a.queue, err = queue.NewRedis(redis, queue.Options{SendOnly: true, Log: d.log}); err != nil {
		return err
	}
	o.Wakes = func() health.Link { return health.Link(a.queue.State()) }
	o.Events = func() health.Link {
		s := a.carrier.State()
		return health.Link{Backend: queue.Redis, Reachable: s.Reachable, Error: s.Error, Since: s.Since}
	}
	return nil
}

var markOf = map[lora.CheckState]mark{
	lora.CheckOK: markOK, lora.CheckOff: markOff, lora.CheckUnknown: markWarn, lora.CheckWarning: markWarn, lora.CheckError: markFail,
}

func (d *doctor) addCheck(check *lora.Check) {
	name, state := check.Area, markOf[check.State]
	if check.Name != "" {
		name += " " + check.Name
	}
	if check.Area == "engine" && check.State == lora.CheckUnknown {
		d.add(name, markOff, "The server starts it; it was not started for this.", "")
		return
	}
	d.add(name, state, check.Detail, check.Advice)
}

// checkBackups looks into the bucket for backups, when there is one.
func (d *doctor) checkBackups(ctx context.Context) {
	if d.config.BackupEndpoint == "" {
		return
	}
	bucket, err := d.config.backupBucket()
	if err == nil {
		var file interface{ Close() error }
		if file, err = bucket.Open(ctx, "loramanager-doctor"); err == nil {
			err = file.Close()
		}
	}
	if err != nil && lora.CodeOf(err) != lora.NotFound {
		d.add("backups bucket", markFail, sentence(err), "Check backups-s3-endpoint, the bucket, its keys and the network between.")
		return
	}
	d.add("backups bucket", markOK, "The bucket answers.", "")
}

// checkHubs asks the hubs that look files up by digest about a file that nobody has.
func (d *doctor) checkHubs(ctx context.Context) {
	c := d.config
	hubs, err := hub.Open(c.hubOptions())
	if err != nil {
		d.add("hubs", markFail, sentence(err), "Correct the address of the hub.")
		return
	}
	for _, h := range hubs {
		name := "hub " + h.State().Name
		_, err := h.LookUp(ctx, []lora.HubQuery{{Digests: map[string]string{"sha256": strings.Repeat("0", 64)}}})
		switch {
		case err != nil:
			d.add(name, markWarn, sentence(err), "Check the address, the token and the network; everything else works without it.")
		case h.State().Name == hub.HuggingFace:
			d.add(name, markOK, h.State().Host+" is set up; it is asked only for files that came from there.", "")
		default:
			d.add(name, markOK, h.State().Host+" answers.", "")
		}
		h.Close()
	}
}
