package archive

import (
	"context"
	"errors"
	"strings"
	"unicode"

	"loramanager/internal/lora"
)

// BackupOrder says what backup to make.
type BackupOrder struct {
	Type       string // full or incremental; full when empty
	Weights    bool   // adapter files too
	Place      string // the first one when empty
	Note       string
	Label      string // what POST /backup/create called it
	ScheduleID string
}

// CreateBackup begins a backup. Invalid names a field of the order.
func (a *Archive) CreateBackup(ctx context.Context, o BackupOrder) (lora.Transfer, error) {
	m, err := a.beginBackup(ctx, o)
	if err != nil {
		return lora.Transfer{}, err
	}
	return m.run.snapshot(), nil
}

// MakeBackup makes a backup and waits for it. When ctx ends it returns, and the backup
// goes on.
func (a *Archive) MakeBackup(ctx context.Context, o BackupOrder) (lora.Backup, error) {
	m, err := a.beginBackup(ctx, o)
	if err != nil {
		return lora.Backup{}, err
	}
	return m.wait(ctx)
}

// CreateContractBackup is POST /backup/create of the contract, where any text is a type:
// incremental makes an incremental backup, every other a full one that bears it.
func (a *Archive) CreateContractBackup(ctx context.Context, kind string) (lora.Backup, error) {
	o := BackupOrder{Type: backupFull, Label: strings.ToValidUTF8(kind, "")}
	if strings.EqualFold(strings.TrimSpace(kind), backupIncremental) {
		o.Type = backupIncremental
	}
	return a.MakeBackup(ctx, o)
}

// ContractBackupType is the type of a backup as the contract shows it: underscores are
// spaces, words begin with a capital letter, and nothing is Backup.
func ContractBackupType(b *lora.Backup) string {
	text := b.Type
	if b.Label != "" {
		text = b.Label
	}
	text = strings.TrimSpace(strings.ReplaceAll(text, "_", " "))
	if text == "" {
		return "Backup"
	}
	inWord := false
	return strings.Map(func(r rune) rune {
		was := inWord
		inWord = unicode.IsLetter(r)
		if was {
			return unicode.ToLower(r)
		}
		return unicode.ToTitle(r)
	}, text)
}

// making is one backup while it is made.
type making struct {
	archive *Archive
	run     *run
	order   BackupOrder
	place   *BackupPlace
	backup  lora.Backup // as it will be described
	over    chan struct{}
	failed  error // set before over is closed
}

func (a *Archive) beginBackup(ctx context.Context, o BackupOrder) (*making, error) {
	if o.Type == "" {
		o.Type = backupFull
	}
	if o.Type != backupFull && o.Type != backupIncremental && o.Type != backupRestorePoint {
		return nil, lora.FieldErrorf(lora.Invalid, "type", "A backup is full or incremental.")
	}
	place, err := a.place(o.Place)
	if err != nil {
		return nil, err
	}
	x, err := a.runs.begin(ctx, lora.TransferBackup, lora.TransferRunning)
	if err != nil {
		return nil, err
	}
	m := &making{archive: a, run: x, order: o, place: place, over: make(chan struct{}), failed: errUnfinished}
	x.onEnd(func() { close(m.over) })
	err = x.work(func(ctx context.Context) error {
		m.failed = m.make(ctx)
		return m.failed
	})
	if err != nil {
		x.finish(err)
		return nil, err
	}
	return m, nil
}

var errUnfinished = lora.Errorf(lora.Internal, "The backup was not made.")

// wait waits for the backup.
func (m *making) wait(ctx context.Context) (lora.Backup, error) {
	select {
	case <-ctx.Done():
		return lora.Backup{}, lora.Errorf(lora.Unavailable, "The backup takes longer than was waited for. It goes on.")
	case <-m.over:
		return m.backup, m.failed
	}
}

// make makes the backup; one of this process is made at a time, the others wait.
func (m *making) make(ctx context.Context) error {
	m.run.phase("waiting", 0, 0)
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case m.archive.backups.turn <- struct{}{}:
	}
	defer func() { <-m.archive.backups.turn }()
	err := m.write(ctx)
	m.archive.announceBackups()
	return err
}

// attempts is how often a backup is laid out again because a file changed while it was
// being written.
const attempts = 5

func (m *making) write(ctx context.Context) error {
	a := m.archive
	if err := m.place.Vault.Sweep(ctx, a.now()); err != nil {
		a.log.Warn("what interrupted backups left could not be removed", "place", m.place.Name, "error", err)
	}
	a.adoptBackups(ctx, m.place)
	earlier, err := m.place.list(ctx)
	if err != nil {
		return err
	}
	var skip skipped
	for attempt := 1; ; attempt++ {
		err := m.attempt(ctx, earlier, &skip)
		var changed *lora.Error
		if attempt == attempts || !errors.As(err, &changed) || changed.Code != lora.Conflict || changed.Field == "" || ctx.Err() != nil {
			return err
		}
		m.run.note("%s It is left out.", strings.TrimSuffix(changed.Message, " Start again."))
		skip.add(changed.Field)
	}
}

// skipped names members that cannot be read. From the first on, pictures are looked for
// before they are counted on: where one is missing, more may be.
type skipped struct{ members map[string]bool }

func (s *skipped) add(member string) {
	if s.members == nil {
		s.members = make(map[string]bool)
	}
	s.members[member] = true
}

func (s *skipped) has(member string) bool { return s.members[member] }
func (s *skipped) careful() bool          { return len(s.members) > 0 }

// attempt lays a backup out, writes it, reads it back and describes it.
func (m *making) attempt(ctx context.Context, earlier []lora.Backup, skip *skipped) error {
	a := m.archive
	now := a.now().UTC()
	m.backup = lora.Backup{
		ID: newBackupID(now), Type: m.order.Type, Status: backupCompleted, Place: m.place.Name, Weights: m.order.Weights,
		Schema: a.options.Schema, Program: a.options.Program, Note: m.order.Note, Label: m.order.Label, ScheduleID: m.order.ScheduleID,
		CreatedAt: now, Bases: []string{},
	}
	m.run.change(func(t *lora.Transfer) { t.BackupID = m.backup.ID })
	l, err := m.layOut(ctx, earlier, skip)
	if l != nil {
		defer l.close()
	}
	if err != nil {
		return err
	}
	if err := l.write(ctx); err != nil {
		return err
	}
	if err := m.place.describe(ctx, &m.backup); err != nil {
		return errors.Join(err, m.place.Vault.Delete(context.WithoutCancel(ctx), m.backup.ID+backupSuffix))
	}
	m.backup, err = a.verify(ctx, m.place, m.backup, m.run)
	if errors.Is(context.Cause(ctx), errCancelled) {
		return errors.Join(err, m.place.remove(context.WithoutCancel(ctx), m.backup.ID))
	}
	return err
}

func (a *Archive) announceBackups() {
	if a.options.Announcer != nil {
		a.options.Announcer.Announce(EventBackupsChanged, struct{}{})
	}
}
