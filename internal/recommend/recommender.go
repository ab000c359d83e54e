package recommend

import (
	"context"
	"log/slog"
	"time"

	"loramanager/internal/lora"
)

// Options are what a Recommender needs. Library, Memory and Tastes are required.
type Options struct {
	Library Library
	Memory  Memory
	Tastes  Tastes
	// Changed is called after the index was rebuilt, and after feedback, preferences or
	// weights have changed; nil calls nobody.
	Changed func()
	Logger  *slog.Logger     // slog.Default()
	Now     func() time.Time // time.Now
}

// Recommender answers what goes well with what. Its methods may be called from several
// goroutines.
type Recommender struct {
	Options

	queries queryVectors // nil without a model
	space   textSpace
}

// New returns a Recommender with an empty index. Run builds it; a question that comes
// before builds it, too.
func New(options Options) *Recommender {
	if options.Logger == nil {
		options.Logger = slog.Default()
	}
	if options.Now == nil {
		options.Now = time.Now
	}
	if options.Changed == nil {
		options.Changed = func() {}
	}
	return &Recommender{Options: options}
}

var errBuilding = lora.Errorf(lora.Unavailable, "Recommendations are being prepared. Try again in a moment.")

// Run builds the index and looks after it until ctx is done.
func (r *Recommender) Run(ctx context.Context) { <-ctx.Done() }

// Similar recommends adapters that are like the one with the id; NotFound when there is none.
func (r *Recommender) Similar(ctx context.Context, id string, o SimilarOptions) (Answer, error) {
	return Answer{}, errBuilding
}

// ForPrompt recommends adapters for a prompt; Invalid when it is blank or too long.
func (r *Recommender) ForPrompt(ctx context.Context, o PromptOptions) (Answer, error) {
	return Answer{}, errBuilding
}

// ByTrigger recommends adapters by a trigger word or phrase; Invalid when it is blank or too long.
func (r *Recommender) ByTrigger(ctx context.Context, words string, o Ask) (Answer, error) {
	return Answer{}, errBuilding
}

// ForActive recommends adapters to go with those given; nil means the active ones.
func (r *Recommender) ForActive(ctx context.Context, ids []string, o Ask) (Answer, error) {
	return Answer{}, errBuilding
}

// Judge keeps what the user thinks of a recommended adapter. Session, adapter and type
// must be set; the rest is filled in. NotFound for an unknown session or adapter.
func (r *Recommender) Judge(ctx context.Context, f lora.Feedback) (lora.Feedback, error) {
	return lora.Feedback{}, errBuilding
}

// Withdraw takes a feedback back; NotFound for an unknown id.
func (r *Recommender) Withdraw(ctx context.Context, id string) error { return errBuilding }

// Judged is a feedback with the name of the adapter it is about, "" when that is gone.
type Judged struct {
	lora.Feedback
	Name string
}

// Judgements lists feedback, newest first, from after the one with the id after ("" from
// the newest), at most limit; next is the last id when there are more.
func (r *Recommender) Judgements(ctx context.Context, after string, limit int) (list []Judged, next string, err error) {
	return nil, "", errBuilding
}

// Prefer keeps a preference of the user. Type, value and confidence must be set; explicit
// tells whether the user said so.
func (r *Recommender) Prefer(ctx context.Context, p lora.Preference, explicit bool) (lora.Preference, error) {
	return lora.Preference{}, errBuilding
}

// Preferences lists what the user prefers, the latest evidence first.
func (r *Recommender) Preferences(ctx context.Context) ([]lora.Preference, error) {
	return nil, errBuilding
}

// Forget deletes a preference; NotFound for an unknown id.
func (r *Recommender) Forget(ctx context.Context, id string) error { return errBuilding }

// Weights are those that count for questions that bring none.
func (r *Recommender) Weights(ctx context.Context) (Weights, error) { return DefaultWeights, nil }

// SetWeights keeps other weights; Invalid when one is not 0..1, or all are 0.
func (r *Recommender) SetWeights(ctx context.Context, w Weights) (Weights, error) {
	return w, errBuilding
}

// Rebuild makes the index anew; without force only when there is none.
func (r *Recommender) Rebuild(ctx context.Context, force bool) (RebuildReport, error) {
	return RebuildReport{}, errBuilding
}

// Stats are the figures of now.
func (r *Recommender) Stats(ctx context.Context) (Stats, error) { return Stats{}, errBuilding }

// Health says how recommending is doing, without asking anybody outside.
func (r *Recommender) Health() Health { return Health{State: "building"} }

// EmbeddingStatus says what vectors there are of an adapter. An unknown id has none.
func (r *Recommender) EmbeddingStatus(ctx context.Context, id string) (EmbeddingStatus, error) {
	return EmbeddingStatus{AdapterID: id, NeedsCompute: true}, nil
}

// ComputeEmbeddings makes vectors of the adapters with the ids, of all active ones when
// there are no ids, or of all with everything set.
func (r *Recommender) ComputeEmbeddings(ctx context.Context, ids []string, everything, force bool) (ComputeReport, error) {
	return ComputeReport{}, errBuilding
}
