package archive

import (
	"context"
	"log/slog"
	"time"

	"loramanager/internal/guard"
	"loramanager/internal/lora"
)

// Options are what an Archive needs. The ports are grouped by what uses them.
type Options struct {
	Export ExportPorts
	Import ImportPorts
	Backup BackupPorts

	History   History
	Announcer Announcer

	// Data is the program's own folder; exports, uploads and the like lie in folders of it.
	Data *guard.Root

	Program string // name and version, as archives state it
	Schema  int    // of the database

	Logger *slog.Logger     // slog.Default()
	Now    func() time.Time // time.Now
	Limits guard.Limits     // guard.Default()

	// Failpoint, when set, is called between steps of which one must not be there without
	// the other, so that crash tests can end the process there: import.staged, .saving (ahead
	// of the commit), .saved, .placed (after each file, also of a recovery) and .settled;
	// restore.pictures, .table (ahead of each), .saving, .saved and .placed.
	Failpoint func(name string)
}

func (o *Options) fill() {
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Limits == (guard.Limits{}) {
		o.Limits = guard.Default()
	}
	if o.Failpoint == nil {
		o.Failpoint = func(string) {}
	}
}

// Archive exports, imports, backs up and restores. Its methods may be called from several
// goroutines.
type Archive struct {
	options Options
	log     *slog.Logger
	now     func() time.Time
	runs    *register
	exports *exports
	imports imports
	backups backups
}

// New makes an Archive and removes what exports and backups of an earlier process left in
// its folder.
func New(o Options) (*Archive, error) {
	o.fill()
	if o.Data == nil {
		return nil, lora.Errorf(lora.Internal, "An archive needs a folder of its own.")
	}
	a := &Archive{options: o, log: o.Logger, now: o.Now}
	a.runs = newRegister(o.History, o.Announcer, o.Logger)
	var err error
	if a.exports, err = openExports(a); err != nil {
		return nil, err
	}
	if err := o.Data.RemoveAll(backupsFolder); err != nil {
		a.log.Warn("what backups of an earlier process were laid out in could not be removed", "error", err)
	}
	a.openBackups()
	return a, nil
}

// Close cancels what runs and waits for it until ctx ends, whose error it then returns.
func (a *Archive) Close(ctx context.Context) error {
	a.exports.close()
	a.backups.stop()
	if err := a.runs.close(ctx); err != nil {
		return err
	}
	a.backups.loop.Wait() // what it waited for are runs, which are over
	return nil
}
