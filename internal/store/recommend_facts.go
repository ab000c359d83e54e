package store

import (
	"context"
	"encoding/json"
	"math"
	"strings"
	"sync"

	"loramanager/internal/lora"
)

// factsPart is how many keys one connection reads at a time while all facts are read.
const factsPart = 2500

const selectFacts = `SELECT a.key, a.id, a.name, a.version, a.file_name, a.author_username, a.triggers, a.trained_words, a.activation_text, a.tags, t.tags,
	a.archetype, a.base_model, a.base_variant, a.kind, a.rank, a.file_size, a.nsfw_level, a.weight, a.rating, a.favorite, a.active, a.file_state,
	a.use_count, a.last_used_at, a.published_at, a.created_at, a.stats FROM adapter a LEFT JOIN training_tag t ON t.adapter_key = a.key `

func readFacts(r *record) lora.AdapterFacts {
	f := lora.AdapterFacts{
		Key: r.integer(), ID: r.text(), Name: r.text(), Version: r.text(), FileName: r.text(), Author: r.text(),
		Triggers: r.list(), TrainedWords: r.list(), ActivationText: r.text(), Tags: r.list(), TrainingTags: r.list(),
		Archetype: r.text(), BaseModel: r.text(), BaseVariant: r.text(), Kind: r.text(), Rank: int(r.integer()),
		FileSize: r.integer(), NSFWLevel: int(r.integer()), Weight: r.real(), Rating: int(r.integer()),
		Favorite: r.truth(), Active: r.truth(), State: lora.FileState(r.text()),
		UseCount: int(r.integer()), LastUsedAt: r.momentOrNil(), PublishedAt: r.momentOrNil(), AddedAt: r.moment(),
	}
	hubStats(r.text(), &f)
	return f
}

// AdapterFacts hands out what recommending knows of the adapters that changed after the
// change number since, all of them for 0, whatever the state of their files, one at a
// time and in no order. It returns the number to ask with the next time, and the ids of
// the adapters that are gone for good. An error of each ends it.
func (s *Store) AdapterFacts(ctx context.Context, since int64, each func(lora.AdapterFacts) error) (change int64, gone []string, err error) {
	if since > 0 {
		change, gone, err = s.changedFacts(ctx, since, each)
		return change, gone, s.failed("read changed facts", err)
	}
	if err := s.readTrainingTags(ctx); err != nil {
		return 0, nil, s.failed("read training tags", err)
	}
	// What changes while the parts are read is among the changes after this number.
	change, err = querier{pool: s.reader}.number(ctx, "SELECT n FROM catalog_change")
	if err == nil {
		err = s.allFacts(ctx, each)
	}
	return change, nil, s.failed("read all facts", err)
}

func (s *Store) changedFacts(ctx context.Context, since int64, each func(lora.AdapterFacts) error) (change int64, gone []string, err error) {
	tx, err := s.reader.db.BeginTx(ctx, s.dialect.snapshot)
	if err != nil {
		return 0, nil, err
	}
	defer func() { err = firstError(err, ignoreDone(tx.Rollback())) }()
	q := querier{pool: s.reader, tx: tx}
	if change, err = q.number(ctx, "SELECT n FROM catalog_change"); err != nil {
		return 0, nil, err
	}
	if gone, err = q.strings(ctx, "SELECT id FROM tombstone WHERE change > ?", since); err != nil {
		return 0, nil, err
	}
	err = q.each(ctx, selectFacts+"WHERE a.change > ?", []any{since}, func(r *record) error {
		f := readFacts(r)
		if r.err != nil {
			return r.err
		}
		return each(f)
	})
	return change, gone, err
}

// allFacts reads parts on several connections and hands their rows to each one after
// the other.
func (s *Store) allFacts(ctx context.Context, each func(lora.AdapterFacts) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	q := querier{pool: s.reader}
	last, err := q.number(ctx, "SELECT next_key FROM catalog_change")
	if err != nil {
		return err
	}
	var handing sync.Mutex
	parts := make(chan int64)
	var workers sync.WaitGroup
	for range loadWorkers {
		workers.Go(func() {
			for from := range parts {
				if err := factsOf(ctx, q, from, &handing, each); err != nil {
					cancel(err)
				}
			}
		})
	}
	for from := int64(0); from < last && ctx.Err() == nil; from += factsPart {
		parts <- from
	}
	close(parts)
	workers.Wait()
	return context.Cause(ctx)
}

func factsOf(ctx context.Context, q querier, from int64, handing *sync.Mutex, each func(lora.AdapterFacts) error) error {
	rows := make([]lora.AdapterFacts, 0, factsPart)
	err := q.each(ctx, selectFacts+"WHERE a.key >= ? AND a.key < ?", []any{from, from + factsPart}, func(r *record) error {
		rows = append(rows, readFacts(r))
		return nil
	})
	if err != nil {
		return err
	}
	handing.Lock()
	defer handing.Unlock()
	for i := range rows {
		if err := ctx.Err(); err != nil {
			return context.Cause(ctx)
		}
		if err := each(rows[i]); err != nil {
			return err
		}
	}
	return nil
}

// hubStats reads what pages of adapters count. Their names differ, and some write
// numbers as texts; what is not a sensible number does not count.
func hubStats(text string, f *lora.AdapterFacts) {
	if len(text) <= 2 {
		return
	}
	var stats map[string]any
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	if d.Decode(&stats) != nil {
		return
	}
	number := func(names ...string) float64 {
		for _, name := range names {
			text, _ := stats[name].(string)
			if n, ok := stats[name].(json.Number); ok {
				text = n.String()
			}
			if v, err := json.Number(text).Float64(); err == nil && v > 0 && !math.IsInf(v, 0) {
				return v
			}
		}
		return 0
	}
	f.Downloads = int(min(number("downloadCount", "downloads"), math.MaxInt32))
	f.HubFavorites = int(min(number("favoriteCount", "favorites", "thumbsUpCount"), math.MaxInt32))
	f.HubRating = min(number("rating"), 5)
}
