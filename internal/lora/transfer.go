package lora

import (
	"encoding/json"
	"time"
)

// TransferKind says what a transfer does.
type TransferKind string

// The kinds. A rehearsal restores a backup into an instance of its own and compares.
const (
	TransferExport    TransferKind = "export"
	TransferImport    TransferKind = "import"
	TransferMoveIn    TransferKind = "move_in"
	TransferBackup    TransferKind = "backup"
	TransferVerify    TransferKind = "verify"
	TransferRestore   TransferKind = "restore"
	TransferRehearsal TransferKind = "rehearsal"
	TransferSidecars  TransferKind = "sidecars"
)

// TransferState says how a transfer stands.
type TransferState string

// A planned transfer waits for the user's word; the last three are final.
const (
	TransferPlanning  TransferState = "planning"
	TransferPlanned   TransferState = "planned"
	TransferRunning   TransferState = "running"
	TransferDone      TransferState = "done"
	TransferFailed    TransferState = "failed"
	TransferCancelled TransferState = "cancelled"
)

// Final reports whether nothing more will happen.
func (s TransferState) Final() bool {
	return s == TransferDone || s == TransferFailed || s == TransferCancelled
}

// Transfer is one export, import, backup, verification or restore, running or over.
type Transfer struct {
	ID             string          `json:"id"`
	Kind           TransferKind    `json:"kind" enum:"export,import,move_in,backup,verify,restore,rehearsal,sidecars"`
	Revision       int64           `json:"revision" doc:"Grows with each change, so that of two answers the later one can be told"`
	State          TransferState   `json:"state" enum:"planning,planned,running,done,failed,cancelled"`
	Phase          string          `json:"phase" doc:"What it is doing: reading, comparing, staging, verifying, saving, placing, writing"`
	Items          int             `json:"items" doc:"Adapters or files done in this phase"`
	ItemsTotal     int             `json:"items_total"`
	Bytes          int64           `json:"bytes" doc:"Bytes done in this phase"`
	BytesTotal     int64           `json:"bytes_total"`
	Message        string          `json:"message" doc:"What it is about, such as a file's name"`
	Error          string          `json:"error" doc:"Why it failed, and of which file; empty otherwise"`
	BackupID       string          `json:"backup_id,omitempty" doc:"The backup that is made, verified, rehearsed or restored; of an import or a move-in the same as restore_point_id"`
	RestorePointID string          `json:"restore_point_id,omitempty" doc:"Of an import, a move-in or a restore: the backup made before anything changed. Restoring it goes back"`
	Counts         *ImportCounts   `json:"counts,omitempty" doc:"Of an import, a move-in or a restore"`
	Plan           *ImportPlan     `json:"plan,omitempty" doc:"Of an import or a move-in: what was found and how conflicts are decided"`
	Notes          []string        `json:"notes" nullable:"false" doc:"What the user should know, in sentences"`
	Result         json.RawMessage `json:"-"`
	StartedAt      time.Time       `json:"started_at"`
	FinishedAt     *time.Time      `json:"finished_at"`
}

// ImportAction is what an import does, or would do, with one adapter.
type ImportAction string

// The actions. Same leaves everything as it is; skip leaves out what the user chose to.
const (
	ImportCreate   ImportAction = "create"
	ImportUpdate   ImportAction = "update"
	ImportConflict ImportAction = "conflict"
	ImportSame     ImportAction = "same"
	ImportSkip     ImportAction = "skip"
)

// ConflictPolicy decides what wins where an import and the catalog differ.
type ConflictPolicy string

// The policies. Ask leaves a conflict undecided: an import with one is refused. Newest
// takes the side that was changed last; rename imports under a name that is free.
const (
	ConflictAsk     ConflictPolicy = "ask"
	ConflictKeep    ConflictPolicy = "keep"
	ConflictReplace ConflictPolicy = "replace"
	ConflictRename  ConflictPolicy = "rename"
	ConflictNewest  ConflictPolicy = "newest"
)

// ImportCounts count what an import does.
type ImportCounts struct {
	Create       int `json:"create"`
	Update       int `json:"update"`
	Conflict     int `json:"conflict"`
	Same         int `json:"same"`
	Skip         int `json:"skip"`
	Files        int `json:"files" doc:"Adapter files that are put into library folders"`
	FileBytes    int `json:"file_bytes"`
	Compositions int `json:"compositions"`
	Jobs         int `json:"jobs"`
	Images       int `json:"images"`
	Settings     int `json:"settings"`
}

// ImportPlan is what an import found, before any decision; the counts of the transfer say
// what happens as it is decided now.
type ImportPlan struct {
	Policy   ConflictPolicy `json:"policy" enum:"ask,keep,replace,rename,newest" doc:"For all items without one of their own"`
	Create   int            `json:"create"`
	Update   int            `json:"update"`
	Conflict int            `json:"conflict"`
	Same     int            `json:"same"`
	Skip     int            `json:"skip"`
}

// ImportItem is what an import would do with one adapter.
type ImportItem struct {
	Key        string         `json:"key" doc:"Names the item within the import"`
	Action     ImportAction   `json:"action" enum:"create,update,conflict,same,skip"`
	Name       string         `json:"name"`
	Version    string         `json:"version"`
	Source     string         `json:"source" doc:"Archive or file it comes from"`
	AdapterID  string         `json:"adapter_id" doc:"The adapter of the catalog it meets; empty for a new one"`
	MatchedBy  string         `json:"matched_by" enum:",id,digest,name,path"`
	Differs    []FieldChange  `json:"differs" nullable:"false"`
	FileName   string         `json:"file_name" doc:"Empty when the import carries no file for it"`
	FileSize   int            `json:"file_size"`
	FileAction string         `json:"file_action" enum:",place,present,rename,none" doc:"present: the file is in the library already"`
	Policy     ConflictPolicy `json:"policy" enum:",ask,keep,replace,rename,newest" doc:"Chosen for this item; empty follows the import"`
	Note       string         `json:"note" doc:"What the user should know"`
	ArchiveID  string         `json:"-"` // what the import calls it, which need not be an id here
}

// FieldChange is one field in which an import and the catalog differ.
type FieldChange struct {
	Field string `json:"field"`
	Here  any    `json:"here"`
	There any    `json:"there"`
}

// ExportScope says what of the catalog goes into an archive.
type ExportScope struct {
	Adapters     bool     // facts and user fields of adapters
	AdapterIDs   []string // only these; nil takes all
	Compositions bool     // with presets, workflows, wildcards and saved searches
	Jobs         bool     // ended generations with their ratings
	From, Until  time.Time
	Settings     bool // without secrets
	Taste        bool // preferences, feedback
	Analytics    bool // counted figures
}

// ExportSize is how much an export of a scope holds.
type ExportSize struct {
	Adapters      int
	Files         int // adapter files that are there
	FileBytes     int64
	MetadataBytes int64 // of adapters' metadata as JSON, estimated from the columns
	Compositions  int
	Jobs          int
	JobBytes      int64
	Images        int
	ImageBytes    int64
}

// ArchivedAdapter is an adapter as an archive carries it: the record itself and what
// the catalog knows of its file besides.
type ArchivedAdapter struct {
	Adapter
	RelPath     string            `json:"-"` // raw bytes below the root, / between names
	RootPath    string            `json:"-"`
	Stamp       FileStamp         `json:"-"`
	PreviewRel  string            `json:"-"`
	Alias       string            `json:"alias,omitempty"`
	QuickDigest string            `json:"quick_digest,omitempty"`
	Digests     map[string]string `json:"digests,omitempty"` // computed, by kind
	Claimed     []Claim           `json:"claimed_digests,omitempty"`
	Origin      string            `json:"origin,omitempty"`
	// OriginDetail says more about it, such as the name of an archive.
	OriginDetail string `json:"origin_detail,omitempty"`
}

// ArchiveRecord is one thing an archive carries besides files. Exactly one is set, beside
// the inputs of a job.
type ArchiveRecord struct {
	Adapter     *ArchivedAdapter `json:"adapter,omitempty"`
	Composition []Composition    `json:"composition,omitempty"` // all versions of one, oldest first
	Preset      *Preset          `json:"preset,omitempty"`
	Workflow    *Workflow        `json:"workflow,omitempty"`
	Search      *SavedSearch     `json:"saved_search,omitempty"`
	Engine      *EngineConfig    `json:"engine,omitempty"` // without its password
	Setting     *ArchivedSetting `json:"setting,omitempty"`
	Root        *Root            `json:"root,omitempty"`
	Preference  *Preference      `json:"preference,omitempty"`
	Job         *Job             `json:"job,omitempty"`    // ended, with its images
	Inputs      []Image          `json:"inputs,omitempty"` // of a job: kept pictures it started from
	Session     *ArchivedSession `json:"session,omitempty"`
	Figure      json.RawMessage  `json:"figure,omitempty"` // a row of counted figures
}

// ArchivedSession is an answered question with what the user thought of the answer, at
// least one judgement. Taste is learned from these.
type ArchivedSession struct {
	RecommendSession
	Feedback []Feedback `json:"feedback"`
}

// ArchivedSetting is one setting of the web app.
type ArchivedSetting struct {
	Name  string          `json:"name"`
	Value json.RawMessage `json:"value"`
}

// Loaded says what a load of a dump did beside filling the tables.
type Loaded struct {
	Counts BackupCounts // of what is there now
	// QueuePaused says that jobs came back that had not ended: the queue was paused, so that
	// the user decides whether they run.
	QueuePaused bool
	// Roots are the ids of library folders that the dump knew under other ids, by those of
	// the dump.
	Roots map[string]string
}

// Backup describes one backup. It lies beside the backup itself, so that backups are
// found again when everything else is lost.
type Backup struct {
	ID           string       `json:"id" doc:"backup_YYYYmmdd_HHMMSS_xxxxxx, UTC"`
	Type         string       `json:"type" enum:"full,incremental,restore_point"`
	Status       string       `json:"status" enum:"completed,verified,damaged,failed"`
	Place        string       `json:"place" enum:"folder,s3"`
	Bases        []string     `json:"bases" nullable:"false" doc:"Earlier backups that hold parts of this one, oldest first"`
	NeededBy     []string     `json:"needed_by" nullable:"false" doc:"Later backups that need this one"`
	Weights      bool         `json:"weights" doc:"Adapter files are in it"`
	Size         int64        `json:"size" doc:"Bytes of this backup alone"`
	TotalSize    int64        `json:"total_size" doc:"Bytes that a restore reads, bases included"`
	SHA256       string       `json:"sha256" doc:"Of the whole file"`
	Counts       BackupCounts `json:"counts"`
	Checksum     string       `json:"checksum" doc:"Over all rows of the database, the same on every database"`
	Schema       int          `json:"schema"`
	Program      string       `json:"program"`
	Note         string       `json:"note"`
	Label        string       `json:"label,omitempty" doc:"What the caller of POST /backup/create called its type"`
	ScheduleID   string       `json:"schedule_id,omitempty"`
	Error        string       `json:"error"`
	CreatedAt    time.Time    `json:"created_at"`
	VerifiedAt   *time.Time   `json:"verified_at"`
	RehearsedAt  *time.Time   `json:"rehearsed_at" doc:"When it was last restored into an instance of its own and compared"`
	RehearsalBad string       `json:"rehearsal_error" doc:"What differed then; empty when nothing did"`
}

// BackupCounts say what is in a backup.
type BackupCounts struct {
	Adapters     int `json:"adapters"`
	Files        int `json:"files"`
	Compositions int `json:"compositions"`
	Jobs         int `json:"jobs"`
	Images       int `json:"images"`
	Rows         int `json:"rows" doc:"Of all tables"`
}

// BackupSchedule is when backups are made and how many are kept.
type BackupSchedule struct {
	ID        string     `json:"id"`
	Name      string     `json:"name"`
	Enabled   bool       `json:"enabled"`
	Cron      string     `json:"cron" doc:"Five fields, or @hourly, @daily, @weekly, @monthly"`
	Zone      string     `json:"zone" doc:"IANA time zone the schedule is read in"`
	Type      string     `json:"type" enum:"full,incremental"`
	Weights   bool       `json:"weights"`
	Place     string     `json:"place" enum:"folder,s3"`
	Keep      Retention  `json:"keep"`
	NextRunAt *time.Time `json:"next_run_at" readOnly:"true"`
	LastRunAt *time.Time `json:"last_run_at" readOnly:"true"`
	LastError string     `json:"last_error" readOnly:"true"`
	LastID    string     `json:"last_backup_id" readOnly:"true"`
}

// Retention says how many backups of a schedule stay. A backup that another needs stays
// with it.
type Retention struct {
	Last    int `json:"last" minimum:"0"`
	Daily   int `json:"daily" minimum:"0"`
	Weekly  int `json:"weekly" minimum:"0"`
	Monthly int `json:"monthly" minimum:"0"`
}
