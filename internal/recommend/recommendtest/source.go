package recommendtest

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"loramanager/internal/lora"
)

// Source is a catalog, a history and a memory of judgements. Its methods are those of
// recommend's Library, Memory and Tastes.
type Source struct {
	mu           sync.Mutex
	change       int64
	taste        int64
	adapters     map[string]stamped[lora.AdapterFacts]
	gone         map[string]int64
	pairs        map[[2]string]stamped[lora.AdapterPair]
	compositions []lora.Composition
	sessions     map[string]lora.RecommendSession
	feedbacks    []lora.Feedback // oldest first
	preferences  []lora.Preference
	settings     map[string]json.RawMessage
}

// stamped is a value and the change that made it.
type stamped[T any] struct {
	value  T
	change int64
}

// NewSource returns an empty catalog.
func NewSource() *Source {
	return &Source{
		adapters: map[string]stamped[lora.AdapterFacts]{}, gone: map[string]int64{}, pairs: map[[2]string]stamped[lora.AdapterPair]{},
		sessions: map[string]lora.RecommendSession{}, settings: map[string]json.RawMessage{},
	}
}

// Put adds or replaces adapters in one change.
func (s *Source) Put(facts ...lora.AdapterFacts) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.change++
	for _, f := range facts {
		s.adapters[f.ID] = stamped[lora.AdapterFacts]{f, s.change}
	}
}

// Purge deletes an adapter for good.
func (s *Source) Purge(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.change++
	delete(s.adapters, id)
	s.gone[id] = s.change
}

// Used counts one generation with adapters, kept or not.
func (s *Source) Used(kept bool, ids ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.change++
	ids = slices.Compact(slices.Sorted(slices.Values(ids)))
	for i, a := range ids {
		for _, b := range ids[i+1:] {
			p := s.pairs[[2]string{a, b}]
			p.value.A, p.value.B, p.change = a, b, s.change
			p.value.Jobs++
			if kept {
				p.value.Kept++
			}
			s.pairs[[2]string{a, b}] = p
		}
	}
}

// Compose replaces all compositions.
func (s *Source) Compose(compositions ...lora.Composition) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.compositions = compositions
}

// Change implements recommend.Library.
func (s *Source) Change(context.Context) (int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.change, nil
}

// AdapterFacts implements recommend.Library; adapters come by id.
func (s *Source) AdapterFacts(_ context.Context, since int64, each func(lora.AdapterFacts) error) (change int64, gone []string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	changed := make([]lora.AdapterFacts, 0, 16)
	for _, a := range s.adapters {
		if a.change > since {
			changed = append(changed, a.value)
		}
	}
	slices.SortFunc(changed, func(a, b lora.AdapterFacts) int { return strings.Compare(a.ID, b.ID) })
	for id, at := range s.gone {
		if at > since && since > 0 {
			gone = append(gone, id)
		}
	}
	for _, f := range changed {
		if err := each(f); err != nil {
			return 0, nil, err
		}
	}
	return s.change, gone, nil
}

// AdapterPairs implements recommend.Library; pairs come by ids.
func (s *Source) AdapterPairs(_ context.Context, since int64, each func(lora.AdapterPair)) (change int64, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var changed []lora.AdapterPair
	for _, p := range s.pairs {
		if p.change > since {
			changed = append(changed, p.value)
		}
	}
	slices.SortFunc(changed, func(a, b lora.AdapterPair) int {
		return cmp.Or(strings.Compare(a.A, b.A), strings.Compare(a.B, b.B))
	})
	for _, p := range changed {
		each(p)
	}
	return s.change, nil
}

// Compositions implements recommend.Library.
func (s *Source) Compositions(context.Context, string) ([]lora.Composition, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.compositions), nil
}

// AddSession implements recommend.Memory.
func (s *Source) AddSession(_ context.Context, session lora.RecommendSession) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sessions[session.ID] = session
	return nil
}

// Session implements recommend.Memory.
func (s *Source) Session(_ context.Context, id string) (lora.RecommendSession, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	session, ok := s.sessions[id]
	if !ok {
		return session, lora.Errorf(lora.NotFound, "Recommendation session %s not found", id)
	}
	return session, nil
}

// AddFeedback implements recommend.Memory.
func (s *Source) AddFeedback(_ context.Context, f lora.Feedback) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.taste++
	s.feedbacks = append(s.feedbacks, f)
	return nil
}

// Feedbacks implements recommend.Memory.
func (s *Source) Feedbacks(_ context.Context, limit int) ([]lora.Feedback, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := slices.Clone(s.feedbacks)
	slices.Reverse(list)
	return append([]lora.Feedback{}, list[:min(limit, len(list))]...), nil
}

// DeleteFeedback implements recommend.Memory.
func (s *Source) DeleteFeedback(_ context.Context, id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.taste++
	s.feedbacks = slices.DeleteFunc(s.feedbacks, func(f lora.Feedback) bool { return f.ID == id })
	return nil
}

// RecommendCounts implements recommend.Memory.
func (s *Source) RecommendCounts(context.Context) (sessions, feedback, preferences int, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.sessions), len(s.feedbacks), len(s.preferences), nil
}

// PutPreference implements recommend.Tastes.
func (s *Source) PutPreference(_ context.Context, p lora.Preference) (lora.Preference, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.taste++
	p.EvidenceCount = 1
	for i, old := range s.preferences {
		if old.Type == p.Type && old.Value == p.Value {
			p.ID, p.EvidenceCount = old.ID, old.EvidenceCount+1
			s.preferences[i] = p
			return p, nil
		}
	}
	p.ID = fmt.Sprintf("preference-%d", s.taste)
	s.preferences = append(s.preferences, p)
	return p, nil
}

// Preferences implements recommend.Tastes.
func (s *Source) Preferences(context.Context) ([]lora.Preference, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]lora.Preference{}, s.preferences...), nil
}

// DeletePreference implements recommend.Tastes.
func (s *Source) DeletePreference(_ context.Context, id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.taste++
	s.preferences = slices.DeleteFunc(s.preferences, func(p lora.Preference) bool { return p.ID == id })
	return nil
}

// TasteChange implements recommend.Tastes.
func (s *Source) TasteChange(context.Context) (int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.taste, nil
}

// Settings implements recommend.Tastes.
func (s *Source) Settings(context.Context) (map[string]json.RawMessage, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.settings), nil
}

// PatchSettings implements recommend.Tastes.
func (s *Source) PatchSettings(_ context.Context, patch map[string]json.RawMessage) (map[string]json.RawMessage, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	maps.Copy(s.settings, patch)
	return maps.Clone(s.settings), nil
}
