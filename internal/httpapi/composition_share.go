package httpapi

import (
	"context"

	"loramanager/internal/lora"
	"loramanager/internal/prompt"
)

const (
	sharedFormat        = "loramanager-composition"
	sharedFormatVersion = 1
)

func (s *Server) shareComposition(ctx context.Context, in *ByID) (*reply[SharedComposition], error) {
	c, err := s.store.Composition(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	shared := SharedComposition{
		Format: sharedFormat, FormatVersion: sharedFormatVersion, Name: c.Name, Prefix: c.Prefix, Suffix: c.Suffix, Negative: c.Negative,
		Entries: make([]SharedEntry, 0, len(c.Entries)),
	}
	resolved, err := s.store.FindComposed(ctx, c.Entries)
	if err != nil {
		return nil, err
	}
	for i, entry := range c.Entries {
		known := SharedEntry{Composed: entry, BaseModel: resolved[i].BaseModel}
		if digest := resolved[i].Digests["sha256"]; digest != "" {
			known.Digest = digest
		}
		known.AdapterID = "" // means nothing on another machine
		shared.Entries = append(shared.Entries, known)
	}
	return answer(shared, nil)
}

func usesOf(entries []lora.Composed) []lora.Use {
	uses := make([]lora.Use, len(entries))
	for i := range entries {
		uses[i] = entries[i].Use
	}
	return uses
}

func (s *Server) importComposition(ctx context.Context, in *struct{ Body SharedComposition }) (*reply[CompositionImported], error) {
	shared := &in.Body
	entries := make([]lora.Composed, len(shared.Entries))
	for i := range shared.Entries {
		entries[i] = shared.Entries[i].Composed
		entries[i].AdapterID = ""
	}
	if err := checkEntries(entries); err != nil {
		return nil, err
	}
	lost, err := s.recognise(ctx, entries)
	if err != nil {
		return nil, err
	}
	kept, err := s.compositionChanged(s.store.AddComposition(ctx, lora.Composition{
		Name: shared.Name, Prefix: shared.Prefix, Suffix: shared.Suffix, Negative: shared.Negative, Entries: entries,
	}))
	if err != nil {
		return nil, err
	}
	return answer(CompositionImported{Composition: kept.Body.Composition, Lost: list(lost)}, nil)
}

// recognise finds the adapters of entries from elsewhere by digest, then by name. Those
// it does not find are switched off and returned.
func (s *Server) recognise(ctx context.Context, entries []lora.Composed) ([]lora.LostAdapter, error) {
	resolved, err := s.store.FindComposed(ctx, entries)
	if err != nil {
		return nil, err
	}
	for i := range resolved {
		entries[i].AdapterID = resolved[i].AdapterID
		entries[i].Enabled = entries[i].Enabled && resolved[i].AdapterID != ""
	}
	return lostAmong(resolved, entries), nil
}

// lostOf are the entries whose adapters the catalog does not have.
func (s *Server) lostOf(ctx context.Context, entries []lora.Composed) ([]lora.LostAdapter, error) {
	resolved, err := s.store.FindComposed(ctx, entries)
	if err != nil {
		return nil, err
	}
	return lostAmong(resolved, entries), nil
}

// lostAmong are the adapters that were not found, with the digests they were known by.
func lostAmong(resolved []lora.ResolvedUse, entries []lora.Composed) []lora.LostAdapter {
	for i := range resolved {
		if resolved[i].AdapterID == "" && entries[i].Digest != "" {
			resolved[i].Digests = map[string]string{"sha256": entries[i].Digest}
		}
	}
	_, lost := prompt.Rebuild(resolved)
	return lost
}

// existing are those of the ids under which the catalog has an adapter.
func (s *Server) existing(ctx context.Context, ids []string) (map[string]bool, error) {
	found := map[string]bool{}
	if len(ids) == 0 {
		return found, nil
	}
	adapters, err := s.store.Adapters(ctx, ids)
	for i := range adapters {
		found[adapters[i].ID] = true
	}
	return found, err
}
