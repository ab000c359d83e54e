package httpapi

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"loramanager/internal/catalog"
	"loramanager/internal/engine"
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
	Every        bool              `json:"every" doc:"The engine takes every LoRA and lists none"`
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
	ByName
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

func (s *Server) listEngines(context.Context, *none) (*reply[EngineList], error) {
	return answer(EngineList{Engines: list(s.engines.Status())}, nil)
}

// config completes what the user wrote.
func (w *EngineWrite) config() lora.EngineConfig {
	c := lora.EngineConfig{
		Name: strings.TrimSpace(w.Name), Kind: w.Kind, URL: strings.TrimRight(strings.TrimSpace(w.URL), "/"), Username: w.Username,
		Enabled: w.Enabled == nil || *w.Enabled, TimeoutSeconds: w.TimeoutSeconds, BaseModels: list(w.BaseModels), RerunAfterCrash: w.RerunAfterCrash,
		Managed: w.Managed,
	}
	if w.Password != nil {
		c.Password = *w.Password
	}
	return c
}

// engineNow is an engine as it is known now.
func (s *Server) engineNow(name string) (lora.EngineStatus, error) {
	for _, e := range s.engines.Status() {
		if e.Name == name {
			return e, nil
		}
	}
	return lora.EngineStatus{}, lora.Errorf(lora.NotFound, "There is no engine called %q.", name)
}

// changedEngine tells everyone that the engines are not what they were.
func (s *Server) changedEngine(name string, err error) (*reply[lora.EngineStatus], error) {
	if err != nil {
		return nil, below("body.", err)
	}
	s.options.Announcer.Announce(EventEnginesChanged, struct{}{})
	return answer(s.engineNow(name))
}

func (s *Server) addEngine(ctx context.Context, in *struct{ Body EngineWrite }) (*reply[lora.EngineStatus], error) {
	config := in.Body.config()
	return s.changedEngine(config.Name, s.engines.AddEngine(ctx, config))
}

func (s *Server) replaceEngine(ctx context.Context, in *replaceEngineInput) (*reply[lora.EngineStatus], error) {
	config := in.Body.config()
	return s.changedEngine(config.Name, s.engines.ReplaceEngine(ctx, in.Name, config, in.Body.Password))
}

func (s *Server) removeEngine(ctx context.Context, in *ByName) (*none, error) {
	err := s.engines.RemoveEngine(ctx, in.Name)
	if err == nil {
		s.options.Announcer.Announce(EventEnginesChanged, struct{}{})
	}
	return nil, err
}

func (s *Server) testEngine(ctx context.Context, in *ByName) (*reply[lora.EngineStatus], error) {
	known, err := s.engineNow(in.Name)
	if err != nil {
		return nil, err
	}
	return answer(s.engines.Test(ctx, known.EngineConfig))
}

func (s *Server) testEngineConfig(ctx context.Context, in *struct{ Body EngineWrite }) (*reply[lora.EngineStatus], error) {
	status, err := s.engines.Test(ctx, in.Body.config())
	return answer(status, below("body.", err))
}

func (s *Server) refreshEngine(ctx context.Context, in *ByName) (*reply[EngineLoRAs], error) {
	ctx, cancel := context.WithTimeout(ctx, testPatience)
	defer cancel()
	if err := s.engines.Refresh(ctx, in.Name); err != nil {
		return nil, err
	}
	return s.listEngineLoRAs(ctx, in)
}

// maxMissingNamed is how many adapters an engine does not list are named.
const maxMissingNamed = 200

// maxFoundAtOnce is how many adapters the store finds in one go.
const maxFoundAtOnce = 200

func (s *Server) listEngineLoRAs(ctx context.Context, in *ByName) (*reply[EngineLoRAs], error) {
	handles, every, err := s.engines.LoRAs(in.Name)
	body, seen := EngineLoRAs{Every: every, LoRAs: make([]EngineLoRA, 0, len(handles)), Missing: []MissingAtEngine{}}, map[string]bool{}
	if err != nil || every {
		return answer(body, err)
	}
	for part := range slices.Chunk(handles, maxFoundAtOnce) {
		ids, err := s.adaptersOf(ctx, part)
		if err != nil {
			return nil, err
		}
		for i := range part {
			body.LoRAs = append(body.LoRAs, EngineLoRA{Handle: part[i].Name, Path: part[i].Path, AdapterID: textOrNull(ids[i])})
			seen[ids[i]] = true
		}
	}
	missing, err := s.store.MatchingIDs(ctx, catalog.Query{Text: "-is:missing"})
	if err != nil {
		return nil, err
	}
	missing = slices.DeleteFunc(missing, func(id string) bool { return seen[id] })
	body.MissingTotal = len(missing)
	adapters, err := s.store.Adapters(ctx, missing[:min(len(missing), maxMissingNamed)])
	for i := range adapters {
		body.Missing = append(body.Missing, MissingAtEngine{AdapterID: adapters[i].ID, Name: adapters[i].Name})
	}
	return answer(body, err)
}

// maxFoldersDeep bounds the paths that an engine is believed to state.
const maxFoldersDeep = 32

// adaptersOf finds the adapter of each handle, or "". Engines state paths as they see
// them, from the root of their disk or below a folder of their own, so names are taken
// off the front until the rest is a path of the catalog.
func (s *Server) adaptersOf(ctx context.Context, handles []engine.Handle) ([]string, error) {
	ids := make([]string, len(handles))
	paths := make([]string, len(handles))
	var open []int // handles whose adapter is not known yet
	for i := range handles {
		paths[i] = cmp.Or(handles[i].Path, handles[i].Name)
		open = append(open, i)
	}
	for range maxFoldersDeep {
		if len(open) == 0 {
			break
		}
		entries := make([]lora.Composed, len(open))
		for n, i := range open {
			entries[n].Name = paths[i]
			if len(handles[i].Digests) > 0 {
				entries[n].Digest = handles[i].Digests[0]
			}
		}
		resolved, err := s.store.FindComposed(ctx, entries)
		if err != nil {
			return nil, err
		}
		var unknown []int
		for n, i := range open {
			if ids[i] = resolved[n].AdapterID; ids[i] != "" {
				continue
			}
			if _, rest, more := strings.Cut(paths[i], "/"); more {
				paths[i] = rest
				unknown = append(unknown, i)
			}
		}
		open = unknown
	}
	return ids, nil
}
