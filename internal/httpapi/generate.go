package httpapi

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"loramanager/internal/jobs"
	"loramanager/internal/lora"
)

// GenerateQuery are the contract's parameters beside the body, and ours.
type GenerateQuery struct {
	Backend        string         `query:"backend" maxLength:"200" doc:"Name or kind of an engine, or auto; absent is sdnext where there is one, auto otherwise"`
	SaveImages     optional[bool] `query:"save_images" doc:"true when absent. false with base64: the result goes to the trash once it is returned"`
	Priority       optional[int]  `query:"priority" minimum:"0" maximum:"9" doc:"9 runs first; 5 when absent, 9 for generations that are waited for"`
	CompositionID  string         `query:"composition_id" maxLength:"64" doc:"The composition the prompt comes from"`
	IdempotencyKey string         `header:"Idempotency-Key" maxLength:"200" doc:"A request repeated with the same key makes no second job"`
}

// DeliverAfter is a delivery made with the pictures once a generation is done.
type DeliverAfter struct {
	Mode   required[string] `json:"mode" nullable:"false" doc:"http or file"`
	Params json.RawMessage  `json:"params,omitempty" doc:"As for a delivery"`
}

// GenerateBody asks for pictures.
type GenerateBody struct {
	GenerationBody
	Deliver *DeliverAfter `json:"deliver,omitempty" doc:"When done, also deliver the pictures"`
}

type generateInput struct {
	GenerateQuery
	Mode         string `query:"mode" enum:"immediate,deferred" default:"immediate" doc:"immediate waits for the pictures, deferred returns at once"`
	ReturnFormat string `query:"return_format" enum:"base64,file_path,url" default:"base64"`
	Body         GenerateBody
}

type composeAndGenerateInput struct {
	GenerateQuery
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
	GenerateQuery
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
	Warnings       []JobWarning   `json:"warnings" doc:"What was done otherwise than asked"`
}

// JobWarning is what an engine or the server did otherwise than asked.
type JobWarning struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

func warnings(kept []jobs.Warning) []JobWarning {
	shown := make([]JobWarning, 0, len(kept))
	for _, w := range kept {
		shown = append(shown, JobWarning(w))
	}
	return shown
}

// QueuedReply names the job that was accepted.
type QueuedReply struct {
	DeliveryID string `json:"delivery_id" doc:"Id of the job"`
}

func (s *Server) routeGenerate() {
	route(s, http.MethodGet, "/generation/backends", "listBackends", "generation", "Engines that are set up", s.listBackends,
		describe("true says that an engine of this name or kind is set up and on, not that it answers now; see /engines for that."))
	route(s, http.MethodPost, "/generation/generate", "generate", "generation", "Generate pictures", s.generate, ownValidation,
		describe("A job like any other. With mode=immediate the reply comes when it is final, or when its engine's time is over or the queue is paused: "+
			"then status says queued or processing and error_message why. When the client leaves earlier, the job goes on."))
	route(s, http.MethodPost, "/generation/queue-generation", "queueGeneration", "generation", "Queue a generation", s.queueGeneration, ownValidation,
		describe("Once this is answered the job is kept and will run, whatever happens to the server."))
	route(s, http.MethodPost, "/generation/compose-and-generate", "composeAndGenerate", "generation", "Compose from the active adapters and generate", s.composeAndGenerate, ownValidation)
	route(s, http.MethodGet, "/generation/progress/{id}", "readProgress", "generation", "How far a generation is", s.readProgress)
}

// BackendList says which engines are set up, by name and kind.
type BackendList map[string]bool

func (s *Server) listBackends(context.Context, *none) (*reply[BackendList], error) {
	backends := BackendList{string(lora.SDNext): false}
	for _, e := range s.engines.Status() {
		backends[e.Name] = backends[e.Name] || e.Enabled
		backends[string(e.Kind)] = backends[string(e.Kind)] || e.Enabled
	}
	return answer(backends, nil)
}

// autoBackend leaves the choice of an engine to the server.
const autoBackend = "auto"

// hasBackend reports whether an engine of this name or kind is set up and on.
func (s *Server) hasBackend(name string) bool {
	for _, e := range s.engines.Status() {
		if e.Enabled && (e.Name == name || string(e.Kind) == name) {
			return true
		}
	}
	return name == autoBackend
}

// order is a generation as the routes ask for it.
type order struct {
	query  *GenerateQuery
	mode   string
	format string
	params lora.GenerationParams
	// place is where the parameters stand in the request.
	place   string
	deliver *DeliverAfter
}

// The modes of the contract.
const (
	immediate = "immediate"
	deferred  = "deferred"
)

func (s *Server) generate(ctx context.Context, in *generateInput) (*reply[GenerationReply], error) {
	return s.run(ctx, &order{query: &in.GenerateQuery, mode: in.Mode, format: in.ReturnFormat, params: in.Body.params(), place: "body.", deliver: in.Body.Deliver})
}

func (s *Server) composeAndGenerate(ctx context.Context, in *composeAndGenerateInput) (*reply[GenerationReply], error) {
	composed, err := s.compose(ctx, &ComposeRequest{Prefix: in.Body.Compose.Prefix, Suffix: in.Body.Compose.Suffix})
	if err != nil {
		return nil, err
	}
	if len(composed.Tokens) == 0 {
		return nil, badRequest(ctx, "No active adapters found")
	}
	params := in.Body.Generation.params()
	params.Prompt = composed.Text
	return s.run(ctx, &order{
		query: &in.GenerateQuery, mode: in.Mode, format: in.ReturnFormat, params: params, place: "body.generation_params.", deliver: in.Body.Deliver,
	})
}

// run submits a generation and, when asked to, waits for its end. That there is no such
// engine is a failed result, as the contract has it.
func (s *Server) run(ctx context.Context, o *order) (*reply[GenerationReply], error) {
	job, err := s.submit(ctx, o)
	if lora.CodeOf(err) == lora.NotFound {
		return answer(failedReply(err), nil)
	}
	if err != nil {
		return nil, err
	}
	var unfinished string
	if o.mode == immediate {
		if job, unfinished, err = s.wait(ctx, job, s.jobs.EngineTimeout(job.Engine)+endingSlack); err != nil {
			return nil, err
		}
	}
	images, err := s.returned(ctx, &job, o.format)
	if err != nil {
		return nil, err
	}
	if !saved(o.query) && o.mode == immediate && o.format == formatBase64 && job.Status == lora.JobSucceeded {
		if _, err := s.trashResults(ctx, job.ID); err != nil {
			return nil, err
		}
	}
	body := generationReply(&job, images)
	if unfinished != "" {
		body.ErrorMessage = &unfinished
	}
	return answer(body, nil)
}

// endingSlack is what a job may take beyond the time of its engine: to be claimed, and to
// be given up.
const endingSlack = 5 * time.Second

// wait returns a job once it is final. One that cannot become so within patience, or is
// kept from running by a paused queue, is returned as it stands, with the reason for the
// user. A server that is being stopped does not wait.
func (s *Server) wait(ctx context.Context, job lora.Job, patience time.Duration) (_ lora.Job, unfinished string, err error) {
	state, err := s.store.QueueState(ctx)
	if err != nil {
		return job, "", err
	}
	if state.Paused && job.Status != lora.JobRunning {
		patience = 0
	}
	waiting, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	defer context.AfterFunc(s.closing, cancel)()
	ended, err := s.jobs.Wait(waiting, job.ID)
	switch {
	case err == nil:
		return ended, "", nil
	case s.closing.Err() != nil:
		return job, "", &lora.Error{Code: lora.Unavailable, Message: "The server is being stopped. The job " + job.ID + " goes on when it is back.", Err: err}
	case waiting.Err() == nil || ctx.Err() != nil:
		return job, "", err
	}
	if job, err = s.store.Job(ctx, job.ID); err != nil || job.Status.Final() {
		return job, "", err
	}
	return job, whyUnfinished(&job, state.Paused, patience), nil
}

// whyUnfinished tells a user who waited in vain what became of the job.
func whyUnfinished(job *lora.Job, paused bool, patience time.Duration) string {
	switch {
	case job.Status == lora.JobRunning:
		return fmt.Sprintf("%s is still busy with the job after %s. It goes on; its pictures will be in the history.", job.Engine, patience)
	case paused:
		return "The queue is paused. The job waits in it and runs once the queue is resumed."
	case job.Error != "":
		return fmt.Sprintf("%s The job is tried again; its pictures will be in the history.", job.Error)
	}
	return fmt.Sprintf("No worker was free for the job within %s. It waits in the queue; its pictures will be in the history.", patience)
}

func (s *Server) queueGeneration(ctx context.Context, in *queueInput) (*reply[QueuedReply], error) {
	job, err := s.submit(ctx, &order{query: &in.GenerateQuery, mode: in.Mode, format: in.ReturnFormat, params: in.Body.params(), place: "body.", deliver: in.Body.Deliver})
	return answer(QueuedReply{DeliveryID: job.ID}, err)
}

func saved(q *GenerateQuery) bool { return !q.SaveImages.Set || q.SaveImages.Value }

// topPriority is that of generations somebody waits for.
const topPriority = 9

// submit accepts a generation. NotFound says, in the contract's words, that no engine has
// the name or kind that was asked for.
func (s *Server) submit(ctx context.Context, o *order) (lora.Job, error) {
	q := o.query
	request := jobs.Request{
		Params: o.params, Engine: q.Backend, Mode: o.mode, SaveImages: saved(q), ReturnFormat: o.format,
		Terms: jobs.Terms{Priority: q.Priority.pointer(), CompositionID: q.CompositionID, IdempotencyKey: q.IdempotencyKey, Owner: ownerOf(ctx), Account: accountOf(ctx)},
	}
	if request.Engine == "" && s.hasBackend(string(lora.SDNext)) {
		request.Engine = string(lora.SDNext)
	}
	if request.Priority == nil && o.mode == immediate {
		highest := topPriority
		request.Priority = &highest
	}
	if err := s.knownComposition(ctx, q.CompositionID); err != nil {
		return lora.Job{}, err
	}
	if o.deliver != nil {
		request.Deliver = &jobs.Deliver{Mode: o.deliver.Mode.Value, Params: o.deliver.Params}
	}
	job, err := s.jobs.Accept(ctx, request)
	switch {
	case lora.CodeOf(err) != lora.NotFound:
		return job, placed(o.place, err)
	case strings.EqualFold(q.Backend, string(lora.SDNext)):
		return job, &lora.Error{Code: lora.NotFound, Message: "SDNext backend not configured", Err: err}
	}
	return job, &lora.Error{Code: lora.NotFound, Message: "Generation backend '" + q.Backend + "' not found", Err: err}
}

// knownComposition refuses the id of a composition that never was.
func (s *Server) knownComposition(ctx context.Context, id string) error {
	if id == "" {
		return nil
	}
	_, err := s.store.Composition(ctx, id)
	if lora.CodeOf(err) == lora.NotFound {
		_, err = s.store.CompositionVersions(ctx, id) // deleted ones count too: pictures are made again from them
	}
	if lora.CodeOf(err) == lora.NotFound {
		return lora.FieldErrorf(lora.Invalid, "query.composition_id", "There is no such composition. Leave it out, or choose one that is there.")
	}
	return err
}

// placed says where in a request the input stands that an error names; place is where
// parameters of a generation stand.
func placed(place string, err error) error {
	var e *lora.Error
	if !errors.As(err, &e) {
		return err
	}
	switch e.Field {
	case "backend", "mode", "return_format", "priority", "composition_id":
		return below("query.", err)
	case "Idempotency-Key":
		return below("header.", err)
	}
	if strings.HasPrefix(e.Field, "deliver.") {
		place = "body."
	}
	return below(place, err)
}

func failedReply(err error) GenerationReply {
	var e *lora.Error
	message := err.Error()
	if errors.As(err, &e) {
		message = e.Message
	}
	return GenerationReply{JobID: "unknown", Status: lora.JobFailed.Wire(), ErrorMessage: &message, Warnings: []JobWarning{}}
}

func generationReply(j *lora.Job, images []string) GenerationReply {
	r := jobs.ResultOf(*j)
	return GenerationReply{
		JobID: r.JobID, Status: r.Status, Images: images, Progress: r.Progress, ErrorMessage: r.ErrorMessage,
		GenerationInfo: r.GenerationInfo, ErrorClass: textOrNull(string(j.ErrorClass)), Warnings: warnings(r.Warnings),
	}
}
