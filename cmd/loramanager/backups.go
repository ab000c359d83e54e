package main

import (
	"context"
	"errors"
	"log/slog"
	"net/url"
	"os"
	"path"

	"loramanager/internal/archive"
	"loramanager/internal/httpapi"
	"loramanager/internal/library"
	"loramanager/internal/lora"
	"loramanager/internal/store"
	"loramanager/internal/vault"
)

// backupPlaces are where backups can lie: always a folder, and a bucket when one is
// configured.
func (a *app) backupPlaces() ([]archive.BackupPlace, error) {
	c := &a.config
	folder, err := a.openOwn(c.Backups)
	if err != nil {
		return nil, err
	}
	places := []archive.BackupPlace{{Name: "folder", Location: c.Backups, Vault: vault.OpenFolder(vault.FolderOptions{Root: folder})}}
	if c.BackupEndpoint == "" {
		return places, nil
	}
	bucket, err := c.backupBucket()
	if err != nil {
		return nil, err
	}
	return append(places, archive.BackupPlace{Name: "s3", Location: path.Join(bucket.host, c.BackupBucket, c.BackupPrefix), Vault: bucket}), nil
}

// bucket is one for backups.
type bucket struct {
	*vault.S3
	host string
}

// backupBucket opens the bucket of the configuration; nothing is asked yet.
func (c *Config) backupBucket() (bucket, error) {
	endpoint, err := url.Parse(c.BackupEndpoint)
	if err != nil || endpoint.Host == "" || (endpoint.Scheme != "http" && endpoint.Scheme != "https") {
		return bucket{}, errors.New("backups-s3-endpoint: give an address such as https://s3.example.com")
	}
	s3, err := vault.OpenS3(vault.S3Options{
		Endpoint: endpoint.Host, TLS: endpoint.Scheme == "https", Region: c.BackupRegion, Bucket: c.BackupBucket, Prefix: c.BackupPrefix,
		AccessKey: c.BackupAccess, SecretKey: c.BackupSecret,
	})
	return bucket{s3, endpoint.Host}, err
}

// scratch opens empty databases of their own below a folder, for rehearsals.
func scratch(below string, log *slog.Logger) func(context.Context) (archive.BackupDatabase, func() error, error) {
	return func(ctx context.Context) (archive.BackupDatabase, func() error, error) {
		if err := os.MkdirAll(below, 0o700); err != nil {
			return nil, nil, err
		}
		dir, err := os.MkdirTemp(below, "")
		if err != nil {
			return nil, nil, err
		}
		db, err := store.Open(ctx, store.Options{DataDir: dir, Logger: log})
		if err != nil {
			return nil, nil, errors.Join(err, os.RemoveAll(dir))
		}
		return db, func() error { return errors.Join(db.Close(), os.RemoveAll(dir)) }, nil
	}
}

// restored has everything read again that the database said before.
func (a *app) restored(ctx context.Context) {
	if a.recommend != nil {
		if _, err := a.recommend.Rebuild(ctx, true); err != nil {
			a.log.Warn("the index of recommendations could not be built anew; it is tried again", "error", err)
		}
	}
	httpapi.EverythingChanged(announcer{a.hub, a.store, a.metrics}, string(lora.TransferRestore))
	if a.library == nil || a.http == nil {
		return // no server: the next one looks at the start
	}
	if _, err := a.library.StartScan(ctx, nil, library.TriggerUser); err != nil && lora.CodeOf(err) != lora.Conflict {
		a.log.Warn("the library folders could not be scanned after the restore", "error", err)
	}
}
