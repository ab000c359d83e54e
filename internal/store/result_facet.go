package store

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"loramanager/internal/lora"
)

// The kinds of facets: what jobs that have ended can be found by.
const (
	facetAdapter     = "adapter" // by id
	facetBase        = "base"
	facetEngine      = "engine"
	facetModel       = "model"
	facetTag         = "tag"         // in lower case
	facetComposition = "composition" // by id
	facetWidth       = "width"       // of the first picture
	facetHeight      = "height"
	facetStars       = "stars" // one for every rating up to the job's
	facetFavorite    = "favorite"
)

// facet is one thing a job can be found by.
type facet struct{ kind, value string }

// enterHistory makes a job that has ended findable: by its facets, which count it when
// it succeeded, and by the words of its prompt. The figures count it. The history is
// held; change is the catalog's.
func (q querier) enterHistory(ctx context.Context, key int64, job *lora.Job, change int64) error {
	facets, err := q.facetsOf(ctx, job)
	if err != nil {
		return err
	}
	if err := q.addFacets(ctx, key, facets, counted(job.Status, job.TrashedAt)); err != nil {
		return err
	}
	if err := q.countJob(ctx, key, 1, change); err != nil {
		return err
	}
	if err := q.index(ctx, key); err != nil {
		return err
	}
	return q.learnWords(ctx, jobWords(job))
}

// leaveHistory takes back what enterHistory did for a job that did not succeed.
func (q querier) leaveHistory(ctx context.Context, key int64) error {
	err := q.countJob(ctx, key, -1, 0)
	if err == nil {
		_, err = q.exec(ctx, "DELETE FROM job_facet WHERE job_key = ?", key)
	}
	if err == nil {
		_, err = q.exec(ctx, q.pool.dialect.words.remove, key)
	}
	return err
}

// counted is how many results a job adds to each of its facets.
func counted(status lora.JobStatus, trashedAt *time.Time) int64 {
	if status == lora.JobSucceeded && trashedAt == nil {
		return 1
	}
	return 0
}

// holdCatalog keeps others from changing the catalog until the transaction ends, where
// transactions do not wait for each other anyway. It comes before holdHistory.
func (q querier) holdCatalog(ctx context.Context) error {
	if q.pool.dialect.locked == "" {
		return nil
	}
	_, err := q.number(ctx, "SELECT n FROM catalog_change WHERE one = 1"+q.pool.dialect.locked)
	return err
}

// holdHistory keeps others from changing facets and figures until the transaction ends.
// It comes after the rows of jobs that have not ended, and before those of jobs that have
// and of their pictures.
func (q querier) holdHistory(ctx context.Context) error {
	if q.pool.dialect.history == "" {
		return nil
	}
	_, err := q.exec(ctx, q.pool.dialect.history)
	return err
}

// addFacets adds facets to a job, each of which then counts results more of them.
func (q querier) addFacets(ctx context.Context, key int64, facets []facet, results int64) error {
	for _, f := range facets {
		id, err := q.number(ctx, `INSERT INTO facet (kind, value, results) VALUES (?, ?, ?)
			ON CONFLICT (kind, value) DO UPDATE SET results = facet.results + excluded.results RETURNING id`, f.kind, f.value, results)
		if err == nil {
			_, err = q.exec(ctx, "INSERT INTO job_facet (facet_id, job_key) VALUES (?, ?) ON CONFLICT DO NOTHING", id, key)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// replaceFacets gives a job other facets of one kind.
func (q querier) replaceFacets(ctx context.Context, key int64, kind string, facets []facet, results int64) error {
	const its = "id IN (SELECT x.facet_id FROM job_facet x JOIN facet k ON k.id = x.facet_id WHERE x.job_key = ? AND k.kind = ?)"
	if _, err := q.exec(ctx, "UPDATE facet SET results = results - ? WHERE "+its, results, key, kind); err != nil {
		return err
	}
	if _, err := q.exec(ctx, "DELETE FROM job_facet WHERE job_key = ? AND facet_id IN (SELECT id FROM facet WHERE "+its+")", key, key, kind); err != nil {
		return err
	}
	return q.addFacets(ctx, key, orderedFacets(facets), results)
}

// countFacets adds jobs that come to the history, or leave it with -1, to the counts of
// all their facets.
func (q querier) countFacets(ctx context.Context, keys []int64, sign int64) error {
	_, err := q.exec(ctx, `UPDATE facet SET results = results + ? * n.jobs FROM (SELECT facet_id, COUNT(*) AS jobs FROM job_facet
		WHERE job_key IN (`+q.pool.dialect.keys+") GROUP BY facet_id) n WHERE facet.id = n.facet_id", sign, q.pool.dialect.list(keys))
	return err
}

func (q querier) facetsOf(ctx context.Context, job *lora.Job) ([]facet, error) {
	ids := adapterIDs(job.Adapters)
	if len(ids) == 0 {
		return facetsWith(job, nil), nil
	}
	bases, err := q.strings(ctx, "SELECT DISTINCT base_model FROM adapter WHERE id IN ("+q.pool.dialect.texts+")", q.pool.dialect.list(ids))
	return facetsWith(job, bases), err
}

// facetsWith are the facets of a job whose adapters were made for base models.
func facetsWith(job *lora.Job, bases []string) []facet {
	params := generationParams(job.Params)
	width, height := params.Width, params.Height
	if len(job.Images) > 0 {
		width, height = job.Images[0].Width, job.Images[0].Height
	}
	facets := []facet{
		{facetEngine, job.Engine}, {facetModel, modelOf(job, &params)}, {facetComposition, job.CompositionID},
		{facetWidth, strconv.Itoa(width)}, {facetHeight, strconv.Itoa(height)},
	}
	for i := range job.Adapters {
		facets = append(facets, facet{facetAdapter, job.Adapters[i].AdapterID})
	}
	for _, base := range bases {
		facets = append(facets, facet{facetBase, base})
	}
	facets = append(facets, ratingFacets(job.Rating)...)
	facets = append(facets, facet{facetFavorite, strconv.FormatBool(job.Favorite)})
	return orderedFacets(append(facets, tagFacets(job.Tags)...))
}

// ratingFacets find a job by the least rating it must have.
func ratingFacets(rating *int) []facet {
	facets := []facet{}
	for stars := 1; rating != nil && stars <= *rating; stars++ {
		facets = append(facets, facet{facetStars, strconv.Itoa(stars)})
	}
	return facets
}

func tagFacets(tags []string) []facet {
	facets := make([]facet, 0, len(tags))
	for _, tag := range tags {
		facets = append(facets, facet{facetTag, strings.ToLower(tag)})
	}
	return facets
}

// orderedFacets sorts facets and leaves out empty and repeated ones.
func orderedFacets(facets []facet) []facet {
	facets = slices.DeleteFunc(facets, func(f facet) bool { return f.value == "" || f.value == "0" })
	for i := range facets {
		facets[i].value = clean(facets[i].value)
	}
	slices.SortFunc(facets, func(a, b facet) int {
		return cmp.Or(strings.Compare(a.kind, b.kind), strings.Compare(a.value, b.value))
	})
	return slices.Compact(facets)
}

// modelOf is the model the engine states it used, or the one asked for.
func modelOf(job *lora.Job, params *lora.GenerationParams) string {
	var result struct {
		Model string `json:"model"`
	}
	if err := json.Unmarshal(job.Result, &result); err == nil && result.Model != "" {
		return result.Model
	}
	return params.Model
}
