package stats

import (
	"context"
	"fmt"

	"loramanager/internal/lora"
)

// When something is worth saying; docs/analytics.md tells the same.
const (
	// enough is how many ended generations a conclusion needs behind it.
	enough = 10
	// fewSucceed is the success rate in percent below which it is worth saying.
	fewSucceed = 90
	// muchSlower is by how many percent the mean run time must have grown.
	muchSlower = 20
	// oftenSame is the share in percent of all failures that makes one frequent, and
	// atLeast how many of it there must be.
	oftenSame = 25
	atLeast   = 3
	// longWait is the median wait in seconds, when it exceeds the median run time.
	longWait = 30
	// muchWorse is by how many points an engine's success rate lies below the others'.
	muchWorse = 20
	// oftenFails is the share in percent of an adapter's generations that failed, with
	// the same distance to all generations.
	oftenFails = 30
	// adaptersSeen is how many adapters are looked at, and adaptersNamed how many named.
	adaptersSeen, adaptersNamed = 50, 3
)

// evidence is what insights are concluded from.
type evidence struct {
	kpis    AnalyticsKPIs
	errors  []AnalyticsError
	engines []lora.EngineCount
}

func (e *evidence) ended() int { return e.kpis.Succeeded + e.kpis.TotalFailed }

// Insights returns what is worth knowing about a span, the most severe first.
func (s *Stats) Insights(ctx context.Context, r Range) ([]AnalyticsInsight, error) {
	kpis, err := s.KPIs(ctx, r)
	if err != nil {
		return nil, err
	}
	errors, err := s.Errors(ctx, r)
	if err != nil {
		return nil, err
	}
	engines, err := s.o.Counts.CountEngines(ctx, r.Window)
	if err != nil {
		return nil, err
	}
	return s.insights(ctx, r, evidence{kpis, errors, engines})
}

func (s *Stats) insights(ctx context.Context, r Range, e evidence) ([]AnalyticsInsight, error) {
	if e.ended() < enough {
		return []AnalyticsInsight{nothingYet(e.ended())}, nil
	}
	found := []AnalyticsInsight{}
	for _, look := range []func(context.Context, Range, *evidence) ([]AnalyticsInsight, error){
		s.failing, s.slower, s.frequent, s.waiting, s.worseEngine, s.failingAdapters, s.unkeptAdapters,
	} {
		insights, err := look(ctx, r, &e)
		if err != nil {
			return nil, err
		}
		found = append(found, insights...)
	}
	if len(found) == 0 {
		return []AnalyticsInsight{stable(&e)}, nil
	}
	for i := range found {
		found[i].ID = fmt.Sprintf("insight-%d", i+1)
	}
	return found, nil
}

func nothingYet(ended int) AnalyticsInsight {
	return AnalyticsInsight{
		ID: "insight-none", Kind: "no_data", Severity: "low", JobIDs: []string{}, Params: map[string]any{"ended": ended, "needed": enough},
		Title:       "No data yet",
		Description: fmt.Sprintf("%s ended in the selected window; conclusions are drawn from %d on.", generations(ended), enough),
	}
}

func stable(e *evidence) AnalyticsInsight {
	return AnalyticsInsight{
		ID: "insight-stable", Kind: "stable", Severity: "low", JobIDs: []string{}, Params: map[string]any{"ended": e.ended(), "success_rate": e.kpis.SuccessRate},
		Title:       "Stable performance",
		Description: fmt.Sprintf("No major issue shows in the %s that ended.", generations(e.ended())),
	}
}

// failing tells that many generations fail.
func (s *Stats) failing(ctx context.Context, r Range, e *evidence) ([]AnalyticsInsight, error) {
	if e.kpis.SuccessRate >= fewSucceed {
		return nil, nil
	}
	jobs, err := s.o.Cases.FailedJobs(ctx, r.Window, "", "", jobsNamed)
	i := AnalyticsInsight{
		Kind: "success_rate", Severity: "high", Recommendation: word("review_failed_jobs"), JobIDs: jobs, Link: historyOf(r.Window, "failed", "", ""),
		Params:      map[string]any{"success_rate": e.kpis.SuccessRate, "failed": e.kpis.TotalFailed, "ended": e.ended(), "threshold": fewSucceed},
		Title:       "Declining success rate",
		Description: fmt.Sprintf("Success rate dropped below %d%% in the selected window: %d of %s failed.", fewSucceed, e.kpis.TotalFailed, generations(e.ended())),
		Advice:      "Look at the failed generations and at why they failed; most reasons can be removed once for all of them.",
	}
	if before := e.kpis.Previous; before != nil && before.HasData {
		i.Params["previous_success_rate"] = before.SuccessRate
	}
	return []AnalyticsInsight{i}, err
}

// slower tells that generations take longer than in the span before.
func (s *Stats) slower(ctx context.Context, r Range, e *evidence) ([]AnalyticsInsight, error) {
	before := e.kpis.Previous
	if e.kpis.TimeImprovement > -muchSlower || before.Succeeded+before.TotalFailed < enough {
		return nil, nil
	}
	jobs, err := s.o.Cases.SlowJobs(ctx, r.Window, jobsNamed)
	return []AnalyticsInsight{{
		Kind: "run_time", Severity: "medium", Recommendation: word("investigate_performance"), JobIDs: jobs, Link: historyOf(r.Window, "", "", ""),
		Params: map[string]any{
			"seconds": *e.kpis.AvgGenerationTime, "previous_seconds": *before.AvgGenerationTime, "percent": -e.kpis.TimeImprovement,
		},
		Title: "Generation time regression",
		Description: fmt.Sprintf("Average generation time increased compared to the previous period: %.1f s instead of %.1f s.",
			*e.kpis.AvgGenerationTime, *before.AvgGenerationTime),
		Advice: "The slowest generations are named: compare their sizes, steps and engines with earlier ones, and look what else uses the graphics card.",
	}}, err
}

// frequent tells of reasons that many failures share.
func (s *Stats) frequent(_ context.Context, _ Range, e *evidence) (found []AnalyticsInsight, err error) {
	for i := range e.errors {
		group := &e.errors[i]
		if group.Percentage < oftenSame || group.Count < atLeast {
			continue
		}
		found = append(found, AnalyticsInsight{
			Kind: "error", Severity: "medium", Recommendation: word("analyse_error_trends"), JobIDs: group.JobIDs, Link: group.Link,
			Params: map[string]any{"class": group.Class, "engine": group.Engine, "count": group.Count, "percent": group.Percentage},
			Title:  "Frequent error: " + group.Type,
			Description: fmt.Sprintf("%.1f%% of failures were '%s' on %s (%d). %s",
				group.Percentage, group.Type, engineName(group.Engine), group.Count, group.Description),
			Advice: group.Advice,
		})
	}
	return found, nil
}

// waiting tells that generations wait longer than they run.
func (s *Stats) waiting(ctx context.Context, r Range, e *evidence) ([]AnalyticsInsight, error) {
	wait, run := e.kpis.WaitP50, e.kpis.RunP50
	if wait == nil || run == nil || *wait < longWait || *wait <= *run {
		return nil, nil
	}
	jobs, err := s.o.Cases.WaitedJobs(ctx, r.Window, jobsNamed)
	return []AnalyticsInsight{{
		Kind: "wait", Severity: "medium", Recommendation: word("investigate_queue"), JobIDs: jobs, Link: "/generate",
		Params:      map[string]any{"wait_seconds": *wait, "run_seconds": *run},
		Title:       "Generations wait longer than they run",
		Description: fmt.Sprintf("Half of the generations waited %.0f s or longer before they began, and ran for %.0f s.", *wait, *run),
		Advice:      "Add an engine or a worker, let an engine run more jobs at once, or look whether the queue was paused.",
	}}, err
}

// worseEngine tells of engines on which far more fails than on all others together.
func (s *Stats) worseEngine(ctx context.Context, r Range, e *evidence) (found []AnalyticsInsight, err error) {
	for _, engine := range e.engines {
		own := successRate(engine.Succeeded, engine.Failed)
		others := successRate(e.kpis.Succeeded-engine.Succeeded, e.kpis.TotalFailed-engine.Failed)
		ended := engine.Succeeded + engine.Failed
		if own == nil || others == nil || ended < enough || e.ended()-ended < enough || *own > *others-muchWorse {
			continue
		}
		jobs, err := s.o.Cases.FailedJobs(ctx, r.Window, "", engine.Engine, jobsNamed)
		if err != nil {
			return nil, err
		}
		found = append(found, AnalyticsInsight{
			Kind: "engine", Severity: "medium", Recommendation: word("review_engine"), JobIDs: jobs, Link: historyOf(r.Window, "failed", engine.Engine, ""),
			Params: map[string]any{"engine": engine.Engine, "success_rate": *own, "others_success_rate": *others, "failed": engine.Failed, "ended": ended},
			Title:  "One engine fails more often: " + engineName(engine.Engine),
			Description: fmt.Sprintf("On %s %.1f%% of %s succeeded, on the other engines %.1f%%.",
				engineName(engine.Engine), *own, generations(ended), *others),
			Advice: "Test the engine under Settings, Engines, and send jobs elsewhere until it works as well as the others.",
		})
	}
	return found, nil
}

func word(w string) *string { return &w }

func engineName(name string) string {
	if name == "" {
		return "no engine"
	}
	return name
}

func generations(n int) string {
	if n == 1 {
		return "1 generation"
	}
	return fmt.Sprintf("%d generations", n)
}
