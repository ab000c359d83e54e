package health

import (
	"context"
	"errors"
	"time"

	"loramanager/internal/lora"
)

// fixed are the probes of the parts that are always there; those of the folders come and
// go with them.
func (c *Checker) fixed() []*probe {
	list := []*probe{}
	add := func(is bool, every, limit time.Duration, first lora.Check, look func(context.Context) ([]lora.Check, func(*Status))) {
		if is {
			first.State, first.Detail, first.Facts = lora.CheckUnknown, "Nobody looked yet.", map[string]any{}
			list = append(list, &probe{id: first.ID, every: every, limit: limit, look: look, checks: []lora.Check{first}})
		}
	}
	const often, sometimes, rarely = 5 * time.Second, 15 * time.Second, 30 * time.Second
	add(c.o.Database != nil, sometimes, 5*time.Second, lora.Check{ID: "database", Area: "database"}, c.lookDatabase)
	add(c.o.Wakes != nil, often, often, lora.Check{ID: "redis", Area: "redis"}, c.lookLinks)
	add(c.o.Workers != nil, often, 5*time.Second, lora.Check{ID: "worker", Area: "worker", Link: queuePage}, c.lookWorkers)
	add(c.o.Queue != nil, often, 5*time.Second, lora.Check{ID: "queue", Area: "queue", Link: queuePage}, c.lookQueue)
	add(c.o.Engines != nil, often, often, lora.Check{ID: "engine", Area: "engine", Link: enginesPage}, c.lookEngines)
	add(c.o.DataDir != "", rarely, 10*time.Second, lora.Check{ID: "disk:data", Area: "disk", Name: dataName}, c.lookData)
	add(c.o.Pictures != nil, rarely, 10*time.Second, lora.Check{ID: "disk:pictures", Area: "disk", Name: picturesName}, c.lookPictures)
	add(c.o.Backups != nil, rarely, 5*time.Second, lora.Check{ID: "backups", Area: "backups", Link: backupsPage}, c.lookBackups)
	add(c.o.Library != nil, sometimes, 10*time.Second, lora.Check{ID: "importer", Area: "importer", Link: foldersPage}, c.lookImporter)
	add(c.o.Recommend != nil, sometimes, 5*time.Second, lora.Check{ID: "recommend", Area: "recommend", Link: recommendPage}, c.lookRecommend)
	add(c.o.Pulse != nil, sometimes, 5*time.Second, lora.Check{ID: "gpu", Area: "gpu"}, c.lookGPU)
	return list
}

// Pages of the web app where something can be done.
const (
	queuePage     = "/generate"
	enginesPage   = "/settings?section=engines"
	foldersPage   = "/settings"
	trashPage     = "/history?trashed=true"
	recommendPage = "/recommendations"
	backupsPage   = "/transfer/backups"
)

// bad completes a check of something wrong.
func bad(check lora.Check, state lora.CheckState, detail, advice string) lora.Check {
	check.State, check.Detail, check.Advice = state, detail, advice
	return check
}

// good completes a check of something that works.
func good(check lora.Check, detail string) lora.Check {
	check.State, check.Detail = lora.CheckOK, detail
	return check
}

// unanswered is a check that the database did not let be made: the database's own check
// tells what is wrong.
func unanswered(check lora.Check) lora.Check {
	return bad(check, lora.CheckUnknown, "The database did not answer.", "")
}

// reason is an error as a user may read it: without secrets, and without the inside of it
// where it has a sentence for users.
func reason(err error) string {
	var known *lora.Error
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return "It did not answer in time."
	case errors.As(err, &known):
		return scrub(known.Message)
	}
	return scrub(err.Error())
}
