package store

import (
	"context"
	"maps"
	"slices"

	"loramanager/internal/lora"
)

// keepPictures makes the records of the pictures that come with a batch of jobs. Their
// files are placed after the transaction, as the journal says.
func (i *importer) keepPictures(ctx context.Context, list []importedJob) error {
	for n := range list {
		one := &list[n]
		for p := range one.pictures {
			image := &one.pictures[p]
			started := !slices.ContainsFunc(one.job.Images, func(made lora.Image) bool { return made.SHA256 == image.SHA256 })
			kept, err := i.exec(ctx, `INSERT INTO picture (sha256, type, width, height, size_bytes, state, uploaded, job_id, created_at, loose_since)
				VALUES (?, ?, ?, ?, ?, ?, ?, '', ?, ?) ON CONFLICT (sha256) DO UPDATE SET state = excluded.state WHERE picture.state <> 'leaving'`,
				image.SHA256, image.Type, int64(image.Width), int64(image.Height), int64(image.SizeBytes), pictureKept, started, i.now.UnixMicro(), i.now.UnixMicro())
			if err != nil {
				return err
			}
			if kept == 0 {
				return lora.Errorf(lora.Unavailable, "A picture of the import is being deleted here. Try again in a moment.")
			}
		}
	}
	return nil
}

// keptPicture is what is known of a picture that is kept here.
type keptPicture struct {
	size  int64
	loose bool
}

// insertImages gives the jobs of a batch their pictures, and leaves out images whose
// picture is not kept here.
func (i *importer) insertImages(ctx context.Context, list []importedJob) error {
	kept, err := i.keptPictures(ctx, list)
	if err != nil {
		return err
	}
	var rows tupleText
	used := map[string]int{}
	for n := range list {
		job := &list[n].job
		job.Images = slices.DeleteFunc(slices.Clone(job.Images), func(image lora.Image) bool {
			_, there := kept[image.SHA256]
			return !there
		})
		for p := range job.Images {
			image := &job.Images[p]
			used[image.SHA256]++
			seed := ""
			if image.Seed != nil {
				seed = decimal(*image.Seed)
			}
			rows.add(decimal(list[n].key), decimal(int64(image.Index)), image.SHA256, seed, image.Infotext, decimal(kept[image.SHA256].size))
		}
		i.counts.Images += len(job.Images)
	}
	err = i.insertTuples(ctx, `INSERT INTO job_image (job_key, place, sha256, seed, infotext, size_bytes, shared)
		SELECT CAST(v.value ->> 0 AS BIGINT), CAST(v.value ->> 1 AS BIGINT), v.value ->> 2, CAST(NULLIF(v.value ->> 3, '') AS BIGINT), v.value ->> 4,
		CAST(v.value ->> 5 AS BIGINT), FALSE`, rows, "")
	if err != nil {
		return err
	}
	return i.fastenAll(ctx, used, kept)
}

// keptPictures reads those of a batch's pictures that are kept here, and holds them.
func (i *importer) keptPictures(ctx context.Context, list []importedJob) (map[string]keptPicture, error) {
	shas := map[string]bool{}
	for n := range list {
		for p := range list[n].job.Images {
			shas[list[n].job.Images[p].SHA256] = true
		}
	}
	kept := make(map[string]keptPicture, len(shas))
	if len(shas) == 0 {
		return kept, nil
	}
	err := i.each(ctx, "SELECT sha256, size_bytes, loose_since IS NOT NULL FROM picture WHERE state = 'kept' AND sha256 IN ("+i.pool.dialect.texts+") ORDER BY sha256"+i.pool.dialect.locked,
		[]any{i.pool.dialect.list(slices.Sorted(maps.Keys(shas)))}, func(r *record) error {
			sha := r.text()
			kept[sha] = keptPicture{r.integer(), r.truth()}
			return nil
		})
	return kept, err
}

// fastenAll marks pictures as ones that jobs have, and as shared where several have them
// or one has them twice. used counts the places of the batch.
func (i *importer) fastenAll(ctx context.Context, used map[string]int, kept map[string]keptPicture) error {
	loose, shared := []string{}, []string{}
	for _, sha := range slices.Sorted(maps.Keys(used)) {
		p := kept[sha]
		if p.loose {
			loose = append(loose, sha)
			i.pictures.n, i.pictures.bytes = i.pictures.n+1, i.pictures.bytes+p.size
		}
		if !p.loose || used[sha] > 1 {
			shared = append(shared, sha)
		}
	}
	d := i.pool.dialect
	if len(loose) > 0 {
		if _, err := i.exec(ctx, "UPDATE picture SET loose_since = NULL WHERE sha256 IN ("+d.texts+")", d.list(loose)); err != nil {
			return err
		}
	}
	if len(shared) == 0 {
		return nil
	}
	_, err := i.exec(ctx, `UPDATE job_image SET shared = TRUE WHERE NOT shared AND sha256 IN (`+d.texts+`)
		AND 1 < (SELECT COUNT(*) FROM job_image o WHERE o.sha256 = job_image.sha256)`, d.list(shared))
	return err
}
