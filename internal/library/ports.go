package library

import (
	"context"
	"time"

	"loramanager/internal/lora"
)

// FileCatalog is what a scan needs from the database.
type FileCatalog interface {
	// KnownFiles lists every file of a root the catalog remembers, missing ones included, trashed ones excluded.
	KnownFiles(ctx context.Context, rootID string) ([]lora.KnownFile, error)
	// OrphanFiles lists the same for folders that were removed while their records were kept.
	OrphanFiles(ctx context.Context) ([]lora.KnownFile, error)
	// SaveScanned writes one batch in one transaction and answers in the same order.
	SaveScanned(ctx context.Context, files []lora.ScannedFile) ([]lora.SaveResult, error)
	// MarkMissing flags records whose file is gone; it never deletes.
	MarkMissing(ctx context.Context, adapterIDs []string) (int, error)
	// MarkPresent takes the flag back for files that are there again, unchanged.
	MarkPresent(ctx context.Context, adapterIDs []string) (int, error)
	// PurgeMissing deletes the records of missing files; Conflict unless exactly expected are missing.
	PurgeMissing(ctx context.Context, expected int) (purged []string, err error)
}

// Placement is what moving, renaming, trashing and restoring need.
type Placement interface {
	// Place answers NotFound for an unknown id.
	Place(ctx context.Context, id string) (lora.Place, error)
	Places(ctx context.Context, ids []string) ([]lora.Place, error)
	// Relocate records in one transaction that files now lie elsewhere; edits and history
	// stay. refused holds, by position, why one was not recorded, nil when it was.
	Relocate(ctx context.Context, moved []lora.Relocation) (refused []error, err error)
	// SetTrashed records places in the trash in the same way; an empty TrashRel takes the
	// record out of the trash again.
	SetTrashed(ctx context.Context, places []lora.Place) (refused []error, err error)
	// DeleteAdapters removes records for good (emptying the trash).
	DeleteAdapters(ctx context.Context, ids []string) (int, error)
	// Trashed lists what lies in the trash.
	Trashed(ctx context.Context) ([]lora.Place, error)
}

// RootRegistry keeps the configured library folders.
type RootRegistry interface {
	Roots(ctx context.Context) ([]lora.Root, error)
	AddRoot(ctx context.Context, r lora.Root) error
	RenameRoot(ctx context.Context, id, name string) error
	// RemoveRoot forgets the folder; its records stay as missing, or go when purge is set.
	RemoveRoot(ctx context.Context, id string, purge bool) (adapters int, err error)
	SetRootScanned(ctx context.Context, id string, at time.Time) error
}

// ScanLog keeps what scans did.
type ScanLog interface {
	SaveScan(ctx context.Context, s lora.Scan) error
	Scans(ctx context.Context, limit int) ([]lora.Scan, error)
	Scan(ctx context.Context, id string) (lora.Scan, error)
	// ScanIDs lists the ids of all that are remembered.
	ScanIDs(ctx context.Context) ([]string, error)
	// BeatScan replaces what is kept of a scan that is running. It reports false, and
	// keeps nothing, when the scan is not remembered as running: somebody cancelled it.
	BeatScan(ctx context.Context, s lora.Scan) (wanted bool, err error)
	// CancelScan keeps a running scan as cancelled; NotFound when it is not running.
	CancelScan(ctx context.Context, id string, at time.Time) error
}

// Leases keep what one of several servers does at a time.
type Leases interface {
	// TakeLease takes a lease that nobody holds, or that has ended, for ttl.
	TakeLease(ctx context.Context, name, holder string, ttl time.Duration) (token int64, held bool, err error)
	// RenewLease prolongs it to ttl from now; false when it is lost.
	RenewLease(ctx context.Context, name, holder string, token int64, ttl time.Duration) (held bool, err error)
	// DropLease gives it back; one that is lost is no error.
	DropLease(ctx context.Context, name, holder string, token int64) error
}

// DigestLog keeps digests by kind and knows what is still to do.
type DigestLog interface {
	// PendingDigests lists files without digests: asked-for ones first, then the newest.
	PendingDigests(ctx context.Context, limit int) ([]lora.DigestJob, error)
	// DigestCounts says how many files have their digests and how many wait.
	DigestCounts(ctx context.Context) (done, pending int, err error)
	// SaveDigests stores what was computed; Conflict when the file changed meanwhile.
	SaveDigests(ctx context.Context, id string, stamp lora.FileStamp, digests map[string]string) error
	// FailDigests takes a file out of the lane until it changes.
	FailDigests(ctx context.Context, id string, reason string) error
	// RequestDigests puts a file first in the lane.
	RequestDigests(ctx context.Context, id string) error
}

// Announcer tells whoever listens that something happened. It never blocks.
type Announcer interface {
	Announce(eventType string, data any)
}
