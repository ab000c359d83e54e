package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"time"

	"loramanager/internal/lora"
)

// maxLine bounds a line of a file, in bytes.
const maxLine = 64 << 20

// exported is what is read of a result of the history.
type exported struct {
	CreatedAt time.Time `json:"created_at"`
	Status    string    `json:"status"`
	Prompt    string    `json:"prompt"`
	Kind      string    `json:"kind"`
	Rating    *int      `json:"rating"`
	Favorite  bool      `json:"is_favorite"`
	TrashedAt *string   `json:"trashed_at"`
	Adapters  []struct {
		ID string `json:"adapter_id"`
	} `json:"adapters"`
}

// readHistory reads what this program answers: results as JSON lines, and adapters as
// pages or JSON lines.
func readHistory(results, adapters string) (*history, error) {
	h := &history{}
	err := eachValue(results, func(raw json.RawMessage) error {
		var e exported
		if err := json.Unmarshal(raw, &e); err != nil {
			return err
		}
		if e.Kind == string(lora.Delivery) || e.Status != "completed" {
			return nil
		}
		j := job{at: e.CreatedAt, prompt: e.Prompt, kept: e.TrashedAt == nil && (e.Favorite || e.Rating != nil && *e.Rating >= 4)}
		for _, a := range e.Adapters {
			if a.ID != "" {
				j.adapters = append(j.adapters, a.ID)
			}
		}
		if j.adapters = unique(j.adapters); len(j.adapters) > 0 {
			h.jobs = append(h.jobs, j)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	err = eachValue(adapters, func(raw json.RawMessage) error {
		var page struct {
			Items []lora.Adapter `json:"items"`
		}
		if err := json.Unmarshal(raw, &page); err != nil {
			return err
		}
		if page.Items == nil {
			var one lora.Adapter
			if err := json.Unmarshal(raw, &one); err != nil {
				return err
			}
			page.Items = []lora.Adapter{one}
		}
		for i := range page.Items {
			h.adapters = append(h.adapters, factsOf(&page.Items[i]))
		}
		return nil
	})
	return h, err
}

// eachValue calls each with every JSON value of a file.
func eachValue(path string, each func(json.RawMessage) error) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close() //nolint:errcheck // it was only read
	d := json.NewDecoder(io.LimitReader(bufio.NewReader(f), maxLine*64))
	for {
		var raw json.RawMessage
		switch err := d.Decode(&raw); err {
		case nil:
		case io.EOF:
			return nil
		default:
			return fmt.Errorf("%s: %w", path, err)
		}
		if bytes.HasPrefix(raw, []byte("[")) {
			var list []json.RawMessage
			if err := json.Unmarshal(raw, &list); err != nil {
				return fmt.Errorf("%s: %w", path, err)
			}
			for _, one := range list {
				if err := each(one); err != nil {
					return fmt.Errorf("%s: %w", path, err)
				}
			}
			continue
		}
		if err := each(raw); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
	}
}

// factsOf is what recommending knows of an adapter, but for its training tags, which a
// list does not have.
func factsOf(a *lora.Adapter) lora.AdapterFacts {
	f := lora.AdapterFacts{
		ID: a.ID, Name: a.Name, FileName: a.FileName, Triggers: a.Triggers, TrainedWords: a.TrainedWords, Tags: a.Tags,
		BaseModel: a.BaseModel, BaseVariant: a.BaseVariant, Kind: a.Kind, FileSize: int64(a.FileSize), NSFWLevel: a.NSFWLevel,
		Weight: a.Weight, Rating: a.Rating, Favorite: a.Favorite, State: a.FileState, AddedAt: a.CreatedAt, PublishedAt: a.PublishedAt,
	}
	for text, field := range map[*string]*string{&f.Author: a.AuthorUsername, &f.ActivationText: a.ActivationText, &f.Archetype: a.Archetype} {
		if field != nil {
			*text = *field
		}
	}
	if a.Rank != nil {
		f.Rank = *a.Rank
	}
	return f
}
