package engine

import (
	"context"
	"net/http"
	"sync"

	"loramanager/internal/guard"
	"loramanager/internal/lora"
)

// sdcpp is the driver of the server of stable-diffusion.cpp. It uses the server's own
// jobs; older builds, which have none, are asked over their A1111-like routes.
type sdcpp struct {
	*transport
	decoder *guard.Decoder

	mu    sync.Mutex
	known *sdcppServer
}

// sdcppServer is what a server said of itself.
type sdcppServer struct {
	Native     bool
	Model      string
	Samplers   []string
	Schedulers []string
	Upscalers  []string
	LoRAs      []string // paths
	MaxBatch   int
	MaxSize    int // pixels of a side; 0 when not said
}

func newSDCpp(cfg lora.EngineConfig, t tools) (*sdcpp, error) {
	wire, err := newTransport(cfg, t.limits)
	if err != nil {
		return nil, err
	}
	return &sdcpp{transport: wire, decoder: t.decoder}, nil
}

// Close lets go of connections.
func (s *sdcpp) Close() error {
	s.close()
	return nil
}

// sizeStep is what sides are rounded up to, in pixels.
const sizeStep = 64

// maxSDCppBatch is the largest batch the server makes in one job, where it does not say.
const maxSDCppBatch = 8

// Describe implements Driver.
func (s *sdcpp) Describe(ctx context.Context) (Description, error) {
	server, err := s.learn(ctx)
	if err != nil {
		return Description{}, err
	}
	d := Description{Capabilities: server.capabilities()}
	for _, path := range server.LoRAs {
		d.LoRAs = append(d.LoRAs, Handle{Name: path, Path: path})
	}
	d.Notes = []string{
		"stable-diffusion.cpp cannot stop a picture it has begun: a cancelled job ends here, while the engine finishes it and its result is dropped.",
		"It does not say when a LoRA does not fit the loaded model: the picture is then made without it. Look at the engine's own log.",
	}
	if !server.Native {
		d.Notes = append(d.Notes, "This build has no jobs of its own. A newer one lets jobs survive a restart of this server.")
	}
	return d, nil
}

// server returns what is known of the engine, asking it when nothing is.
func (s *sdcpp) server(ctx context.Context) (*sdcppServer, error) {
	s.mu.Lock()
	known := s.known
	s.mu.Unlock()
	if known != nil {
		return known, nil
	}
	return s.learn(ctx)
}

// learn asks the engine. Listing the LoRAs is also what makes the engine read its folder:
// without that it refuses all of them.
func (s *sdcpp) learn(ctx context.Context) (*sdcppServer, error) {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	paths, err := s.listLoRAs(ctx)
	if err != nil {
		return nil, err
	}
	server, err := s.native(ctx)
	if hasStatus(err, http.StatusNotFound) {
		server, err = s.compatible(ctx)
	}
	if err != nil {
		return nil, err
	}
	if server.LoRAs == nil {
		server.LoRAs = paths
	}
	s.mu.Lock()
	s.known = server
	s.mu.Unlock()
	return server, nil
}

func (s *sdcpp) listLoRAs(ctx context.Context) ([]string, error) {
	var list []sdcppLoRA
	err := s.json(ctx, call{Path: "/sdapi/v1/loras"}, &list)
	if hasStatus(err, http.StatusNotFound) {
		return nil, nil
	}
	return pathsOf(list), err
}

type sdcppLoRA struct {
	Path string `json:"path"`
}

type sdcppName struct {
	Name string `json:"name"`
}

func pathsOf(list []sdcppLoRA) []string {
	paths := make([]string, 0, len(list))
	for _, one := range list {
		paths = append(paths, one.Path)
	}
	return paths
}

func namesOf(list []sdcppName) []string {
	names := make([]string, 0, len(list))
	for _, one := range list {
		if one.Name != "None" {
			names = append(names, one.Name)
		}
	}
	return names
}

// native reads the capabilities of a build that has jobs.
func (s *sdcpp) native(ctx context.Context) (*sdcppServer, error) {
	var c struct {
		Model struct {
			Stem string `json:"stem"`
		} `json:"model"`
		Modes      []string    `json:"supported_modes"`
		Samplers   []string    `json:"samplers"`
		Schedulers []string    `json:"schedulers"`
		Upscalers  []sdcppName `json:"upscalers"`
		LoRAs      []sdcppLoRA `json:"loras"`
		Limits     struct {
			MaxBatch int `json:"max_batch_count"`
			MaxWidth int `json:"max_width"`
		} `json:"limits"`
	}
	if err := s.json(ctx, call{Path: "/sdcpp/v1/capabilities"}, &c); err != nil {
		return nil, err
	}
	if len(c.Samplers) == 0 {
		return nil, failure(lora.EngineProtocol, nil, "What answers at the engine's address lists no samplers as stable-diffusion.cpp does. Check the kind and the URL in its settings.")
	}
	return &sdcppServer{
		Native: true, Model: c.Model.Stem, Samplers: c.Samplers, Schedulers: c.Schedulers,
		Upscalers: namesOf(c.Upscalers), LoRAs: pathsOf(c.LoRAs), MaxBatch: c.Limits.MaxBatch, MaxSize: c.Limits.MaxWidth,
	}, nil
}

// compatible reads the lists of an older build. A list it does not have is empty.
func (s *sdcpp) compatible(ctx context.Context) (*sdcppServer, error) {
	var samplers, schedulers, upscalers, latent []sdcppName
	for path, list := range map[string]*[]sdcppName{"samplers": &samplers, "schedulers": &schedulers, "upscalers": &upscalers, "latent-upscale-modes": &latent} {
		err := s.json(ctx, call{Path: "/sdapi/v1/" + path}, list)
		if err != nil && (path == "samplers" || !hasStatus(err, http.StatusNotFound)) {
			return nil, err
		}
	}
	var options struct {
		Model string `json:"sd_model_checkpoint"`
	}
	if err := s.json(ctx, call{Path: "/sdapi/v1/options"}, &options); err != nil && !hasStatus(err, http.StatusNotFound) {
		return nil, err
	}
	return &sdcppServer{
		Model: options.Model, Samplers: namesOf(samplers), Schedulers: namesOf(schedulers),
		Upscalers: append(namesOf(upscalers), namesOf(latent)...),
	}, nil
}

func (s *sdcppServer) capabilities() lora.Capabilities {
	models := []string{}
	if s.Model != "" {
		models = append(models, s.Model)
	}
	product := "stable-diffusion.cpp"
	if !s.Native {
		product += " (older build)"
	}
	most := s.MaxBatch
	if most <= 0 {
		most = maxSDCppBatch
	}
	return lora.Capabilities{
		Product: product,
		// Whether a control model was loaded cannot be found out, so runs warn of it.
		Modes:         fixed([]string{modeText, modeImage, modeInpaint, modeHires, modeControl}),
		Samplers:      reported(s.Samplers),
		Schedulers:    reported(s.Schedulers),
		Models:        reported(models),
		CurrentModel:  reported(s.Model),
		VAEs:          known([]string{}, lora.Unknown),
		Upscalers:     reported(s.Upscalers),
		ControlModels: known([]string{}, lora.Unknown),
		Preprocessors: fixed([]string{}),
		Workflows:     fixed([]string{}),

		MaxImages:       reported(most),
		SizeGranularity: fixed(sizeStep),

		LoRAs:         reported(len(s.LoRAs)),
		LoRAFeatures:  fixed([]string{"repeat"}),
		Dialect:       fixed("sdcpp"),
		Progress:      fixed("state"),
		ProgressScope: fixed("job"),
		Previews:      fixed(false),
		CancelRunning: fixed("no"),
		CancelQueued:  fixed(s.Native),
		Resumable:     fixed(s.Native),
		SwitchesModel: fixed(false),
		ResultFormat:  fixed("png"),
		Slots:         fixed(1),
	}
}
