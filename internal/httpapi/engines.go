package httpapi

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"

	"loramanager/internal/lora"
)

// EngineWrite is an engine as the user sets it up.
type EngineWrite struct {
	Name            string              `json:"name" minLength:"1" maxLength:"100"`
	Kind            lora.EngineKind     `json:"kind" enum:"sdnext,a1111,forge,comfyui,sdcpp,sketch"`
	URL             string              `json:"url,omitempty" maxLength:"2000" doc:"http or https; not needed for sketch and managed engines"`
	Username        string              `json:"username,omitempty" maxLength:"200"`
	Password        *string             `json:"password,omitempty" nullable:"true" maxLength:"1000" doc:"Absent keeps the one that is there, an empty one removes it"`
	Enabled         *bool               `json:"enabled,omitempty" doc:"true when absent"`
	TimeoutSeconds  int                 `json:"timeout_seconds,omitempty" minimum:"1" maximum:"86400" default:"600"`
	BaseModels      []string            `json:"base_models,omitempty" nullable:"true" maxItems:"100"`
	RerunAfterCrash bool                `json:"rerun_after_crash,omitempty"`
	Managed         *lora.ManagedEngine `json:"managed,omitempty" nullable:"false"`
}

// EngineList are the engines with what was found out about them.
type EngineList struct {
	Engines []lora.EngineStatus `json:"engines"`
}

// EngineLoRAs compares an engine's list of LoRAs with the catalog.
type EngineLoRAs struct {
	LoRAs        []EngineLoRA      `json:"loras"`
	Missing      []MissingAtEngine `json:"missing" doc:"Adapters of the catalog that the engine does not list; the first 200"`
	MissingTotal int               `json:"missing_total"`
}

// EngineLoRA is a LoRA as the engine lists it.
type EngineLoRA struct {
	Handle    string  `json:"handle" doc:"What is sent to the engine"`
	Path      string  `json:"path" doc:"As the engine states it"`
	AdapterID *string `json:"adapter_id" doc:"The adapter it is, where the catalog knows it"`
}

// MissingAtEngine is an adapter that an engine does not list.
type MissingAtEngine struct {
	AdapterID string `json:"adapter_id"`
	Name      string `json:"name"`
}

type replaceEngineInput struct {
	byName
	Body EngineWrite
}

// testPatience is how long an engine has to say what it is.
const testPatience = 10 * time.Second

func (s *Server) routeEngines() {
	const tag, path = "engines", "/engines"
	route(s, http.MethodGet, path, "listEngines", tag, "List engines", s.listEngines, describe("As they were last seen; none is asked now."))
	route(s, http.MethodPost, path, "addEngine", tag, "Set up an engine", s.addEngine, created)
	route(s, http.MethodPost, path+"/test", "testEngineConfig", tag, "Ask an engine before it is set up", s.testEngineConfig)
	route(s, http.MethodPut, path+"/{name}", "replaceEngine", tag, "Change an engine", s.replaceEngine)
	route(s, http.MethodDelete, path+"/{name}", "removeEngine", tag, "Remove an engine", s.removeEngine)
	route(s, http.MethodPost, path+"/{name}/test", "testEngine", tag, "Ask an engine now", s.testEngine)
	route(s, http.MethodGet, path+"/{name}/loras", "listEngineLoRAs", tag, "LoRAs that an engine sees", s.listEngineLoRAs)
	route(s, http.MethodPost, path+"/{name}/refresh", "refreshEngine", tag, "Let an engine read its LoRA folder again", s.refreshEngine)
}

func (s *Server) listEngines(ctx context.Context, _ *none) (*reply[EngineList], error) {
	engines, err := s.engines.EngineStatuses(ctx)
	return answer(EngineList{Engines: list(engines)}, err)
}

// config checks what the user wrote and completes it.
func (w *EngineWrite) config() (lora.EngineConfig, error) {
	c := lora.EngineConfig{
		Name: strings.TrimSpace(w.Name), Kind: w.Kind, URL: strings.TrimRight(strings.TrimSpace(w.URL), "/"), Username: w.Username, Enabled: w.Enabled == nil || *w.Enabled,
		TimeoutSeconds: w.TimeoutSeconds, BaseModels: list(w.BaseModels), RerunAfterCrash: w.RerunAfterCrash, Managed: w.Managed,
	}
	if w.Password != nil {
		c.Password = *w.Password
	}
	if c.Name == "" || strings.EqualFold(c.Name, autoBackend) || strings.ContainsAny(c.Name, "/?#\x00") {
		return c, lora.FieldErrorf(lora.Invalid, "body.name", "Give the engine a name without / ? and #, other than auto.")
	}
	if c.URL == "" && (c.Kind == lora.Sketch || c.Managed != nil) {
		return c, nil
	}
	u, err := url.Parse(c.URL)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || u.RawQuery != "" || u.Fragment != "" {
		return c, lora.FieldErrorf(lora.Invalid, "body.url", "Give the address of the engine, such as http://127.0.0.1:7860.")
	}
	if u.User != nil {
		return c, lora.FieldErrorf(lora.Invalid, "body.url", "Give user name and password in their own fields, not in the address.")
	}
	return c, nil
}

// enginesChanged tells everyone and answers with what the engine is now.
func (s *Server) enginesChanged(status lora.EngineStatus, err error) (*reply[lora.EngineStatus], error) {
	if err == nil {
		s.options.Announcer.Announce(eventEnginesChanged, struct{}{})
	}
	return answer(status, err)
}

func (s *Server) addEngine(ctx context.Context, in *struct{ Body EngineWrite }) (*reply[lora.EngineStatus], error) {
	config, err := in.Body.config()
	if err != nil {
		return nil, err
	}
	return s.enginesChanged(s.engines.AddEngine(ctx, config))
}

func (s *Server) replaceEngine(ctx context.Context, in *replaceEngineInput) (*reply[lora.EngineStatus], error) {
	config, err := in.Body.config()
	if err != nil {
		return nil, err
	}
	return s.enginesChanged(s.engines.ReplaceEngine(ctx, in.Name, config, in.Body.Password))
}

func (s *Server) removeEngine(ctx context.Context, in *byName) (*none, error) {
	err := s.engines.RemoveEngine(ctx, in.Name)
	if err == nil {
		s.options.Announcer.Announce(eventEnginesChanged, struct{}{})
	}
	return nil, err
}

func (s *Server) testEngine(ctx context.Context, in *byName) (*reply[lora.EngineStatus], error) {
	ctx, cancel := context.WithTimeout(ctx, testPatience)
	defer cancel()
	return s.enginesChanged(s.engines.TestEngine(ctx, in.Name))
}

func (s *Server) testEngineConfig(ctx context.Context, in *struct{ Body EngineWrite }) (*reply[lora.EngineStatus], error) {
	config, err := in.Body.config()
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, testPatience)
	defer cancel()
	status, err := s.engines.TestEngineConfig(ctx, config)
	return answer(status, err)
}

func (s *Server) listEngineLoRAs(ctx context.Context, in *byName) (*reply[EngineLoRAs], error) {
	loras, err := s.engines.EngineLoRAs(ctx, in.Name, false)
	return answer(loras, err)
}

func (s *Server) refreshEngine(ctx context.Context, in *byName) (*reply[EngineLoRAs], error) {
	ctx, cancel := context.WithTimeout(ctx, testPatience)
	defer cancel()
	loras, err := s.engines.EngineLoRAs(ctx, in.Name, true)
	return answer(loras, err)
}
