package stats

import "time"

// AnalyticsFigures are the figures of one period. Only generations count;
// docs/analytics.md tells when each does. What there is no data for is null.
type AnalyticsFigures struct {
	TotalGenerations  int      `json:"total_generations"`
	AvgGenerationTime *float64 `json:"avg_generation_time" doc:"Seconds from begin to end"`
	SuccessRate       float64  `json:"success_rate" doc:"Percent of those that succeeded or failed; 0 when there were none, see has_data"`
	TotalFailed       int      `json:"total_failed"`
	Succeeded         int      `json:"succeeded"`
	Cancelled         int      `json:"cancelled"`
	Open              int      `json:"open" doc:"Waiting or running still"`
	Kept              int      `json:"kept" doc:"Succeeded, not in the trash, and a favourite or rated 4 or 5"`
	Images            int      `json:"images"`
	WaitP50           *float64 `json:"wait_p50_seconds" doc:"Seconds from accepted to begun; within 19 %"`
	WaitP95           *float64 `json:"wait_p95_seconds"`
	RunP50            *float64 `json:"run_p50_seconds" doc:"Seconds from begun to ended; within 19 %"`
	RunP95            *float64 `json:"run_p95_seconds"`
	HasData           bool     `json:"has_data" doc:"A generation succeeded or failed"`
}

// AnalyticsKPIs are the figures of a period beside those of the one before it.
type AnalyticsKPIs struct {
	AnalyticsFigures
	GenerationGrowth float64           `json:"generation_growth" doc:"Percent more than in the period before; 0 when they cannot be compared"`
	TimeImprovement  float64           `json:"time_improvement" doc:"Percent faster than in the period before; 0 when they cannot be compared"`
	Comparable       bool              `json:"comparable" doc:"There were generations in the period before"`
	ActiveLoras      int               `json:"active_loras"`
	TotalLoras       int               `json:"total_loras"`
	Previous         *AnalyticsFigures `json:"previous" doc:"null when there was nothing"`
}

// AnalyticsError is why generations failed, by class and engine.
type AnalyticsError struct {
	Type        string   `json:"type"`
	Count       int      `json:"count"`
	Percentage  float64  `json:"percentage" doc:"Of all failures of the period"`
	Description string   `json:"description"`
	Class       string   `json:"class" doc:"Class of the engine's error; empty when it has none"`
	Engine      string   `json:"engine"`
	Advice      string   `json:"advice" doc:"What can be done"`
	JobIDs      []string `json:"job_ids" doc:"The newest, at most 5"`
	Link        string   `json:"link" doc:"Page of the web app that lists failures of the engine"`
}

// AnalyticsChart are the series of a period.
type AnalyticsChart struct {
	Volume      []AnalyticsVolume      `json:"generation_volume" doc:"Ascending, without empty slots"`
	Performance []AnalyticsPerformance `json:"performance" doc:"Ascending, without empty slots"`
	LoraUsage   []AnalyticsUsage       `json:"lora_usage" doc:"Counted from generations, at most 10"`
	Resources   []AnalyticsResource    `json:"resource_usage" doc:"Sampled; empty when nothing was"`

	Unit  string    `json:"unit" enum:"hour,day"`
	Start time.Time `json:"start"`
	End   time.Time `json:"end"`
	TZ    string    `json:"tz"`
}

// AnalyticsVolume counts the generations accepted in a slot.
type AnalyticsVolume struct {
	Timestamp time.Time `json:"timestamp" doc:"Begin of the hour or day in the zone"`
	Count     int       `json:"count"`
	Succeeded int       `json:"succeeded"`
	Failed    int       `json:"failed"`
	Cancelled int       `json:"cancelled"`
	Images    int       `json:"images"`
	Kept      int       `json:"kept"`
}

// AnalyticsPerformance is how the generations of a slot went.
type AnalyticsPerformance struct {
	Timestamp   time.Time `json:"timestamp"`
	AvgTime     *float64  `json:"avg_time" doc:"Seconds; null when none began and ended"`
	SuccessRate *float64  `json:"success_rate" doc:"Percent; null when none succeeded or failed"`
	AvgWait     *float64  `json:"avg_wait" doc:"Seconds; null when none began"`
}

// AnalyticsUsage is how often an adapter was used.
type AnalyticsUsage struct {
	AdapterID string `json:"adapter_id" format:"uuid"`
	Name      string `json:"name"`
	Count     int    `json:"usage_count" doc:"Generations that succeeded with it"`
}

// AnalyticsResource is what a computer used at one time. What was not measured is null.
type AnalyticsResource struct {
	Timestamp     time.Time `json:"timestamp"`
	Host          string    `json:"host"`
	CPUPercent    *float64  `json:"cpu_percent"`
	MemoryPercent *float64  `json:"memory_percent"`
	GPUPercent    *float64  `json:"gpu_percent" doc:"The busiest card"`
}

// AnalyticsInsight is something worth knowing about a period.
type AnalyticsInsight struct {
	ID             string         `json:"id"`
	Title          string         `json:"title"`
	Description    string         `json:"description"`
	Severity       string         `json:"severity" enum:"low,medium,high"`
	Recommendation *string        `json:"recommendation" doc:"A word of the contract, such as review_failed_jobs; null when nothing is to be done"`
	Kind           string         `json:"kind" enum:"success_rate,run_time,error,wait,engine,adapter_failing,adapter_unkept,stable,no_data" doc:"What it is about, for other words in other languages"`
	Params         map[string]any `json:"params" doc:"The figures in the description"`
	Advice         string         `json:"advice" doc:"What to do; empty when nothing is to be done"`
	JobIDs         []string       `json:"job_ids" doc:"The jobs it speaks of, newest first, at most 5"`
	Link           string         `json:"link" doc:"Page of the web app that shows them, empty when there is none"`
}

// AnalyticsSummary is a whole period. Up to performance_insights it is the contract's.
type AnalyticsSummary struct {
	TimeRange   string             `json:"time_range" enum:"24h,7d,30d,90d,custom"`
	GeneratedAt time.Time          `json:"generated_at"`
	KPIs        AnalyticsKPIs      `json:"kpis"`
	Chart       AnalyticsChart     `json:"chart_data"`
	Errors      []AnalyticsError   `json:"error_breakdown"`
	Insights    []AnalyticsInsight `json:"performance_insights"`

	Start         time.Time              `json:"start"`
	End           time.Time              `json:"end" doc:"Excluded"`
	TZ            string                 `json:"tz"`
	PreviousStart time.Time              `json:"previous_start" doc:"The period before ends where this one starts"`
	Adapters      AnalyticsAdapters      `json:"adapters"`
	Engines       []AnalyticsEngine      `json:"engines"`
	Storage       AnalyticsStorage       `json:"storage"`
	Distributions AnalyticsDistributions `json:"distributions"`
}

// AnalyticsAdapters says which adapters are used and worth it.
type AnalyticsAdapters struct {
	Top       []AdapterFigures `json:"top" doc:"Most generations first"`
	MostKept  []AdapterFigures `json:"most_kept" doc:"Largest share of kept generations first; at least 5 generations"`
	NeverUsed int              `json:"never_used" doc:"Adapters in the library no generation was ever made with"`
}

// AdapterFigures is what was made with one adapter in a period.
type AdapterFigures struct {
	AnalyticsUsage
	Images    int     `json:"images"`
	Kept      int     `json:"kept" doc:"Generations"`
	KeptShare float64 `json:"kept_share" minimum:"0" maximum:"1"`
	Found     bool    `json:"found" doc:"The catalog has it still"`
}

// AnalyticsEngine is what one engine did in a period.
type AnalyticsEngine struct {
	Engine      string   `json:"engine"`
	Jobs        int      `json:"jobs"`
	Succeeded   int      `json:"succeeded"`
	Failed      int      `json:"failed"`
	Cancelled   int      `json:"cancelled"`
	AvgTime     *float64 `json:"avg_time" doc:"Seconds; null when none began and ended"`
	SuccessRate *float64 `json:"success_rate" doc:"Percent; null when none succeeded or failed"`
}

// AnalyticsStorage is what the program keeps, now and over the period.
type AnalyticsStorage struct {
	PicturesBytes int                     `json:"pictures_bytes"`
	Pictures      int                     `json:"pictures"`
	DatabaseBytes int                     `json:"database_bytes"`
	Series        []AnalyticsStoragePoint `json:"series" doc:"Sampled; empty when nothing was"`
}

// AnalyticsStoragePoint is what was kept at one time.
type AnalyticsStoragePoint struct {
	Timestamp     time.Time `json:"timestamp"`
	PicturesBytes *int      `json:"pictures_bytes"`
	DatabaseBytes *int      `json:"database_bytes"`
}

// AnalyticsDistributions are how long generations waited and ran.
type AnalyticsDistributions struct {
	Wait []AnalyticsBucket `json:"wait"`
	Run  []AnalyticsBucket `json:"run"`
}

// AnalyticsBucket counts the generations whose time lies in [from, to) seconds.
type AnalyticsBucket struct {
	From  float64 `json:"from"`
	To    float64 `json:"to"`
	Count int     `json:"count"`
}
