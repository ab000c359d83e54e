package lora

import "time"

// HubVersion is one version of a model as a hub describes it.
type HubVersion struct {
	Hub          string     `json:"hub" enum:"civitai,civarchive,huggingface"`
	ModelID      string     `json:"model_id"`
	VersionID    string     `json:"version_id"`
	ModelName    string     `json:"model_name"`
	Name         string     `json:"name" doc:"Of the version"`
	Type         string     `json:"type" doc:"As the hub spells it: LORA, LoCon, DoRA, ..."`
	BaseModel    string     `json:"base_model" doc:"As the hub spells it"`
	Description  string     `json:"description" doc:"Sanitised HTML"`
	TrainedWords []string   `json:"trained_words" nullable:"false"`
	Tags         []string   `json:"tags" nullable:"false"`
	Creator      string     `json:"creator"`
	Licence      *Licence   `json:"licence"`
	NSFWLevel    int        `json:"nsfw_level"`
	PublishedAt  *time.Time `json:"published_at"`
	EarlyAccess  *time.Time `json:"early_access_until" doc:"It cannot be downloaded freely before"`
	Downloadable bool       `json:"downloadable"`
	Why          string     `json:"why_not" doc:"Why it cannot be downloaded; empty when it can"`
	PageURL      string     `json:"page_url"`
	AIR          string     `json:"air"`
	Downloads    int        `json:"downloads"`
	Rating       float64    `json:"rating"`
	Files        []HubFile  `json:"files" nullable:"false"`
	Images       []HubImage `json:"images" nullable:"false"`
}

// Licence is what a model's author allows, as Civitai states it.
type Licence struct {
	NoCredit         bool     `json:"no_credit" doc:"May be used without naming the author"`
	CommercialUse    []string `json:"commercial_use" nullable:"false"`
	Derivatives      bool     `json:"derivatives"`
	DifferentLicence bool     `json:"different_licence"`
	Name             string   `json:"name" doc:"Where the hub names one, such as apache-2.0"`
}

// HubFile is one file of a version.
type HubFile struct {
	ID        string            `json:"id"`
	Name      string            `json:"name"`
	Type      string            `json:"type"`
	SizeBytes int64             `json:"size_bytes" doc:"As stated; Civitai rounds"`
	Format    string            `json:"format"`
	Primary   bool              `json:"primary"`
	Digests   map[string]string `json:"digests" doc:"By kind, lower case"`
	Scan      string            `json:"scan" doc:"What the hub's virus and pickle scans say"`
	URL       string            `json:"-"`
}

// HubImage is an example picture of a version.
type HubImage struct {
	URL       string `json:"url"`
	Width     int    `json:"width"`
	Height    int    `json:"height"`
	NSFWLevel int    `json:"nsfw_level"`
	Video     bool   `json:"video"`
	Prompt    string `json:"prompt"`
}

// HubModel is a model with its versions, newest first.
type HubModel struct {
	Hub       string       `json:"hub"`
	ModelID   string       `json:"model_id"`
	Name      string       `json:"name"`
	Versions  []HubVersion `json:"versions" nullable:"false"`
	FetchedAt time.Time    `json:"fetched_at"`
}

// HubSnapshot is what a hub said about one adapter's file, and when.
type HubSnapshot struct {
	AdapterID  string      `json:"adapter_id"`
	Hub        string      `json:"hub"`
	State      string      `json:"state" enum:"found,absent,failed"`
	Version    *HubVersion `json:"version"`
	Error      string      `json:"error"`
	LookedUpAt time.Time   `json:"looked_up_at"`
}

// DownloadState says how a download stands.
type DownloadState string

// The states; the last three are final, though failed and cancelled can be retried.
const (
	DownloadQueued    DownloadState = "queued"
	DownloadRunning   DownloadState = "running"
	DownloadPaused    DownloadState = "paused"
	DownloadVerifying DownloadState = "verifying"
	DownloadDone      DownloadState = "done"
	DownloadFailed    DownloadState = "failed"
	DownloadCancelled DownloadState = "cancelled"
)

// Download is one adapter file on its way from a hub into a library folder.
type Download struct {
	ID         string        `json:"id"`
	Hub        string        `json:"hub"`
	ModelID    string        `json:"model_id"`
	VersionID  string        `json:"version_id"`
	FileID     string        `json:"file_id"`
	Name       string        `json:"name" doc:"Of model and version"`
	FileName   string        `json:"file_name"`
	RootID     string        `json:"root_id"`
	Folder     string        `json:"folder" doc:"Below the root, / between names"`
	State      DownloadState `json:"state" enum:"queued,running,paused,verifying,done,failed,cancelled"`
	Bytes      int64         `json:"bytes"`
	BytesTotal int64         `json:"bytes_total"`
	PerSecond  int64         `json:"bytes_per_second"`
	Attempts   int           `json:"attempts"`
	SHA256     string        `json:"sha256" doc:"As the hub states it; empty when it does not"`
	ETag       string        `json:"-"`
	URL        string        `json:"-"`
	Error      string        `json:"error"`
	AdapterID  string        `json:"adapter_id" doc:"The adapter it became"`
	CreatedAt  time.Time     `json:"created_at"`
	FinishedAt *time.Time    `json:"finished_at"`
}
