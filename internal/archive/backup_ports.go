package archive

import (
	"context"
	"io"
	"time"

	"loramanager/internal/lora"
)

// BackupPorts are what backups and restores need from other rooms. Pictures are read, and
// wildcards found, through ExportPorts; pictures are put back through ImportPorts.
type BackupPorts struct {
	Database  BackupDatabase
	Schedules ScheduleKeeper
	// Places are where backups are kept, the default one first; restore points lie there.
	Places []BackupPlace
	// Scratch opens an empty database for a rehearsal; close deletes it.
	Scratch func(ctx context.Context) (database BackupDatabase, close func() error, err error)
	// Restored is called after a restore, and after one that was taken back: whoever holds
	// in memory what the database said reads it again.
	Restored func(ctx context.Context)
}

// BackupDatabase is dumped and loaded.
type BackupDatabase interface {
	// Dump writes every table as it is at one moment.
	Dump(ctx context.Context, sink func(table string) (io.Writer, error)) (counts lora.BackupCounts, checksum string, err error)
	// Load replaces what is there with a dump, whole or not at all.
	Load(ctx context.Context, schema int, source func(table string) (io.Reader, error), check func(checksum string) error) (lora.Loaded, error)
	// Ready reports whether the database answers and can be used.
	Ready(ctx context.Context) error
	// ReservePicture makes the record of a picture, which must be there before its file.
	ReservePicture(ctx context.Context, jobID string, image lora.Image) error
}

// BackupPlace is where backups are kept.
type BackupPlace struct {
	Name     string // folder or s3
	Location string // the folder, or bucket and prefix, for people; never a key
	Vault    Vault
}

// BackupFile is a kept file opened for reading.
type BackupFile = interface {
	io.ReaderAt
	io.Closer
	Size() int64
}

// Vault keeps files by names without folders; package vault says what its methods promise.
type Vault interface {
	Put(ctx context.Context, name string, size int64, write func(io.Writer) error) error
	Replace(ctx context.Context, name string, data []byte) error
	Open(ctx context.Context, name string) (BackupFile, error)
	Delete(ctx context.Context, name string) error
	List(ctx context.Context, visit func(name string, size int64, modified time.Time) error) error
	Free() (bytes int64, known bool)
	Sweep(ctx context.Context, now time.Time) error
}

// ScheduleKeeper keeps backup schedules.
type ScheduleKeeper interface {
	BackupSchedules(ctx context.Context) ([]lora.BackupSchedule, error)
	PutBackupSchedule(ctx context.Context, b lora.BackupSchedule) error
	DeleteBackupSchedule(ctx context.Context, id string) error
	// ClaimBackupSchedule takes the run that is due, once over all processes.
	ClaimBackupSchedule(ctx context.Context, id string, due time.Time, next *time.Time) (bool, error)
	// EndBackupSchedule keeps what a run brought.
	EndBackupSchedule(ctx context.Context, id, backupID, failure string) error
}

// EventBackupsChanged is announced when a backup was made, verified or deleted.
const EventBackupsChanged = "backups_changed"
