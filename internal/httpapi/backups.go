package httpapi

import (
	"context"
	"io"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"loramanager/internal/archive"
	"loramanager/internal/lora"
)

// BackupList are the backups, latest first, and the places they can lie in.
type BackupList struct {
	Backups []lora.Backup `json:"backups"`
	Places  []BackupPlace `json:"places"`
}

// BackupPlace is where backups are kept.
type BackupPlace struct {
	Name       string `json:"name" enum:"folder,s3"`
	Configured bool   `json:"configured"`
	Location   string `json:"location" doc:"The folder, or bucket and prefix; never a key"`
	FreeBytes  *int64 `json:"free_bytes" doc:"null where nobody says"`
	UsedBytes  int64  `json:"used_bytes" doc:"By backups"`
	Error      string `json:"error" doc:"Why it cannot be reached; empty when it can"`
}

// BackupReply is one backup.
type BackupReply struct {
	Backup lora.Backup `json:"backup"`
}

// BackupCreate orders a backup.
type BackupCreate struct {
	Type    string `json:"type,omitempty" enum:"full,incremental" doc:"full when absent"`
	Weights bool   `json:"weights,omitempty" doc:"Adapter files too"`
	Place   string `json:"place,omitempty" enum:"folder,s3" doc:"folder when absent"`
	Note    string `json:"note,omitempty" maxLength:"500"`
}

// BackupRestore says what of a backup comes back.
type BackupRestore struct {
	Files bool `json:"files,omitempty" doc:"Also adapter files that are in it and missing here; none is ever overwritten"`
}

type downloadBackupInput struct {
	ByID
	Complete bool `query:"complete" doc:"true puts what lies in earlier backups into one archive with it"`
	RangeHeaders
}

type restoreBackupInput struct {
	ByID
	Body *BackupRestore
}

type deleteBackupInput struct {
	ByID
	Dependents bool `query:"dependents" doc:"Also delete the later backups that need it; 409 without when there are any"`
}

func (s *Server) routeBackups() {
	const tag = "backups"
	route(s, http.MethodGet, "/backups", "listBackups", tag, "List backups", s.listBackups)
	route(s, http.MethodPost, "/backups", "createBackup", tag, "Make a backup", s.createBackup, accepted)
	route(s, http.MethodGet, "/backups/{id}", "readBackup", tag, "Read a backup", s.readBackup)
	route(s, http.MethodGet, "/backups/{id}/download", "downloadBackup", tag, "Download a backup", s.downloadBackup, sendsRanges("application/zip"))
	route(s, http.MethodPost, "/backups/{id}/verify", "verifyBackup", tag, "Read a backup back and compare", s.verifyBackup, accepted)
	route(s, http.MethodPost, "/backups/{id}/rehearse", "rehearseBackup", tag, "Restore a backup into an instance of its own and compare", s.rehearseBackup, accepted)
	route(s, http.MethodPost, "/backups/{id}/restore", "restoreBackup", tag, "Restore a backup", s.restoreBackup, accepted,
		describe("A restore point is made first; when the restored state is not sound, everything goes back to it."))
	route(s, http.MethodDelete, "/backups/{id}", "deleteBackup", tag, "Delete a backup", s.deleteBackup)
}

func (s *Server) listBackups(ctx context.Context, _ *none) (*reply[BackupList], error) {
	backups, err := s.archive.Backups(ctx)
	if err != nil {
		return nil, err
	}
	for i := range backups {
		backups[i] = wireBackup(backups[i])
	}
	return answer(BackupList{Backups: list(backups), Places: s.backupPlaces(ctx)}, nil)
}

// backupPlaces are all places there could be, so that clients can say what is not set up.
func (s *Server) backupPlaces(ctx context.Context) []BackupPlace {
	places := []BackupPlace{{Name: "folder"}, {Name: "s3"}}
	for _, found := range s.archive.BackupPlaces(ctx) {
		for i := range places {
			if p := &places[i]; p.Name == found.Name {
				p.Configured, p.Location, p.FreeBytes, p.UsedBytes, p.Error = true, found.Location, found.FreeBytes, found.UsedBytes, found.Error
			}
		}
	}
	return places
}

// wireBackup fills the lists that must not be null.
func wireBackup(b lora.Backup) lora.Backup {
	b.Bases, b.NeededBy = list(b.Bases), list(b.NeededBy)
	return b
}

func (s *Server) createBackup(ctx context.Context, in *struct{ Body *BackupCreate }) (*reply[TransferReply], error) {
	order := BackupCreate{}
	if in.Body != nil {
		order = *in.Body
	}
	return transferReply(s.archive.CreateBackup(ctx, archive.BackupOrder{Type: order.Type, Weights: order.Weights, Place: order.Place, Note: order.Note}))
}

func (s *Server) readBackup(ctx context.Context, in *ByID) (*reply[BackupReply], error) {
	found, err := s.archive.Backup(ctx, in.ID)
	return answer(BackupReply{Backup: wireBackup(found)}, err)
}

func (s *Server) verifyBackup(ctx context.Context, in *ByID) (*reply[TransferReply], error) {
	return transferReply(s.archive.VerifyBackup(ctx, in.ID))
}

func (s *Server) rehearseBackup(ctx context.Context, in *ByID) (*reply[TransferReply], error) {
	return transferReply(s.archive.RehearseBackup(ctx, in.ID))
}

func (s *Server) restoreBackup(ctx context.Context, in *restoreBackupInput) (*reply[TransferReply], error) {
	order := BackupRestore{}
	if in.Body != nil {
		order = *in.Body
	}
	return transferReply(s.archive.RestoreBackup(ctx, in.ID, order.Files))
}

func (s *Server) downloadBackup(ctx context.Context, in *downloadBackupInput) (*huma.StreamResponse, error) {
	d, err := s.archive.OpenBackup(ctx, in.ID, in.Complete)
	if err != nil {
		return nil, err
	}
	return s.sendContent(content{
		name: d.Name, kind: "application/zip", etag: `"` + d.ETag + `"`, size: d.Size, close: d.Close,
		write: func(to io.Writer, from, until int64) error { return d.WriteRange(ctx, to, from, until) },
	}, &in.RangeHeaders), nil
}

func (s *Server) deleteBackup(ctx context.Context, in *deleteBackupInput) (*none, error) {
	err := s.archive.DeleteBackup(ctx, in.ID, in.Dependents)
	if lora.CodeOf(err) == lora.NotFound {
		err = lora.Errorf(lora.NotFound, "Backup not found")
	}
	return nil, err
}
