package lora

// Outcome is the fate of a scanned file.
type Outcome string

// Added is a new record; Moved found its old record at another place; Restored was missing and is back.
const (
	Added    Outcome = "added"
	Updated  Outcome = "updated"
	Moved    Outcome = "moved"
	Restored Outcome = "restored"
)

// SaveResult says what became of one ScannedFile.
type SaveResult struct {
	AdapterID string
	Outcome   Outcome
}

// Place is where an adapter's file lies (or lay, when missing or trashed).
type Place struct {
	AdapterID  string
	RootID     string
	RelPath    string // raw bytes, / between names
	Stamp      FileStamp
	State      FileState
	PreviewRel string // empty when there is none
	TrashRel   string // where the file lies inside the root's trash; empty unless trashed
}

// Folder is a folder below a library folder.
type Folder struct {
	RootID  string
	RelPath string // raw bytes, / between names
}

// Relocation is an adapter's file at its new place.
type Relocation struct {
	AdapterID  string
	RootID     string
	RelPath    string // raw bytes, / between names
	PreviewRel string // empty when there is none
	// Name is what the new file name makes of the adapter's name, where nobody has
	// given it a better one; empty when the name does not depend on it.
	Name string
}

// DigestJob is one file whose digests are wanted.
type DigestJob struct {
	AdapterID string
	RootID    string
	RelPath   string
	Stamp     FileStamp
}
