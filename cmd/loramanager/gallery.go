package main

import (
	"context"
	"errors"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"loramanager/internal/guard"
	"loramanager/internal/images"
	"loramanager/internal/infotext"
	"loramanager/internal/jobs"
	"loramanager/internal/lora"
	"loramanager/internal/store"
)

// gallery keeps pictures: their records in the store, their bytes on a shelf, and in them
// the notes that tools read. It implements jobs.Gallery and jobs.Cleaner.
type gallery struct {
	store    *store.Store
	pictures *images.Pictures
	folder   *images.Folder // nil when pictures lie in a bucket
}

// Keep implements jobs.Gallery. The record is there before the file, and says that the
// file is there after it.
func (g *gallery) Keep(ctx context.Context, jobID string, picture []byte, note jobs.Note) (lora.Image, error) {
	made := infotext.Made{JobID: jobID, Index: note.Index, Params: note.Params, Uses: note.Uses, Seed: note.Seed}
	texts := images.Texts{Parameters: infotext.Parameters(made), Note: infotext.Note(made)}
	kept, err := g.pictures.Keep(ctx, picture, texts, func(image lora.Image) error { return g.store.ReservePicture(ctx, jobID, image) })
	if err == nil {
		err = g.store.KeptPicture(ctx, kept.Image.SHA256)
	}
	kept.Image.Index, kept.Image.Seed = note.Index, note.Seed
	return kept.Image, err
}

// Open implements jobs.Gallery.
func (g *gallery) Open(ctx context.Context, sha256 string) (io.ReadSeekCloser, string, error) {
	return g.pictures.Open(ctx, sha256)
}

// Preview implements jobs.Gallery.
func (g *gallery) Preview(ctx context.Context, picture []byte) ([]byte, error) {
	return g.pictures.Preview(ctx, picture)
}

// PurgeTrashed implements jobs.Cleaner.
func (g *gallery) PurgeTrashed(ctx context.Context, before time.Time) (int, error) {
	return g.store.PurgeTrashedResults(ctx, before)
}

// sweepAtOnce is how many pictures are marked as leaving at a time.
const sweepAtOnce = 200

// SweepPictures implements jobs.Cleaner. A file goes before its record: whatever ends
// this in between, the record is found again.
func (g *gallery) SweepPictures(ctx context.Context, before time.Time) (removed int, err error) {
	for {
		abandoned, err := g.store.AbandonedPictures(ctx, before, sweepAtOnce)
		if err != nil {
			return removed, err
		}
		for _, sha256 := range abandoned {
			if err := g.pictures.Delete(ctx, sha256); err != nil {
				return removed, err
			}
			if err := g.store.ForgetPicture(ctx, sha256); err != nil {
				return removed, err
			}
			removed++
		}
		if len(abandoned) < sweepAtOnce {
			break
		}
	}
	if g.folder != nil {
		err = g.folder.Sweep(time.Now())
	}
	return removed, err
}

// openShelf opens the place pictures lie in: a bucket when one is configured, else a folder.
func (a *app) openShelf() (images.Shelf, error) {
	c := &a.config
	if c.S3Endpoint != "" {
		endpoint, err := url.Parse(c.S3Endpoint)
		if err != nil || endpoint.Host == "" || (endpoint.Scheme != "http" && endpoint.Scheme != "https") {
			return nil, errors.New("pictures-s3-endpoint: give an address such as https://s3.example.com")
		}
		return images.OpenS3(images.S3Options{
			Endpoint: endpoint.Host, TLS: endpoint.Scheme == "https", Region: c.S3Region, Bucket: c.S3Bucket, Prefix: c.S3Prefix,
			AccessKey: c.S3Access, SecretKey: c.S3Secret,
		})
	}
	root, err := openFolder(c.Pictures)
	if err != nil {
		return nil, err
	}
	a.roots = append(a.roots, root)
	a.folder = images.OpenFolder(images.FolderOptions{Root: root, Before: beforeKeep})
	return a.folder, nil
}

// picturePath is where a picture lies on this computer, for clients that ask for files.
func (a *app) picturePath(image *lora.Image) string {
	if a.folder == nil {
		return ""
	}
	return filepath.Join(a.config.Pictures, filepath.FromSlash(images.FileName(image)))
}

// openFolder opens a folder of the program and makes it when it is not there.
func openFolder(dir string) (*guard.Root, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	return guard.OpenRoot(dir)
}
