package catalog

// Row is what the index has to know of one adapter.
type Row struct {
	Key          int64 // the database's key
	ID           string
	Name         string
	Version      string
	Author       string
	Tags         []string
	TrainedWords []string
	Triggers     []string
	Notes        string
	SourceURL    string
	RootID       string
	Folder       string
	FileName     string
	BaseModel    string
	Kind         string
	Trainer      string
	Rank         int64 // 0 when unknown
	Alpha        float64
	HasAlpha     bool
	Weight       float64
	FileSize     int64
	Rating       int
	NSFWLevel    int
	UseCount     int64
	Added        int64 // this and the other times: microseconds since 1970, 0 when never
	Updated      int64
	Modified     int64
	LastUsed     int64
	SHA256       string
	AutoV3       string
	Findings     []string // codes
	Active       bool
	Favorite     bool
	Missing      bool
	Unreadable   bool
	Unsafe       bool
	Trashed      bool
	HasPreview   bool
}
