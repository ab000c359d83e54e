package archive

import (
	"encoding/json"
	"errors"
	"io"
	"time"

	"loramanager/internal/lora"
)

// What our manifests say of themselves.
const (
	formatName    = "loramanager-archive"
	formatVersion = 1
)

// archiveKind says what an archive was made for.
type archiveKind string

// The kinds.
const (
	kindExport       archiveKind = "export"
	kindBackup       archiveKind = "backup"
	kindRestorePoint archiveKind = "restore_point"
)

// manifestHead is the manifest but for the list of adapters, which can be long and is
// written and read as a stream.
type manifestHead struct {
	Format           string            `json:"format"`
	FormatVersion    int               `json:"format_version"`
	Kind             archiveKind       `json:"kind"`
	Program          string            `json:"program"`
	Schema           int               `json:"schema"`
	Part             manifestPart      `json:"part"`
	Options          map[string]any    `json:"options,omitempty"`
	Counts           lora.BackupCounts `json:"counts"`
	DatabaseChecksum string            `json:"database_checksum,omitempty"`
	Elsewhere        string            `json:"elsewhere,omitempty"` // the member that lists what lies in earlier backups
	ChecksumsSHA256  string            `json:"checksums_sha256"`
	GeneratedAt      time.Time         `json:"generated_at"`
	AdapterCount     int               `json:"adapter_count"`
	FileTotalBytes   int64             `json:"file_total_bytes"`
	MetadataTotal    int64             `json:"metadata_total_bytes"` // without the manifest
	TotalBytes       int64             `json:"total_bytes"`
}

type manifestPart struct {
	Number int `json:"number"`
	Of     int `json:"of"`
}

// manifestAdapter is one adapter of the manifest.
type manifestAdapter struct {
	ID           string         `json:"id"`
	Name         string         `json:"name"`
	Version      *string        `json:"version"`
	MetadataPath string         `json:"metadata_path"`
	Files        []manifestFile `json:"files"`
}

// manifestFile is one file of an adapter.
type manifestFile struct {
	Kind         FileKind `json:"kind"`
	OriginalPath string   `json:"original_path"`
	OriginalName string   `json:"original_name"`
	Exists       bool     `json:"exists"` // in the archive, or in an earlier one it stands on
	Size         int64    `json:"size"`
	ArchivePath  string   `json:"archive_path,omitempty"`
	SHA256       string   `json:"sha256,omitempty"`
}

// elsewhereLine is one member that lies in an earlier backup.
type elsewhereLine struct {
	Path   string `json:"path"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
	Backup string `json:"backup"`
	Member string `json:"member"` // what it is called there
}

// The most adapters a manifest may list, and the most bytes that one of them takes.
const (
	maxManifestAdapters = 500_000
	maxManifestEntry    = 1 << 20
)

// readManifest reads a manifest, ours or the prototype's, as a stream: each is called for
// one adapter after the other. Of ours the head is complete when each is first called.
// Errors are Invalid and say what is wrong in the words of the contract.
func readManifest(from io.Reader, limit int64, head func(manifestHead) error, each func(manifestAdapter) error) error {
	bounded := &limited{from: from, left: limit, once: maxManifestEntry}
	d := json.NewDecoder(bounded)
	open, err := d.Token()
	switch {
	case err != nil:
		return badManifest("Invalid manifest JSON.", err)
	case open != json.Delim('{'):
		return badManifest("Manifest must be a JSON object.", nil)
	}
	fields, listed := make(map[string]json.RawMessage), false
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return badManifest("Invalid manifest JSON.", err)
		}
		if name == "adapters" && !listed {
			listed = true
			if err := giveHead(fields, head); err != nil {
				return err
			}
			if err := eachAdapter(d, bounded, each); err != nil {
				return err
			}
			continue
		}
		var value json.RawMessage
		bounded.once = maxManifestEntry
		if err := d.Decode(&value); err != nil {
			return badManifest("Invalid manifest JSON.", err)
		}
		if text, _ := name.(string); len(fields) < 100 && len(value) < 64<<10 {
			fields[text] = value
		}
	}
	if _, err := d.Token(); err != nil { // the closing brace
		return badManifest("Invalid manifest JSON.", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return badManifest("Invalid manifest JSON.", err)
	}
	if !listed {
		return badManifest("Manifest missing adapters section.", nil)
	}
	return nil
}

// giveHead hands over what stood before the list of adapters. Of the prototype's manifest
// nothing is needed.
func giveHead(fields map[string]json.RawMessage, head func(manifestHead) error) error {
	h := manifestHead{Kind: kindExport, Part: manifestPart{Number: 1, Of: 1}}
	var format string
	if json.Unmarshal(fields["format"], &format) == nil && format == formatName {
		all, err := json.Marshal(fields)
		if err == nil {
			err = json.Unmarshal(all, &h)
		}
		if err != nil {
			return badManifest("The manifest has a field that is not what it should be.", err)
		}
		if h.FormatVersion != formatVersion {
			return badManifest("The archive was written by a newer version of this program. Update it first.", nil)
		}
	}
	return head(h)
}

func eachAdapter(d *json.Decoder, bounded *limited, each func(manifestAdapter) error) error {
	if open, err := d.Token(); err != nil || open != json.Delim('[') {
		return badManifest("Manifest adapters section must be a list.", err)
	}
	for n := 0; d.More(); n++ {
		if n == maxManifestAdapters {
			return lora.Errorf(lora.TooLarge, "The manifest lists more than %d adapters.", maxManifestAdapters)
		}
		var a *manifestAdapter
		bounded.once = maxManifestEntry
		if err := d.Decode(&a); err != nil || a == nil {
			return badAdapter(err)
		}
		if a.MetadataPath == "" {
			return badManifest("Adapter entry '"+a.ID+"' missing metadata_path.", nil)
		}
		for _, f := range a.Files {
			if f.Exists && f.ArchivePath == "" {
				return badManifest("Manifest file entry missing archive_path.", nil)
			}
		}
		if err := each(*a); err != nil {
			return err
		}
	}
	_, err := d.Token() // the closing bracket
	if err != nil {
		return badManifest("Invalid manifest JSON.", err)
	}
	return nil
}

func badAdapter(err error) error {
	var wrong *json.UnmarshalTypeError
	switch {
	case err == nil || errors.As(err, &wrong) && wrong.Field == "":
		return badManifest("Manifest adapter entries must be objects.", err)
	case wrong == nil:
		return badManifest("Invalid manifest JSON.", err)
	case wrong.Field == "files" && wrong.Value != "array":
		return badManifest("Manifest files section must be a list, and its entries objects.", err)
	}
	return badManifest("The manifest has a field that is not what it should be: "+wrong.Field+".", err)
}

func badManifest(message string, err error) error {
	var known *lora.Error
	if errors.As(err, &known) {
		return known
	}
	return &lora.Error{Code: lora.Invalid, Field: "manifest.json", Message: message, Err: err}
}

// limited is an io.LimitedReader that fails where the limit is, and also when one value
// takes too much at once: the decoder holds it whole.
type limited struct {
	from io.Reader
	left int64
	once int64
}

// Read implements io.Reader.
func (l *limited) Read(p []byte) (int, error) {
	if l.left <= 0 || l.once <= 0 {
		return 0, lora.Errorf(lora.TooLarge, "The manifest, or one of its entries, is larger than is allowed.")
	}
	n, err := l.from.Read(p[:min(int64(len(p)), l.left, l.once)])
	l.left -= int64(n)
	l.once -= int64(n)
	return n, err
}
