package stats

import (
	"cmp"
	"context"
	"slices"

	"loramanager/internal/lora"
)

const (
	// failuresNamed is how many kinds of failures name the jobs they speak of.
	failuresNamed = 20
	// jobsNamed is how many jobs are named.
	jobsNamed = 5
)

// Errors returns why generations of a span failed, most frequent first.
func (s *Stats) Errors(ctx context.Context, r Range) ([]AnalyticsError, error) {
	counts, err := s.o.Counts.CountErrors(ctx, r.Window)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(counts, func(a, b lora.ErrorCount) int {
		return cmp.Or(cmp.Compare(b.Jobs, a.Jobs), cmp.Compare(a.Class, b.Class), cmp.Compare(a.Engine, b.Engine))
	})
	failed := 0
	for _, c := range counts {
		failed += c.Jobs
	}
	list := make([]AnalyticsError, 0, len(counts))
	for i, c := range counts {
		e := AnalyticsError{
			Type: string(c.Class), Class: string(c.Class), Engine: c.Engine, Count: c.Jobs, Percentage: percent(c.Jobs, failed),
			JobIDs: []string{}, Link: historyOf(r.Window, "failed", c.Engine, ""),
		}
		if e.Type == "" {
			e.Type = "unknown"
		}
		e.Description, e.Advice = wordsOf(c.Class)
		if i < failuresNamed {
			if e.JobIDs, err = s.o.Cases.FailedJobs(ctx, r.Window, c.Class, c.Engine, jobsNamed); err != nil {
				return nil, err
			}
		}
		list = append(list, e)
	}
	return list, nil
}

// failureWords say what a class of failures is, and what can be done.
var failureWords = map[lora.EngineErrorClass][2]string{
	lora.EngineUnreachable:  {"The engine could not be reached.", "Start the engine, and check its address under Settings, Engines."},
	lora.EngineUnauthorised: {"The engine refused the login.", "Enter its user name and password under Settings, Engines."},
	lora.EngineRateLimited:  {"The engine took no more requests for a while.", "Send fewer jobs at once, or share them among several engines."},
	lora.EngineBusy:         {"The engine was busy with other work.", "Wait until other programs that use the engine are done, or add another engine."},
	lora.EngineRefused:      {"The engine refused the parameters.", "Open one of the jobs: its message names the parameter to change."},
	lora.EngineNotFound:     {"The engine lacks a model, sampler or workflow that was asked for.", "Choose one that the engine has, or refresh its lists under Settings, Engines."},
	lora.EngineLoRANotFound: {"The engine does not see an adapter, or sees it twice.", "Put the file into the engine's own LoRA folder, and refresh its list there."},
	lora.EngineInterrupted:  {"The engine was interrupted from elsewhere.", "Look who else uses the engine: interrupting it stops whatever runs."},
	lora.EngineEmpty:        {"The engine ended without a picture.", "Look into the engine's own log: filters and failing extensions drop pictures."},
	lora.EngineFailed:       {"The engine failed while it worked.", "Look into the engine's own log. Often its memory is too small: try a smaller size or fewer pictures at once."},
	lora.EngineTimeout:      {"The engine took longer than it may.", "Raise the engine's timeout under Settings, Engines, or ask for fewer steps or a smaller size."},
	lora.EngineProtocol:     {"The engine's answer could not be understood.", "Check that the address belongs to an engine of that kind, and update the engine."},
	lora.JobLost:            {"The server stopped while the engine worked, and the engine cannot be asked for the outcome.", "Retry the jobs; to have that done by itself, allow reruns for the engine under Settings, Engines."},
	lora.JobStorage:         {"The pictures could not be kept.", "Make room on the disk of the pictures, or check the picture store under System."},
}

func wordsOf(class lora.EngineErrorClass) (description, advice string) {
	if words, ok := failureWords[class]; ok {
		return words[0], words[1]
	}
	return "It failed for a reason that has no class.", "Open one of the jobs: its message says what happened."
}
