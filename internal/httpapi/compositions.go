package httpapi

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"loramanager/internal/jobs"
	"loramanager/internal/lora"
)

// CompositionWrite is what a composition is made of.
type CompositionWrite struct {
	Name     string          `json:"name" minLength:"1" maxLength:"200"`
	Prefix   string          `json:"prefix,omitempty" maxLength:"65536"`
	Suffix   string          `json:"suffix,omitempty" maxLength:"65536"`
	Negative string          `json:"negative,omitempty" maxLength:"65536"`
	Entries  []lora.Composed `json:"entries,omitempty" maxItems:"200"`
}

// CompositionEdit is a composition after an edit.
type CompositionEdit struct {
	CompositionWrite
	Version int `json:"version" minimum:"1" doc:"The version that was edited; when another is the latest by now, nothing is changed (409)"`
}

// CompositionReply is one composition.
type CompositionReply struct {
	Composition lora.Composition `json:"composition"`
}

// CompositionImported is a shared composition that was taken in.
type CompositionImported struct {
	Composition lora.Composition   `json:"composition"`
	Lost        []lora.LostAdapter `json:"lost" doc:"Adapters that the catalog does not have"`
}

// CompositionList are compositions by name.
type CompositionList struct {
	Compositions []lora.Composition `json:"compositions"`
}

// VersionList are all versions of a composition, newest first.
type VersionList struct {
	Versions []lora.Composition `json:"versions"`
}

// CompositionActivated says what became active and what not any longer.
type CompositionActivated struct {
	UndoID      *string `json:"undo_id" doc:"null when nothing changed"`
	Activated   int     `json:"activated" doc:"Adapters that became active"`
	Deactivated int     `json:"deactivated"`
}

// SharedComposition is a composition for another machine.
type SharedComposition struct {
	Format        string        `json:"format" enum:"loramanager-composition"`
	FormatVersion int           `json:"format_version" minimum:"1" maximum:"1"`
	Name          string        `json:"name" minLength:"1" maxLength:"200"`
	Prefix        string        `json:"prefix,omitempty" maxLength:"65536"`
	Suffix        string        `json:"suffix,omitempty" maxLength:"65536"`
	Negative      string        `json:"negative,omitempty" maxLength:"65536"`
	Entries       []SharedEntry `json:"entries" maxItems:"200"`
}

// SharedEntry is an adapter with what it is recognised by elsewhere.
type SharedEntry struct {
	lora.Composed
	BaseModel string `json:"base_model,omitempty" maxLength:"100"`
}

// UnmarshalJSON reads both parts: the one of Composed alone would be taken for all of it.
func (e *SharedEntry) UnmarshalJSON(data []byte) error {
	var rest struct {
		BaseModel string `json:"base_model"`
	}
	err := json.Unmarshal(data, &rest)
	e.BaseModel = rest.BaseModel
	return errors.Join(err, json.Unmarshal(data, &e.Composed))
}

type replaceCompositionInput struct {
	ByID
	Body CompositionEdit
}

type restoreCompositionInput struct {
	ByID
	Body *struct {
		Version int `json:"version,omitempty" minimum:"1" doc:"Makes this version the latest again; absent only takes a deletion back"`
	}
}

type duplicateCompositionInput struct {
	ByID
	Body *struct {
		Name string `json:"name,omitempty" maxLength:"200"`
	}
}

type listCompositionsInput struct {
	Search string `query:"search" maxLength:"256" doc:"Part of the name"`
}

func (s *Server) routeCompositions() {
	const tag, path = "compositions", "/compositions"
	route(s, http.MethodGet, path, "listCompositions", tag, "List compositions", s.listCompositions)
	route(s, http.MethodPost, path, "createComposition", tag, "Keep a composition", s.createComposition, created)
	route(s, http.MethodPost, path+"/import", "importComposition", tag, "Take in a shared composition", s.importComposition, created,
		describe("Adapters are recognised by their digest, then by name. Those the catalog does not have stay in the composition by name, switched off."))
	route(s, http.MethodGet, path+"/{id}", "readComposition", tag, "Read a composition", s.readComposition)
	route(s, http.MethodPut, path+"/{id}", "replaceComposition", tag, "Change a composition", s.replaceComposition)
	route(s, http.MethodDelete, path+"/{id}", "deleteComposition", tag, "Delete a composition", s.deleteComposition,
		describe("It can be brought back with restore."))
	route(s, http.MethodPost, path+"/{id}/restore", "restoreComposition", tag, "Bring a composition or a version of it back", s.restoreComposition)
	route(s, http.MethodGet, path+"/{id}/versions", "listCompositionVersions", tag, "List the versions of a composition", s.listCompositionVersions)
	route(s, http.MethodPost, path+"/{id}/duplicate", "duplicateComposition", tag, "Copy a composition", s.duplicateComposition, created)
	route(s, http.MethodPost, path+"/{id}/activate", "activateComposition", tag, "Make its adapters the active ones", s.activateComposition,
		describe("Active flags, weights and order of the catalog become the composition's; adapters that are not in it are deactivated."))
	route(s, http.MethodGet, path+"/{id}/share", "shareComposition", tag, "A composition for another machine", s.shareComposition)
}

func (s *Server) listCompositions(ctx context.Context, in *listCompositionsInput) (*reply[CompositionList], error) {
	compositions, err := s.store.Compositions(ctx, in.Search)
	return answer(CompositionList{Compositions: list(compositions)}, err)
}

func (w *CompositionWrite) composition() (lora.Composition, error) {
	err := checkEntries(w.Entries)
	return lora.Composition{Name: w.Name, Prefix: w.Prefix, Suffix: w.Suffix, Negative: w.Negative, Entries: list(w.Entries)}, err
}

// checkEntries refuses adapters that no prompt could use.
func checkEntries(entries []lora.Composed) error { return jobs.CheckUses("entries", usesOf(entries)) }

func (s *Server) createComposition(ctx context.Context, in *struct{ Body CompositionWrite }) (*reply[CompositionReply], error) {
	c, err := in.Body.composition()
	if err != nil {
		return nil, err
	}
	return s.compositionChanged(s.store.AddComposition(ctx, c))
}

// compositionChanged tells everyone and answers with what the composition is now.
func (s *Server) compositionChanged(c lora.Composition, err error) (*reply[CompositionReply], error) {
	if err == nil {
		s.options.Announcer.Announce(eventCompositionsChanged, struct{}{})
	}
	return answer(CompositionReply{Composition: c}, err)
}

func (s *Server) readComposition(ctx context.Context, in *ByID) (*reply[CompositionReply], error) {
	c, err := s.store.Composition(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	c.Lost, err = s.lostOf(ctx, c.Entries)
	return answer(CompositionReply{Composition: c}, err)
}

func (s *Server) replaceComposition(ctx context.Context, in *replaceCompositionInput) (*reply[CompositionReply], error) {
	c, err := in.Body.composition()
	if err != nil {
		return nil, err
	}
	c.ID, c.Version = in.ID, in.Body.Version
	return s.compositionChanged(s.store.ReplaceComposition(ctx, c))
}

func (s *Server) deleteComposition(ctx context.Context, in *ByID) (*none, error) {
	err := s.store.DeleteComposition(ctx, in.ID)
	if err == nil {
		s.options.Announcer.Announce(eventCompositionsChanged, struct{}{})
	}
	return nil, err
}

func (s *Server) restoreComposition(ctx context.Context, in *restoreCompositionInput) (*reply[CompositionReply], error) {
	version := 0
	if in.Body != nil {
		version = in.Body.Version
	}
	return s.compositionChanged(s.store.RestoreComposition(ctx, in.ID, version))
}

func (s *Server) listCompositionVersions(ctx context.Context, in *ByID) (*reply[VersionList], error) {
	versions, err := s.store.CompositionVersions(ctx, in.ID)
	return answer(VersionList{Versions: list(versions)}, err)
}

func (s *Server) duplicateComposition(ctx context.Context, in *duplicateCompositionInput) (*reply[CompositionReply], error) {
	c, err := s.store.Composition(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	if in.Body != nil && in.Body.Name != "" {
		c.Name = in.Body.Name
	} else {
		c.Name += " (copy)"
	}
	return s.compositionChanged(s.store.AddComposition(ctx, c))
}

func (s *Server) activateComposition(ctx context.Context, in *ByID) (*reply[CompositionActivated], error) {
	c, err := s.store.Composition(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	resolved, err := s.store.FindComposed(ctx, c.Entries)
	if err != nil {
		return nil, err
	}
	for i := range resolved {
		c.Entries[i].AdapterID = resolved[i].AdapterID
	}
	undo, activated, deactivated, err := s.store.ActivateComposition(ctx, c.Entries)
	if err == nil && undo != "" {
		s.changed("compose", nil)
	}
	return answer(CompositionActivated{UndoID: textOrNull(undo), Activated: activated, Deactivated: deactivated}, err)
}
