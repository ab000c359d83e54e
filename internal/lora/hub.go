package lora

import (
	"encoding/json"
	"slices"
	"strings"
	"time"
)

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

// The states of a snapshot. Of a gone one the version is kept as it was last seen.
const (
	HubFound  = "found"
	HubGone   = "gone"
	HubAbsent = "absent"
	HubFailed = "failed"
)

// HubSnapshot is what a hub said about one adapter's file, and when.
type HubSnapshot struct {
	AdapterID  string      `json:"adapter_id"`
	Hub        string      `json:"hub"`
	State      string      `json:"state" enum:"found,gone,absent,failed" doc:"gone: the hub no longer has it; the version is as it was last seen"`
	Version    *HubVersion `json:"version"`
	Error      string      `json:"error" doc:"Why the latest look-up brought nothing new"`
	LookedUpAt time.Time   `json:"looked_up_at" doc:"When the hub last answered"`
}

// HubQuery is one adapter that hubs are asked about.
type HubQuery struct {
	AdapterID string
	Digests   map[string]string // by kind, in full; what was computed goes before what is claimed
	SourceURL string            // empty when nobody says where it came from
	// Hub, ModelID and VersionID say what an earlier look-up found; empty for none.
	Hub, ModelID, VersionID string
}

// HubFinding is a snapshot to keep and what it may fill in the adapter: values by the
// wire names of fields, as a PATCH would carry them.
type HubFinding struct {
	HubSnapshot
	Fill map[string]json.RawMessage
}

// HubUpdate is an adapter whose model has a newer version for the same base model, which
// is neither in the library nor ignored.
type HubUpdate struct {
	AdapterID   string     `json:"adapter_id"`
	Name        string     `json:"name" doc:"Of the adapter"`
	Hub         string     `json:"hub"`
	ModelID     string     `json:"model_id"`
	VersionID   string     `json:"version_id" doc:"Of the file in the library"`
	VersionName string     `json:"version_name"`
	Newer       []HubNewer `json:"newer" nullable:"false" doc:"Newest first"`
}

// HubNewer is a version that is newer than another.
type HubNewer struct {
	VersionID   string     `json:"version_id"`
	Name        string     `json:"name"`
	BaseModel   string     `json:"base_model"`
	PublishedAt *time.Time `json:"published_at"`
}

// HubIgnored is a version, or with an empty VersionID a whole model, of which nobody wants
// to hear.
type HubIgnored struct {
	Hub       string    `json:"hub" enum:"civitai,civarchive,huggingface"`
	ModelID   string    `json:"model_id"`
	VersionID string    `json:"version_id"`
	CreatedAt time.Time `json:"created_at" readOnly:"true"`
}

// HubState says how a hub stands.
type HubState struct {
	Name       string `json:"name" enum:"civitai,civarchive,huggingface"`
	Configured bool   `json:"configured" doc:"Nothing is ever sent to one that is not"`
	Host       string `json:"host"`
	Token      bool   `json:"token" doc:"A token is configured"`
	Reachable  *bool  `json:"reachable" doc:"As of the latest request; null before the first"`
	Error      string `json:"error"`
}

// LookUpState says how the look-up of adapters stands.
type LookUpState struct {
	Running    bool       `json:"running"`
	Total      int        `json:"total" doc:"Adapters of the run that is on, or of the latest"`
	Done       int        `json:"done"`
	Found      int        `json:"found"`
	Absent     int        `json:"absent"`
	Failed     int        `json:"failed"`
	Pending    int        `json:"pending" doc:"Adapters that were never looked up or not for 30 days"`
	Error      string     `json:"error" doc:"Why the latest run ended early; empty otherwise"`
	WaitUntil  *time.Time `json:"wait_until" doc:"A hub asked to be left alone until then"`
	StartedAt  *time.Time `json:"started_at"`
	FinishedAt *time.Time `json:"finished_at"`
}

// HubPart is the head of an answer that carries a file or a part of one.
type HubPart struct {
	From int64  // where the part begins; 0 for a whole file, whatever was asked for
	Size int64  // bytes of the whole file; -1 when the hub does not say
	ETag string // a strong one; empty when there is none
	Name string // as the answer calls the file, a stranger's words; may be empty
}

// HubErrorClass says what a hub's failure means.
type HubErrorClass string

// The classes. Missing says that the hub does not know what it was asked for; refused
// covers early access, gated models and files that are closed to downloads.
const (
	HubUnreachable  HubErrorClass = "unreachable"
	HubBusy         HubErrorClass = "busy" // rate limits included
	HubUnauthorised HubErrorClass = "unauthorised"
	HubRefused      HubErrorClass = "refused"
	HubMissing      HubErrorClass = "missing"
	HubOdd          HubErrorClass = "odd" // an answer that cannot be used
)

// HubError is why a hub did not do what it was asked. It wraps an *Error for the user.
type HubError struct {
	Class      HubErrorClass
	RetryAfter time.Duration // 0 when the hub did not say
	Err        *Error
}

// Error implements error.
func (e *HubError) Error() string { return e.Err.Error() }

// Unwrap returns the error for the user.
func (e *HubError) Unwrap() error { return e.Err }

// Passing reports whether asking again later may help without anybody doing something.
func (e *HubError) Passing() bool { return e.Class == HubUnreachable || e.Class == HubBusy }

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

// AdapterHub is everything a hub says about one adapter.
type AdapterHub struct {
	Snapshot *HubSnapshot `json:"snapshot" doc:"null before the first look-up"`
	Model    *HubModel    `json:"model" doc:"The model with its versions, as it was last read"`
	Newer    []HubNewer   `json:"newer" nullable:"false" doc:"Newer versions for the same base model, newest first; also ignored ones and those in the library"`
	Ignored  []HubIgnored `json:"ignored" nullable:"false" doc:"What is ignored of this model"`
	Fields   []HubField   `json:"fields" nullable:"false" doc:"What can be taken over and differs from what is here"`
}

// HubField is a field in which an adapter and the hub differ.
type HubField struct {
	FieldChange
	Source Source `json:"source" enum:",user,sidecar,file,hub,guess" doc:"Where the value here comes from"`
}

// HubPeek is what can be told of a file before it is downloaded.
type HubPeek struct {
	Version HubVersion `json:"version"`
	File    HubFile    `json:"file"`
	Report  *Report    `json:"report" doc:"From the header of the file; null when it is not a safetensors file"`
	Note    string     `json:"note" doc:"Why there is no report, or what the user should know"`
	Size    int64      `json:"size_bytes" doc:"-1 when the hub does not say"`
	Here    []string   `json:"adapter_ids" nullable:"false" doc:"Adapters of the library that are this very file"`
	Space   []HubSpace `json:"space" nullable:"false"`
}

// HubSpace says whether a file fits into a library folder.
type HubSpace struct {
	RootID    string `json:"root_id"`
	FreeBytes int64  `json:"free_bytes" doc:"-1 where the system does not tell"`
	Fits      bool   `json:"fits" doc:"1 GiB stays free"`
}

// HubRef names a version of a hub, or a file of one. What is not known is empty.
type HubRef struct{ ModelID, VersionID, FileID string }

// NewerVersions returns those of a model's versions, newest first, that are newer than the
// one with the given id and for the same base model. The id must be among them: without
// knowing how old a file is, nothing is called newer.
func NewerVersions(versions []HubNewer, own string) []HubNewer {
	newer := []HubNewer{}
	at := slices.IndexFunc(versions, func(v HubNewer) bool { return v.VersionID == own })
	if at < 0 {
		return newer
	}
	for _, v := range versions[:at] {
		if strings.EqualFold(v.BaseModel, versions[at].BaseModel) {
			newer = append(newer, v)
		}
	}
	return newer
}

// InShort lists the versions of a model in their order.
func (m *HubModel) InShort() []HubNewer {
	short := make([]HubNewer, len(m.Versions))
	for i := range m.Versions {
		v := &m.Versions[i]
		short[i] = HubNewer{VersionID: v.VersionID, Name: v.Name, BaseModel: v.BaseModel, PublishedAt: v.PublishedAt}
	}
	return short
}
