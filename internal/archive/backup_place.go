package archive

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"regexp"
	"slices"
	"strings"
	"time"

	"loramanager/internal/guard"
	"loramanager/internal/lora"
)

// What the files of a backup are called. The description is written last.
const (
	backupSuffix      = ".zip"
	descriptionSuffix = ".json"
	maxDescription    = 1 << 20
)

// The states of a backup.
const (
	backupCompleted = "completed" // written, and not read back yet
	backupVerified  = "verified"
	backupDamaged   = "damaged"
)

// The types of a backup.
const (
	backupFull         = "full"
	backupIncremental  = "incremental"
	backupRestorePoint = "restore_point"
)

var backupID = regexp.MustCompile(`^backup_[0-9]{8}_[0-9]{6}_[0-9a-f]{6}$`)

// newBackupID names a backup by the second it was begun in and a random number; a vault
// refuses a name that is taken, so that two processes cannot share one.
func newBackupID(now time.Time) string {
	return "backup_" + now.UTC().Format("20060102_150405") + "_" + newSuffix()
}

func newSuffix() string {
	var random [3]byte
	_, _ = rand.Read(random[:]) // never fails
	return hex.EncodeToString(random[:])
}

// description is what lies beside a backup. The digest finds a damaged one.
type description struct {
	Backup json.RawMessage `json:"backup"`
	SHA256 string          `json:"sha256"` // of the compact form of backup
}

// describe writes what is known of a backup beside it.
func (p *BackupPlace) describe(ctx context.Context, b *lora.Backup) error {
	kept := *b
	kept.NeededBy = nil // follows from the others
	body, err := json.Marshal(kept)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(body)
	data, err := json.MarshalIndent(description{body, hex.EncodeToString(sum[:])}, "", "  ")
	if err != nil {
		return err
	}
	return p.Vault.Replace(ctx, b.ID+descriptionSuffix, append(data, '\n'))
}

// read reads the description of a backup. One that cannot be read is a damaged backup.
func (p *BackupPlace) read(ctx context.Context, id string) (lora.Backup, error) {
	file, err := p.Vault.Open(ctx, id+descriptionSuffix)
	if err != nil {
		return lora.Backup{}, err
	}
	data, err := io.ReadAll(io.NewSectionReader(file, 0, min(file.Size(), maxDescription)))
	if closeErr := file.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return lora.Backup{}, err
	}
	if b, ok := parseDescription(data); ok && b.ID == id {
		b.Place = p.Name
		return b, nil
	}
	return lora.Backup{ID: id, Place: p.Name, Status: backupDamaged, Error: badDescription, CreatedAt: timeOf(id)}, nil
}

const badDescription = "The file that describes this backup is damaged. Verify the backup: when it is sound, its description is written anew."

func parseDescription(data []byte) (b lora.Backup, ok bool) {
	var d description
	if json.Unmarshal(data, &d) != nil {
		return b, false
	}
	var body bytes.Buffer
	if json.Compact(&body, d.Backup) != nil {
		return b, false
	}
	sum := sha256.Sum256(body.Bytes())
	return b, hex.EncodeToString(sum[:]) == d.SHA256 && json.Unmarshal(d.Backup, &b) == nil
}

func timeOf(id string) time.Time {
	at, err := time.Parse("20060102_150405", strings.TrimPrefix(id[:min(len(id), 22)], "backup_"))
	if err != nil {
		return time.Time{}
	}
	return at
}

// list reads all descriptions of a place, latest first, and who needs whom.
func (p *BackupPlace) list(ctx context.Context) ([]lora.Backup, error) {
	var ids []string
	files := make(map[string]bool)
	err := p.Vault.List(ctx, func(name string, _ int64, _ time.Time) error {
		if id, ok := strings.CutSuffix(name, descriptionSuffix); ok && backupID.MatchString(id) {
			ids = append(ids, id)
		}
		files[name] = true
		return nil
	})
	if err != nil {
		return nil, err
	}
	backups := make([]lora.Backup, 0, len(ids))
	for _, id := range ids {
		b, err := p.read(ctx, id)
		if lora.CodeOf(err) == lora.NotFound {
			continue // deleted meanwhile
		}
		if err != nil {
			return nil, err
		}
		if !files[id+backupSuffix] {
			b.Status, b.Error = backupDamaged, "Its file is not there any more. Nothing can be restored from it."
		}
		backups = append(backups, b)
	}
	slices.SortFunc(backups, latestFirst)
	needs := make(map[string][]string)
	for _, b := range slices.Backward(backups) {
		for _, base := range b.Bases {
			needs[base] = append(needs[base], b.ID)
		}
	}
	for i := range backups {
		backups[i].NeededBy = needs[backups[i].ID]
	}
	return backups, nil
}

func latestFirst(a, b lora.Backup) int {
	return cmp.Or(b.CreatedAt.Compare(a.CreatedAt), cmp.Compare(b.ID, a.ID))
}

// place finds a place by its name; the first one when that is empty.
func (a *Archive) place(name string) (*BackupPlace, error) {
	places := a.options.Backup.Places
	for i := range places {
		if name == places[i].Name || name == "" {
			return &places[i], nil
		}
	}
	if len(places) == 0 {
		return nil, lora.Errorf(lora.Unavailable, "No place for backups is set up.")
	}
	return nil, lora.FieldErrorf(lora.Invalid, "place", "There is no place for backups called %s. Set it up in the configuration.", guard.DisplayName(name))
}

// Backups lists the backups of all places, latest first. A place that cannot be reached
// fails it: a list that leaves some out would look as if they were lost.
func (a *Archive) Backups(ctx context.Context) ([]lora.Backup, error) {
	all := []lora.Backup{}
	for i := range a.options.Backup.Places {
		list, err := a.options.Backup.Places[i].list(ctx)
		if err != nil {
			return nil, err
		}
		all = append(all, list...)
	}
	slices.SortFunc(all, latestFirst)
	return all, nil
}

// Backup returns one; NotFound when no place has it.
func (a *Archive) Backup(ctx context.Context, id string) (lora.Backup, error) {
	_, b, err := a.find(ctx, id)
	return b, err
}

// find finds a backup and where it lies.
func (a *Archive) find(ctx context.Context, id string) (*BackupPlace, lora.Backup, error) {
	unknown := lora.Errorf(lora.NotFound, "There is no such backup.")
	if !backupID.MatchString(id) {
		return nil, lora.Backup{}, unknown
	}
	var failed error = unknown
	for i := range a.options.Backup.Places {
		place := &a.options.Backup.Places[i]
		list, err := place.list(ctx)
		if err != nil {
			failed = err
			continue
		}
		for _, b := range list {
			if b.ID == id {
				return place, b, nil
			}
		}
	}
	return nil, lora.Backup{}, failed
}

// PlaceState is how a place for backups is.
type PlaceState struct {
	Name      string
	Location  string
	FreeBytes *int64 // nil where nobody says
	UsedBytes int64  // by backups
	Error     string // why it cannot be reached; empty when it can
}

// BackupPlaces tells of the places that are set up.
func (a *Archive) BackupPlaces(ctx context.Context) []PlaceState {
	states := []PlaceState{}
	for _, place := range a.options.Backup.Places {
		state := PlaceState{Name: place.Name, Location: place.Location}
		if free, known := place.Vault.Free(); known {
			state.FreeBytes = &free
		}
		err := place.Vault.List(ctx, func(_ string, size int64, _ time.Time) error {
			state.UsedBytes += size
			return nil
		})
		if err != nil {
			state.Error = failureSentence(err)
		}
		states = append(states, state)
	}
	return states
}
