package httpapi

import (
	"context"
	"net/http"
	"time"

	"loramanager/internal/lora"
)

// BackupSchedules are when backups are made.
type BackupSchedules struct {
	Schedules []lora.BackupSchedule `json:"schedules"`
}

// BackupScheduleReply is one schedule.
type BackupScheduleReply struct {
	Schedule lora.BackupSchedule `json:"schedule"`
}

// BackupScheduleWrite is a schedule as it is made or replaced.
type BackupScheduleWrite struct {
	Name    string         `json:"name" minLength:"1" maxLength:"100"`
	Enabled bool           `json:"enabled"`
	Cron    string         `json:"cron" minLength:"1" maxLength:"200" doc:"Five fields, or @hourly, @daily, @weekly, @monthly"`
	Zone    string         `json:"zone,omitempty" maxLength:"100" doc:"IANA time zone the schedule is read in; UTC when absent"`
	Type    string         `json:"type" enum:"full,incremental"`
	Weights bool           `json:"weights"`
	Place   string         `json:"place" enum:"folder,s3"`
	Keep    lora.Retention `json:"keep"`
}

// SchedulePreviewRequest asks when a schedule would run.
type SchedulePreviewRequest struct {
	Cron string `json:"cron" minLength:"1" maxLength:"200"`
	Zone string `json:"zone,omitempty" maxLength:"100" doc:"UTC when absent"`
}

// SchedulePreview is when a schedule would run next.
type SchedulePreview struct {
	Runs []time.Time `json:"runs" doc:"The next five"`
}

type replaceScheduleInput struct {
	ByID
	Body BackupScheduleWrite
}

func (s *Server) routeBackupSchedules() {
	const tag = "backups"
	route(s, http.MethodGet, "/backups/schedules", "listBackupSchedules", tag, "List backup schedules", s.listBackupSchedules)
	route(s, http.MethodPost, "/backups/schedules", "addBackupSchedule", tag, "Add a backup schedule", s.addBackupSchedule, created)
	route(s, http.MethodPut, "/backups/schedules/{id}", "replaceBackupSchedule", tag, "Replace a backup schedule", s.replaceBackupSchedule)
	route(s, http.MethodDelete, "/backups/schedules/{id}", "deleteBackupSchedule", tag, "Delete a backup schedule", s.deleteBackupSchedule)
	route(s, http.MethodPost, "/backups/schedules/preview", "previewBackupSchedule", tag, "When a schedule would run", s.previewBackupSchedule)
}

func (w *BackupScheduleWrite) schedule(id string) lora.BackupSchedule {
	return lora.BackupSchedule{
		ID: id, Name: w.Name, Enabled: w.Enabled, Cron: w.Cron, Zone: w.Zone, Type: w.Type, Weights: w.Weights, Place: w.Place, Keep: w.Keep,
	}
}

func (s *Server) listBackupSchedules(ctx context.Context, _ *none) (*reply[BackupSchedules], error) {
	found, err := s.archive.Schedules(ctx)
	return answer(BackupSchedules{Schedules: list(found)}, err)
}

func (s *Server) addBackupSchedule(ctx context.Context, in *struct{ Body BackupScheduleWrite }) (*reply[BackupScheduleReply], error) {
	added, err := s.archive.AddSchedule(ctx, in.Body.schedule(""))
	return answer(BackupScheduleReply{Schedule: added}, err)
}

func (s *Server) replaceBackupSchedule(ctx context.Context, in *replaceScheduleInput) (*reply[BackupScheduleReply], error) {
	replaced, err := s.archive.ReplaceSchedule(ctx, in.Body.schedule(in.ID))
	return answer(BackupScheduleReply{Schedule: replaced}, err)
}

func (s *Server) deleteBackupSchedule(ctx context.Context, in *ByID) (*none, error) {
	return nil, s.archive.DeleteSchedule(ctx, in.ID)
}

func (s *Server) previewBackupSchedule(_ context.Context, in *struct{ Body SchedulePreviewRequest }) (*reply[SchedulePreview], error) {
	runs, err := s.archive.PreviewSchedule(in.Body.Cron, in.Body.Zone)
	return answer(SchedulePreview{Runs: list(runs)}, err)
}
