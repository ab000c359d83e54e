package jobs

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"reflect"
	"slices"
	"strings"

	"github.com/google/uuid"

	"loramanager/internal/guard"
	"loramanager/internal/lora"
	"loramanager/internal/prompt"
)

// Accept checks a request for a generation, chooses an engine and commits the job. Once
// it has returned, the job is never lost. A request with an idempotency key that was used
// before returns the job of that time.
//
// It fails with Invalid or TooLarge naming the field, with Conflict for an idempotency key
// that belongs to another request, and with what routing says about the engine: NotFound
// for an unknown one.
func (j *Jobs) Accept(ctx context.Context, r Request) (lora.Job, error) {
	job, err := j.generation(ctx, &r)
	if err != nil {
		return lora.Job{}, err
	}
	started := GenerationStarted{JobID: job.ID, Params: r.Params}
	return j.commit(ctx, job, func(kept lora.Job) { j.Announcer.AnnounceJob(EventGenerationStarted, kept.ID, started) })
}

// generation is the job for a request. It draws the seed into the request.
func (j *Jobs) generation(ctx context.Context, r *Request) (lora.Job, error) {
	if r.Engine == "auto" {
		r.Engine = ""
	}
	uses, err := checkRequest(r)
	if err != nil {
		return lora.Job{}, err
	}
	if err := j.checkPictures(ctx, r.Params); err != nil {
		return lora.Job{}, err
	}
	resolved, err := j.named(ctx, uses)
	if err != nil {
		return lora.Job{}, err
	}
	if r.Params.Seed == -1 {
		r.Params.Seed = int64(drawn())
	}
	complete := r.Params
	complete.Adapters = nil
	for _, u := range resolved {
		complete.Adapters = append(complete.Adapters, u.Use)
	}
	engine, err := j.Engines.Route(ctx, wishOf(r.Engine, resolved, complete), j.loads.read(ctx, j))
	if err != nil {
		return lora.Job{}, err
	}
	if err := j.Engines.Check(ctx, engine, complete); err != nil {
		return lora.Job{}, err
	}
	params, err := json.Marshal(Params{
		GenerationParams: r.Params, Mode: r.Mode, SaveImages: r.SaveImages, ReturnFormat: r.ReturnFormat,
		Backend: cmp.Or(r.Engine, engine), Dialect: r.Dialect, Deliver: r.Deliver,
	})
	if err != nil {
		return lora.Job{}, &lora.Error{Code: lora.Invalid, Message: "The parameters cannot be written as JSON.", Err: err}
	}
	job := j.blank(lora.Generation, r.Terms)
	job.Mode, job.Engine, job.Routed = cmp.Or(r.Engine, engine), engine, r.Engine != engine
	job.Prompt, job.Params, job.Adapters = r.Params.Prompt, params, complete.Adapters
	return job, nil
}

// drawn is a number from 0 to 2^32-1, the seeds that every engine takes.
func drawn() uint32 {
	var b [4]byte
	_, _ = rand.Read(b[:]) // never fails
	return binary.LittleEndian.Uint32(b[:])
}

// checkRequest checks what can be checked without asking anybody and returns the adapters
// the request names, tagged or not.
func checkRequest(r *Request) ([]lora.Use, error) {
	if err := CheckParams(r.Params); err != nil {
		return nil, err
	}
	if err := checkTerms(r.Terms); err != nil {
		return nil, err
	}
	c := &checker{}
	c.name("backend", r.Engine)
	c.name("mode", r.Mode)
	c.name("return_format", r.ReturnFormat)
	if c.err != nil {
		return nil, c.err
	}
	dialect, err := prompt.DialectOf(r.Dialect)
	if err != nil {
		return nil, err
	}
	if r.Deliver != nil {
		params, err := checkDelivery("deliver.", r.Deliver.Mode, r.Deliver.Params)
		if err != nil {
			return nil, err
		}
		if wayOf(r.Deliver.Mode) == noWay {
			return nil, lora.FieldErrorf(lora.Invalid, "deliver.mode", "There is no way of delivery %q. Choose http or file.", r.Deliver.Mode)
		}
		r.Deliver = &Deliver{Mode: r.Deliver.Mode, Params: params}
	}
	_, tagged := prompt.Strip(dialect, r.Params.Prompt)
	uses := join(tagged, r.Params.Adapters)
	c.uses("prompt", uses)
	return uses, c.err
}

// join appends the adapters that were named besides the prompt. One that says exactly
// what a tag says already is the same one, not a second.
func join(tagged, named []lora.Use) []lora.Use {
	uses := slices.Clone(tagged)
	for _, u := range named {
		plain := u
		plain.AdapterID, plain.Triggers = "", nil
		same := func(t lora.Use) bool { return reflect.DeepEqual(t, plain) }
		if i := slices.IndexFunc(tagged, same); i >= 0 {
			uses[i] = u
			continue
		}
		uses = append(uses, u)
	}
	return uses
}

// named looks adapters up and gives those that were named by their id alone the name of
// their file, by which they are found when the record is gone. It refuses ids without a
// record; a name that the catalog does not know may still be known to the engine.
func (j *Jobs) named(ctx context.Context, uses []lora.Use) ([]lora.ResolvedUse, error) {
	resolved, err := j.resolve(ctx, uses)
	if err != nil {
		return nil, err
	}
	for i := range resolved {
		u := &resolved[i]
		if u.Name != "" {
			continue
		}
		if u.AdapterID == "" {
			return nil, lora.FieldErrorf(lora.Invalid, "adapters", "The catalog has no adapter with the id %s. Choose another one.", guard.DisplayName(uses[i].AdapterID))
		}
		u.Name = strings.TrimSuffix(u.FileName, path.Ext(u.FileName))
	}
	return resolved, nil
}

func (j *Jobs) resolve(ctx context.Context, uses []lora.Use) ([]lora.ResolvedUse, error) {
	if len(uses) == 0 {
		return nil, nil
	}
	return j.Adapters.ResolveUses(ctx, uses)
}

func wishOf(name string, uses []lora.ResolvedUse, params lora.GenerationParams) lora.EngineWish {
	wish := lora.EngineWish{Name: name, Uses: uses, Params: params}
	for _, u := range uses {
		if u.BaseModel != "" && !slices.Contains(wish.BaseModels, u.BaseModel) {
			wish.BaseModels = append(wish.BaseModels, u.BaseModel)
		}
	}
	return wish
}

// AcceptDelivery commits a delivery, or a generation when the mode (or the backend in its
// params) names an engine.
func (j *Jobs) AcceptDelivery(ctx context.Context, r DeliveryRequest) (lora.Job, error) {
	params, err := checkDelivery("", r.Mode, r.Params)
	if err != nil {
		return lora.Job{}, err
	}
	c := &checker{}
	c.prompt("prompt", r.Prompt)
	if err := cmp.Or(c.err, checkTerms(r.Terms)); err != nil {
		return lora.Job{}, err
	}
	if wayOf(r.Mode) == noWay {
		if job, isGeneration, err := j.deliveredGeneration(ctx, r); isGeneration {
			return job, err
		}
	}
	job := j.blank(lora.Delivery, r.Terms)
	job.Mode, job.Engine, job.Prompt, job.Params = r.Mode, wayOf(r.Mode), r.Prompt, params
	return j.commit(ctx, job, nil)
}

// deliveredGeneration accepts a delivery whose mode is an engine.
func (j *Jobs) deliveredGeneration(ctx context.Context, r DeliveryRequest) (job lora.Job, isGeneration bool, err error) {
	p := ParamsOf(lora.Job{Params: r.Params, Mode: r.Mode})
	p.GenerationParams.Prompt = r.Prompt
	for _, name := range []string{p.Backend, r.Mode} {
		if _, err := j.Engines.Route(ctx, lora.EngineWish{Name: name, Params: p.GenerationParams}, nil); lora.CodeOf(err) == lora.NotFound || name == "" {
			continue
		}
		if err := readableParams(r.Params); err != nil {
			return lora.Job{}, true, err
		}
		job, err := j.Accept(ctx, Request{
			Params: p.GenerationParams, Dialect: p.Dialect, Engine: name,
			Mode: p.Mode, SaveImages: p.SaveImages, ReturnFormat: p.ReturnFormat, Deliver: p.Deliver, Terms: r.Terms,
		})
		return job, true, err
	}
	return lora.Job{}, false, nil
}

// readableParams refuses params of a generation that would be read only in part.
func readableParams(params json.RawMessage) error {
	if len(params) == 0 {
		return nil
	}
	var wrong *json.UnmarshalTypeError
	switch err := json.Unmarshal(params, new(Params)); {
	case errors.As(err, &wrong):
		return lora.FieldErrorf(lora.Invalid, "params."+wrong.Field, "%s is not of the kind that belongs there: it is a %s.", wrong.Field, wrong.Value)
	case err != nil:
		return lora.FieldErrorf(lora.Invalid, "params", "The params of the generation cannot be read.")
	}
	return nil
}

// blank is a job with all that does not depend on what it does.
func (j *Jobs) blank(kind lora.JobKind, t Terms) lora.Job {
	priority := defaultPriority
	if t.Priority != nil {
		priority = *t.Priority
	}
	return lora.Job{
		ID: uuid.NewString(), Kind: kind, Status: lora.JobPending, Priority: priority, MaxAttempts: j.MaxAttempts,
		CompositionID: t.CompositionID, ParentID: t.ParentID, Owner: t.Owner, Account: t.Account, IdempotencyKey: t.IdempotencyKey,
	}
}

// commit makes the promise, wakes a worker and tells everyone.
func (j *Jobs) commit(ctx context.Context, job lora.Job, announce func(lora.Job)) (lora.Job, error) {
	j.Failpoint("accept.before")
	job.Trace = j.Tracer.Parent(ctx)
	kept, existed, err := j.Ledger.AddJob(ctx, job)
	if err != nil {
		return kept, err
	}
	if existed {
		return kept, checkRepeated(kept, job)
	}
	j.Failpoint("accept.after")
	j.loads.add(job.Engine)
	if announce != nil {
		announce(kept)
	}
	j.bulletin.post(kept.ID, ReasonAdded)
	j.wake(context.WithoutCancel(ctx), kept.ID, kept.Priority)
	return kept, nil
}

// checkRepeated refuses an idempotency key that was used for something else: the caller
// would take a job for its own that is not. Seeds and engines that were drawn or chosen
// here differ and say nothing.
func checkRepeated(kept, asked lora.Job) error {
	chosen := kept.Routed && asked.Routed // the engine was not asked for
	same := kept.Kind == asked.Kind && kept.Prompt == asked.Prompt && (chosen || kept.Mode == asked.Mode)
	if same && kept.Kind == lora.Generation {
		a, b := ParamsOf(kept), ParamsOf(asked)
		a.GenerationParams.Seed = b.GenerationParams.Seed
		if chosen {
			a.Backend = b.Backend
		}
		same = bytes.Equal(encode(a), encode(b))
	}
	if same {
		return nil
	}
	return lora.FieldErrorf(lora.Conflict, "Idempotency-Key", "This key belongs to another request, which made the job %s. Use a new key for a new request.", kept.ID)
}

// checkPictures refuses pictures that are not kept here.
func (j *Jobs) checkPictures(ctx context.Context, p lora.GenerationParams) error {
	for _, wanted := range picturesOf(p) {
		file, _, err := j.Gallery.Open(ctx, wanted.sha256)
		if lora.CodeOf(err) == lora.NotFound {
			return lora.FieldErrorf(lora.Invalid, wanted.field, "There is no picture %.12s… here. Upload it first.", wanted.sha256)
		}
		if err != nil {
			return fmt.Errorf("open %s: %w", wanted.field, err)
		}
		if err := file.Close(); err != nil {
			return fmt.Errorf("close %s: %w", wanted.field, err)
		}
	}
	return nil
}

type wantedPicture struct{ field, sha256 string }

// picturesOf are the kept pictures that parameters name, each once.
func picturesOf(p lora.GenerationParams) []wantedPicture {
	all := []wantedPicture{{"init_image", p.InitImage}, {"mask_image", p.MaskImage}}
	for i, u := range p.Controls {
		all = append(all, wantedPicture{fmt.Sprintf("controls[%d].image", i), u.Image})
	}
	seen := map[string]bool{"": true}
	return slices.DeleteFunc(all, func(w wantedPicture) bool {
		twice := seen[w.sha256]
		seen[w.sha256] = true
		return twice
	})
}
