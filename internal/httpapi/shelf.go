package httpapi

import (
	"context"
	"net/http"

	"loramanager/internal/engine"
	"loramanager/internal/jobs"
	"loramanager/internal/lora"
)

// PresetWrite is a set of generation parameters to be kept.
type PresetWrite struct {
	Name   string         `json:"name" minLength:"1" maxLength:"100"`
	Engine string         `json:"engine,omitempty" maxLength:"200"`
	Params GenerationBody `json:"params"`
}

// PresetReply is one preset.
type PresetReply struct {
	Preset lora.Preset `json:"preset"`
}

// PresetList are all presets by name.
type PresetList struct {
	Presets []lora.Preset `json:"presets"`
}

// WorkflowWrite is a ComfyUI graph in API form.
type WorkflowWrite struct {
	Graph string `json:"graph" minLength:"2" maxLength:"1000000" doc:"JSON, as ComfyUI exports it in API format"`
}

// WorkflowReply is one workflow.
type WorkflowReply struct {
	Workflow lora.Workflow `json:"workflow"`
	Notes    []string      `json:"notes" doc:"What of a job the workflow has no place for"`
}

// WorkflowList are all workflows by name.
type WorkflowList struct {
	Workflows []lora.Workflow `json:"workflows"`
}

type replacePresetInput struct {
	ByID
	Body PresetWrite
}

// ByName is the input of an operation on one thing that is called by its name.
type ByName struct {
	Name string `path:"name" maxLength:"200"`
}

type putWorkflowInput struct {
	ByName
	Body WorkflowWrite
}

func (s *Server) routeShelf() {
	route(s, http.MethodGet, "/presets", "listPresets", "presets", "List presets", s.listPresets)
	route(s, http.MethodPost, "/presets", "createPreset", "presets", "Keep parameters under a name", s.createPreset, created)
	route(s, http.MethodPut, "/presets/{id}", "replacePreset", "presets", "Change a preset", s.replacePreset)
	route(s, http.MethodDelete, "/presets/{id}", "deletePreset", "presets", "Delete a preset", s.deletePreset)
	route(s, http.MethodGet, "/workflows", "listWorkflows", "workflows", "List workflows", s.listWorkflows)
	route(s, http.MethodPut, "/workflows/{name}", "putWorkflow", "workflows", "Keep a workflow", s.putWorkflow)
	route(s, http.MethodDelete, "/workflows/{name}", "deleteWorkflow", "workflows", "Delete a workflow", s.deleteWorkflow)
}

func (s *Server) listPresets(ctx context.Context, _ *none) (*reply[PresetList], error) {
	presets, err := s.store.Presets(ctx)
	return answer(PresetList{Presets: list(presets)}, err)
}

func (w *PresetWrite) preset(id string) (lora.Preset, error) {
	params := w.Params.params()
	return lora.Preset{ID: id, Name: w.Name, Engine: w.Engine, Params: params}, below("body.params.", jobs.CheckParams(params))
}

func (s *Server) createPreset(ctx context.Context, in *struct{ Body PresetWrite }) (*reply[PresetReply], error) {
	preset, err := in.Body.preset("")
	if err != nil {
		return nil, err
	}
	preset, err = s.store.AddPreset(ctx, preset)
	return answer(PresetReply{Preset: preset}, err)
}

func (s *Server) replacePreset(ctx context.Context, in *replacePresetInput) (*reply[PresetReply], error) {
	preset, err := in.Body.preset(in.ID)
	if err != nil {
		return nil, err
	}
	preset, err = s.store.ReplacePreset(ctx, preset)
	return answer(PresetReply{Preset: preset}, err)
}

func (s *Server) deletePreset(ctx context.Context, in *ByID) (*none, error) {
	return nil, s.store.DeletePreset(ctx, in.ID)
}

func (s *Server) listWorkflows(ctx context.Context, _ *none) (*reply[WorkflowList], error) {
	workflows, err := s.store.Workflows(ctx)
	return answer(WorkflowList{Workflows: list(workflows)}, err)
}

func (s *Server) putWorkflow(ctx context.Context, in *putWorkflowInput) (*reply[WorkflowReply], error) {
	notes, err := engine.ValidateWorkflow([]byte(in.Body.Graph))
	if err != nil {
		return nil, below("body.", err)
	}
	workflow, err := s.store.PutWorkflow(ctx, lora.Workflow{Name: in.Name, Graph: in.Body.Graph})
	return answer(WorkflowReply{Workflow: workflow, Notes: list(notes)}, err)
}

func (s *Server) deleteWorkflow(ctx context.Context, in *ByName) (*none, error) {
	return nil, s.store.DeleteWorkflow(ctx, in.Name)
}
