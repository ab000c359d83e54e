package store

import (
	"context"
	"embed"
	"io/fs"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"loramanager/internal/lora"
)

//go:embed migrations
var migrations embed.FS

// migrate brings the schema up to date. It refuses a database with a migration this
// program does not know: an older program must not write what a newer one owns.
func (s *Store) migrate(ctx context.Context) error {
	folder, err := fs.Sub(migrations, "migrations/"+s.dialect.name)
	if err != nil {
		return s.failed("migrate", err)
	}
	options := []goose.ProviderOption{goose.WithDisableGlobalRegistry(true)}
	dialect := goose.DialectSQLite3
	if s.dialect == postgresDialect {
		locker, err := lock.NewPostgresSessionLocker() // replicas may start together
		if err != nil {
			return s.failed("migrate", err)
		}
		dialect = goose.DialectPostgres
		options = append(options, goose.WithSessionLocker(locker))
	}
	provider, err := goose.NewProvider(dialect, s.writer.db, folder, options...)
	if err != nil {
		return s.failed("migrate", err)
	}
	current, newest, err := provider.GetVersions(ctx)
	if err != nil {
		return s.failed("read the schema's version", err)
	}
	if current > newest {
		return lora.Errorf(lora.Unavailable,
			"The database was written by a newer version of LoRA Manager (schema %d, this version knows %d). Update the program or restore an older backup.", current, newest)
	}
	s.schema = newest
	if _, err := provider.Up(ctx); err != nil {
		return s.failed("migrate", err)
	}
	return nil
}
