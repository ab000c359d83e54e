package lora

import "time"

// MatchedBy says by what an archived adapter was recognised, the surest first.
type MatchedBy string

// The ways. A digest is the SHA-256 of the file; a name counts together with the version,
// no version being one too; a path is that of the file, where it was and still is.
const (
	MatchedNothing MatchedBy = ""
	MatchedID      MatchedBy = "id"
	MatchedDigest  MatchedBy = "digest"
	MatchedName    MatchedBy = "name"
	MatchedPath    MatchedBy = "path"
)

// ArchivedMatch is the adapter of the catalog that an archived one meets.
type ArchivedMatch struct {
	By MatchedBy
	// Adapter is what the catalog holds, nil when it holds none. One in the trash is met by
	// its id or its file, where no other has the file: its FileState says so.
	Adapter     *Adapter
	RelPath     string // of its file, raw bytes below its root
	QuickDigest string
	// SameTensors is another adapter, whose file holds the same tensors though it is another
	// file; empty when there is none. It is a hint and decides nothing.
	SameTensors string
	// NameHolder is the adapter that has the archived one's name and version now, where that
	// is not the one met; empty when the name is free.
	NameHolder string
}

// ImportRun is one import, which the store makes as a whole or not at all.
type ImportRun struct {
	TransferID string
	Kind       TransferKind // import, move_in or restore
	Source     string       // what is imported, such as a file's name, for the log of the library
	// RootID is the library folder of adapters that come without a file and whose own folder
	// is not in the library. They are listed there as missing.
	RootID string
	// Policy says what wins where a record that is no adapter is here already and differs.
	// Keep, and ask, leave it; a composition that is replaced gets one more version.
	Policy ConflictPolicy
}

// ImportStep is one decided step of an import. Adapters come first, since compositions and
// jobs name them.
type ImportStep struct {
	Record ArchiveRecord
	// Action says what happens with an adapter. Create takes the whole record; its id is kept
	// when no other adapter has it. Update takes Fields into the adapter AdapterID. Same and
	// skip change nothing; with an AdapterID they say which adapter is meant where the import
	// names it.
	Action    ImportAction
	AdapterID string
	// Fields are names of fields with a source, of an update.
	Fields []string
	// Rename gives an adapter that is created a number behind its name where the name and
	// version are taken; without it that is a Conflict.
	Rename bool
	// Place is where the adapter's file will lie when the run is over; nil when it brings
	// none.
	Place *ImportPlace
	// Origin and Detail say where an adapter comes from, such as archive and the archive's
	// name. Without Origin nothing is noted.
	Origin, Detail string
	// Pictures are those of a job, made by it or what it started from, that the import brings.
	// Images of a job whose picture neither comes nor is kept here already are left out.
	Pictures []Image
	// Files go into the journal.
	Files []JournalEntry
}

// ImportPlace is where an imported adapter's file will lie.
type ImportPlace struct {
	RootID  string
	RelPath string    // raw bytes below the root, / between names
	Stamp   FileStamp // as the staged file has it; renaming keeps it
	// The preview beside it; empty without one.
	PreviewRel   string
	PreviewType  string // image or video
	PreviewStamp int64  // modification time, nanoseconds
}

// JournalEntry is one staged file that is still to be put in its place.
type JournalEntry struct {
	Kind    string `json:"kind"` // as the import names kinds of files
	Staged  []byte `json:"staged"`
	RootID  string `json:"root_id,omitempty"` // empty for what does not go into a library folder
	RelPath []byte `json:"rel_path"`          // raw bytes, / between names
	Size    int64  `json:"size"`
	SHA256  string `json:"sha256"`
}

// Journal is what a committed import still owes to the disk. One without entries says that
// the import was committed and owes nothing.
type Journal struct {
	TransferID string
	Kind       TransferKind
	State      TransferState
	Entries    []JournalEntry
	StartedAt  time.Time
	BeatAt     time.Time // when the process that runs it was heard of last
}

// Provenance says where an adapter came from.
type Provenance struct {
	Origin string    `json:"origin" doc:"archive, download, or the program it was moved in from"`
	Detail string    `json:"detail" doc:"Such as the archive's name"`
	At     time.Time `json:"at"`
}
