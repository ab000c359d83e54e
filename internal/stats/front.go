package stats

import (
	"context"
	"fmt"
	"strings"

	"loramanager/internal/catalog"
	"loramanager/internal/lora"
)

const (
	// addedToday is the question for adapters that came within 24 hours.
	addedToday = "added:1d"
	featured   = 5
	feedLength = 10
	// promptShown is how many characters of a prompt the feed's message quotes.
	promptShown = 200
)

// Dashboard returns the figures of the first page.
func (s *Stats) Dashboard(ctx context.Context) (d DashboardStats, err error) {
	library, err := s.o.Library.Counts(ctx)
	if err != nil {
		return d, err
	}
	d.TotalLoras, d.ActiveLoras = library.Adapters, library.Active
	if s.o.Embedded != nil {
		if embedded, all := s.o.Embedded(); all > 0 {
			d.Coverage = min(100, embedded*100/all)
		}
	}
	_, added, err := s.o.Library.List(ctx, catalog.Query{Text: addedToday, Limit: 1})
	if err != nil {
		return d, err
	}
	d.RecentImports = added.Filtered
	queue, err := s.o.House.QueueState(ctx)
	d.ActiveJobs = queue.Pending + queue.Running + queue.Retrying
	return d, err
}

// Featured returns the active adapters that changed last, at most 5.
func (s *Stats) Featured(ctx context.Context) ([]FeaturedLora, error) {
	adapters, _, err := s.o.Library.List(ctx, catalog.Query{Text: "is:active", Sort: catalog.ByUpdated, Descending: true, Limit: featured})
	list := make([]FeaturedLora, 0, len(adapters))
	for i := range adapters {
		a := &adapters[i]
		f := FeaturedLora{ID: a.ID, Name: a.Name, Version: a.Version, Tags: a.Tags, Active: a.Active, Description: a.Description}
		if a.SourceURL != nil && strings.HasPrefix(*a.SourceURL, "https://civitai.com/") {
			f.CivitaiURL = a.SourceURL
		}
		list = append(list, f)
	}
	return list, err
}

// Feed returns the jobs accepted last, newest first, at most 10.
func (s *Stats) Feed(ctx context.Context) ([]FeedEntry, error) {
	jobs, err := s.o.House.LatestJobs(ctx, feedLength)
	list := make([]FeedEntry, 0, len(jobs))
	for i := range jobs {
		j := &jobs[i]
		list = append(list, FeedEntry{
			ID: j.ID, Type: j.Status, Status: j.Status, Kind: j.Kind, Mode: j.Mode, Prompt: j.Prompt, Timestamp: j.CreatedAt,
			Message: message(j), Icon: icon(j.Status),
		})
	}
	return list, err
}

func message(j *lora.Job) string {
	what := "Generation"
	if j.Kind == lora.Delivery {
		what = "Delivery"
	}
	prompt := []rune(j.Prompt)
	if len(prompt) > promptShown {
		prompt = append(prompt[:promptShown], '…')
	}
	return fmt.Sprintf("%s job '%s' %s", what, string(prompt), j.Status)
}

func icon(status lora.JobStatus) string {
	switch status {
	case lora.JobPending:
		return "⏳"
	case lora.JobRunning:
		return "🚀"
	case lora.JobRetrying:
		return "🔁"
	case lora.JobSucceeded:
		return "✅"
	case lora.JobFailed:
		return "⚠️"
	case lora.JobCancelled:
		return "🚫"
	}
	return "ℹ️"
}
