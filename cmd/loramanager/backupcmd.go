package main

import (
	"context"
	"fmt"
	"text/tabwriter"

	"loramanager/internal/archive"
	"loramanager/internal/guard"
	"loramanager/internal/lora"
)

type backupCmd struct {
	Create   backupCreateCmd   `cmd:"" help:"Make a backup and read it back."`
	List     backupListCmd     `cmd:"" help:"List backups, the latest first."`
	Verify   backupVerifyCmd   `cmd:"" help:"Read a backup back and compare everything."`
	Restore  backupRestoreCmd  `cmd:"" help:"Put the database back to how it was. A restore point is made before."`
	Rehearse backupRehearseCmd `cmd:"" help:"Restore a backup into a database of its own and compare."`
	Delete   backupDeleteCmd   `cmd:"" help:"Delete a backup."`
}

type backupCreateCmd struct {
	Type    string `help:"full or incremental." enum:"full,incremental" default:"full"`
	Weights bool   `help:"Adapter files too."`
	Place   string `help:"folder or s3." enum:"folder,s3" default:"folder"`
	Note    string `help:"What to remember about it." placeholder:"TEXT"`
	JSON    bool   `help:"Print the backup as JSON."`
}

// Run makes a backup.
func (c *backupCreateCmd) Run(ctx context.Context, config *Config, io streams) error {
	order := archive.BackupOrder{Type: c.Type, Weights: c.Weights, Place: c.Place, Note: c.Note}
	return withBackups(ctx, config, io, c.JSON, func(d *desk) (lora.Transfer, error) { return d.archive.CreateBackup(ctx, order) },
		func(b *lora.Backup) string {
			return fmt.Sprintf("%s: %s, %s, %d adapters, %d generations", b.ID, b.Status, bytesText(b.Size), b.Counts.Adapters, b.Counts.Jobs)
		})
}

// withBackups does something with a backup, shows it and prints the backup.
func withBackups(ctx context.Context, config *Config, io streams, asJSON bool, begin func(*desk) (lora.Transfer, error), text func(*lora.Backup) string) (err error) {
	d, err := openDesk(ctx, config, io)
	if err != nil {
		return err
	}
	defer d.shut(&err)
	t, err := begin(d)
	if err != nil {
		return err
	}
	if t, err = d.follow(ctx, t.ID); err != nil {
		return err
	}
	b, err := d.archive.Backup(ctx, t.BackupID)
	if err != nil {
		return err
	}
	return d.print(asJSON, b, "%s", text(&b))
}

type backupListCmd struct {
	JSON bool `help:"Print them as JSON."`
}

// Run lists backups.
func (c *backupListCmd) Run(ctx context.Context, config *Config, io streams) (err error) {
	d, err := openDesk(ctx, config, io)
	if err != nil {
		return err
	}
	defer d.shut(&err)
	backups, err := d.archive.Backups(ctx)
	if err != nil {
		return err
	}
	if c.JSON {
		return d.print(true, map[string]any{"backups": backups}, "")
	}
	table := tabwriter.NewWriter(io.out, 8, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(table, "ID\tTYPE\tSTATUS\tPLACE\tSIZE\tADAPTERS\tNOTE") // an error comes with Flush
	for i := range backups {
		b := &backups[i]
		_, _ = fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%d\t%s\n", b.ID, b.Type, b.Status, b.Place, bytesText(b.Size), b.Counts.Adapters, guard.DisplayName(b.Note))
	}
	return table.Flush()
}

// backupArg names one backup.
type backupArg struct {
	ID   string `arg:"" help:"As backup list shows it."`
	JSON bool   `help:"Print the backup as JSON."`
}

type backupVerifyCmd struct{ backupArg }

// Run verifies a backup.
func (c *backupVerifyCmd) Run(ctx context.Context, config *Config, io streams) error {
	return withBackups(ctx, config, io, c.JSON, func(d *desk) (lora.Transfer, error) { return d.archive.VerifyBackup(ctx, c.ID) },
		func(b *lora.Backup) string { return b.ID + ": every byte is as it was written" })
}

type backupRehearseCmd struct{ backupArg }

// Run rehearses a restore.
func (c *backupRehearseCmd) Run(ctx context.Context, config *Config, io streams) error {
	return withBackups(ctx, config, io, c.JSON, func(d *desk) (lora.Transfer, error) { return d.archive.RehearseBackup(ctx, c.ID) },
		func(b *lora.Backup) string { return b.ID + ": what came back is what was there" })
}

type backupRestoreCmd struct {
	backupArg
	Files bool `help:"Also put adapter files back that are in it and missing here."`
}

// Run restores a backup.
func (c *backupRestoreCmd) Run(ctx context.Context, config *Config, io streams) error {
	return withBackups(ctx, config, io, c.JSON, func(d *desk) (lora.Transfer, error) { return d.archive.RestoreBackup(ctx, c.ID, c.Files) },
		func(b *lora.Backup) string {
			return fmt.Sprintf("%s: restored, %d adapters, %d generations. The state before is in the latest restore point", b.ID, b.Counts.Adapters, b.Counts.Jobs)
		})
}

type backupDeleteCmd struct {
	backupArg
	Dependents bool `help:"Also the later backups that need it."`
}

// Run deletes a backup.
func (c *backupDeleteCmd) Run(ctx context.Context, config *Config, io streams) (err error) {
	d, err := openDesk(ctx, config, io)
	if err != nil {
		return err
	}
	defer d.shut(&err)
	if err := d.archive.DeleteBackup(ctx, c.ID, c.Dependents); err != nil {
		if lora.CodeOf(err) == lora.Conflict && !c.Dependents {
			err = fmt.Errorf("%w Delete them together with --dependents", err)
		}
		return err
	}
	return d.print(c.JSON, map[string]string{"deleted": c.ID}, "%s is deleted", c.ID)
}
