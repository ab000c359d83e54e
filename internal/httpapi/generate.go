package httpapi

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"loramanager/internal/lora"
)

// generateQuery are the contract's parameters beside the body, and ours.
type generateQuery struct {
	Backend        string        `query:"backend" maxLength:"200" doc:"Name or kind of an engine, or auto; absent is sdnext where there is one, auto otherwise"`
	SaveImages     bool          `query:"save_images" default:"true" doc:"false with base64: the result goes to the trash once it is returned"`
	Priority       optional[int] `query:"priority" minimum:"0" maximum:"9" doc:"9 runs first; 5 when absent, 9 for generations that are waited for"`
	CompositionID  string        `query:"composition_id" maxLength:"64" doc:"The composition the prompt comes from"`
	IdempotencyKey string        `header:"Idempotency-Key" maxLength:"200" doc:"A request repeated with the same key makes no second job"`
}

// DeliverAfter is a delivery made with the pictures once a generation is done.
type DeliverAfter struct {
	Mode   string         `json:"mode" doc:"http or file"`
	Params map[string]any `json:"params,omitempty"`
}

// GenerateBody asks for pictures.
type GenerateBody struct {
	GenerationBody
	Deliver *DeliverAfter `json:"deliver,omitempty" doc:"When done, also deliver the pictures"`
}

type generateInput struct {
	generateQuery
	Mode         string `query:"mode" enum:"immediate,deferred" default:"immediate" doc:"immediate waits for the pictures, deferred returns at once"`
	ReturnFormat string `query:"return_format" enum:"base64,file_path,url" default:"base64"`
	Body         GenerateBody
}

type composeAndGenerateInput struct {
	generateQuery
	Mode         string `query:"mode" enum:"immediate,deferred" default:"immediate"`
	ReturnFormat string `query:"return_format" enum:"base64,file_path,url" default:"base64"`
	Body         ComposeAndGenerate
}

// ComposeAndGenerate composes a prompt and generates with it.
type ComposeAndGenerate struct {
	Compose    *ComposeTexts   `json:"compose_request" nullable:"false"`
	Generation *GenerationBody `json:"generation_params" nullable:"false" doc:"Its prompt is replaced by the composed one"`
	Deliver    *DeliverAfter   `json:"deliver,omitempty"`
}

// ComposeTexts is what goes around the active adapters.
type ComposeTexts struct {
	Prefix field[string] `json:"prefix,omitempty"`
	Suffix field[string] `json:"suffix,omitempty"`
}

// Resolve reports what is missing.
func (b *ComposeAndGenerate) Resolve(_ huma.Context, path *huma.PathBuffer) []error {
	var wrong []error
	for key, missing := range map[string]bool{"compose_request": b.Compose == nil, "generation_params": b.Generation == nil} {
		if missing {
			wrong = append(wrong, &huma.ErrorDetail{Location: path.With(key), Message: fieldRequired})
		}
	}
	return wrong
}

type queueInput struct {
	generateQuery
	Mode         string `query:"mode" default:"deferred" doc:"Kept with the job; queued jobs are always deferred"`
	ReturnFormat string `query:"return_format" default:"base64" doc:"How the job's pictures are returned: base64, file_path or url"`
	Body         GenerateBody
}

// GenerationReply is the contract's result of a generation.
type GenerationReply struct {
	JobID          string         `json:"job_id"`
	Status         string         `json:"status" enum:"queued,processing,completed,failed"`
	Images         []string       `json:"images" nullable:"true" doc:"In the format asked for; null without pictures"`
	Progress       *float64       `json:"progress" doc:"0 to 1"`
	ErrorMessage   *string        `json:"error_message"`
	GenerationInfo map[string]any `json:"generation_info" nullable:"true"`
	ErrorClass     *string        `json:"error_class" doc:"What kind of failure it was"`
}

// QueuedReply names the job that was accepted.
type QueuedReply struct {
	DeliveryID string `json:"delivery_id" doc:"Id of the job"`
}

func (s *Server) routeGenerate() {
	route(s, http.MethodGet, "/generation/backends", "listBackends", "generation", "Engines that are set up", s.listBackends,
		describe("true says that an engine of this name or kind is set up and on, not that it answers now; see /engines for that."))
	route(s, http.MethodPost, "/generation/generate", "generate", "generation", "Generate pictures", s.generate, ownValidation,
		describe("A job like any other. With mode=immediate the reply comes when it is final; when the client leaves earlier, the job goes on."))
	route(s, http.MethodPost, "/generation/queue-generation", "queueGeneration", "generation", "Queue a generation", s.queueGeneration, ownValidation,
		describe("Once this is answered the job is kept and will run, whatever happens to the server."))
	route(s, http.MethodPost, "/generation/compose-and-generate", "composeAndGenerate", "generation", "Compose from the active adapters and generate", s.composeAndGenerate, ownValidation)
	route(s, http.MethodGet, "/generation/progress/{id}", "readProgress", "generation", "How far a generation is", s.readProgress)
}

// BackendList says which engines are set up, by name and kind.
type BackendList map[string]bool

func (s *Server) listBackends(ctx context.Context, _ *none) (*reply[BackendList], error) {
	engines, err := s.engines.EngineStatuses(ctx)
	if err != nil {
		return nil, err
	}
	backends := BackendList{string(lora.SDNext): false}
	for i := range engines {
		e := &engines[i]
		backends[e.Name] = backends[e.Name] || e.Enabled
		backends[string(e.Kind)] = backends[string(e.Kind)] || e.Enabled
	}
	return answer(backends, nil)
}

// autoBackend leaves the choice of an engine to the server.
const autoBackend = "auto"

// backendOf is the engine asked for; ok is false when there is none of that name or kind.
func (s *Server) backendOf(ctx context.Context, asked string) (backend string, ok bool, err error) {
	engines, err := s.engines.EngineStatuses(ctx)
	if err != nil {
		return "", false, err
	}
	wanted := asked
	if asked == "" {
		wanted = string(lora.SDNext)
	}
	for i := range engines {
		e := &engines[i]
		if e.Enabled && (strings.EqualFold(e.Name, wanted) || strings.EqualFold(string(e.Kind), wanted)) {
			return wanted, true, nil
		}
	}
	return autoBackend, asked == "" || strings.EqualFold(asked, autoBackend), nil
}

// order is a generation as the routes ask for it.
type order struct {
	query     *generateQuery
	mode      string
	format    string
	params    lora.GenerationParams
	deliver   *DeliverAfter
	priority  int
	immediate bool
}

func (s *Server) generate(ctx context.Context, in *generateInput) (*reply[GenerationReply], error) {
	params, err := in.Body.params("body.")
	if err != nil {
		return nil, err
	}
	return s.run(ctx, &order{query: &in.generateQuery, mode: in.Mode, format: in.ReturnFormat, params: params, deliver: in.Body.Deliver, immediate: in.Mode == "immediate"})
}

func (s *Server) composeAndGenerate(ctx context.Context, in *composeAndGenerateInput) (*reply[GenerationReply], error) {
	params, err := in.Body.Generation.params("body.generation_params.")
	if err != nil {
		return nil, err
	}
	composed, err := s.compose(ctx, &ComposeRequest{Prefix: in.Body.Compose.Prefix, Suffix: in.Body.Compose.Suffix})
	if err != nil {
		return nil, err
	}
	if len(composed.Tokens) == 0 {
		return nil, badRequest(ctx, "No active adapters found")
	}
	params.Prompt = composed.Prompt
	return s.run(ctx, &order{query: &in.generateQuery, mode: in.Mode, format: in.ReturnFormat, params: params, deliver: in.Body.Deliver, immediate: in.Mode == "immediate"})
}

// run submits a generation and, when asked to, waits for its end. What an engine cannot
// do is a failed result, as the contract has it.
func (s *Server) run(ctx context.Context, o *order) (*reply[GenerationReply], error) {
	job, err := s.submit(ctx, o)
	if missing := (*noBackendError)(nil); asNoBackend(err, &missing) {
		return answer(failedReply("unknown", missing.Error()), nil)
	}
	if err != nil {
		return nil, err
	}
	if !o.immediate {
		return answer(generationReply(&job, nil), nil)
	}
	if job, err = s.jobs.Wait(ctx, job.ID); err != nil {
		return nil, err
	}
	images, err := s.returned(ctx, &job, o.format)
	if err != nil {
		return nil, err
	}
	if !o.query.SaveImages && o.format == formatBase64 && job.Status == lora.JobSucceeded {
		if _, err := s.results.TrashResults(ctx, []string{job.ID}); err != nil {
			return nil, err
		}
		s.resultsChanged("trash", job.ID)
	}
	return answer(generationReply(&job, images), nil)
}

func (s *Server) queueGeneration(ctx context.Context, in *queueInput) (*reply[QueuedReply], error) {
	params, err := in.Body.params("body.")
	if err != nil {
		return nil, err
	}
	job, err := s.submit(ctx, &order{query: &in.generateQuery, mode: in.Mode, format: in.ReturnFormat, params: params, deliver: in.Body.Deliver})
	if missing := (*noBackendError)(nil); asNoBackend(err, &missing) {
		return nil, lora.Errorf(lora.NotFound, "%s", missing.Error())
	}
	return answer(QueuedReply{DeliveryID: job.ID}, err)
}

// noBackendError says that no engine has the name or kind that was asked for.
type noBackendError struct{ backend string }

// Error is the contract's sentence.
func (e *noBackendError) Error() string {
	return fmt.Sprintf("Generation backend '%s' not found", e.backend)
}

func failedReply(id, message string) GenerationReply {
	return GenerationReply{JobID: id, Status: lora.JobFailed.Wire(), ErrorMessage: &message}
}

func generationReply(j *lora.Job, images []string) GenerationReply {
	progress := j.Progress
	if j.Status == lora.JobSucceeded {
		progress = 1
	}
	return GenerationReply{
		JobID: j.ID, Status: j.Status.Wire(), Images: images, Progress: &progress, ErrorMessage: textOrNull(j.Error),
		GenerationInfo: generationInfo(j), ErrorClass: textOrNull(string(j.ErrorClass)),
	}
}
