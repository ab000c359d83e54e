package httpapi

import (
	"context"
	"encoding/json"
	"path"
	"sync"

	"loramanager/internal/catalog"
	"loramanager/internal/jobs"
	"loramanager/internal/lora"
	"loramanager/internal/prompt"
)

// compose puts a prompt together as a request asks.
func (s *Server) compose(ctx context.Context, r *ComposeRequest) (prompt.Written, error) {
	draft, err := s.draft(ctx, r)
	if err != nil {
		return prompt.Written{}, err
	}
	return prompt.Compose(draft), nil
}

const maxTextBytes = 64 << 10 // of a prefix, suffix or negative prompt

// draft gathers what a prompt is composed from: the request's entries, else those of its
// composition, else the active adapters.
func (s *Server) draft(ctx context.Context, r *ComposeRequest) (prompt.Draft, error) {
	dialect, err := prompt.DialectOf(r.Dialect)
	if err != nil {
		return prompt.Draft{}, err
	}
	draft := prompt.Draft{
		Dialect: dialect, Prefix: r.Prefix.or(""), Suffix: r.Suffix.or(""), Negative: r.Negative.or(""), Triggers: bool(r.Triggers.or(true)), Ordered: true,
	}
	entries := r.Entries
	if id := r.CompositionID.or(""); id != "" {
		c, err := s.store.Composition(ctx, id)
		if err != nil {
			return draft, err
		}
		draft.Prefix, draft.Suffix, draft.Negative = r.Prefix.or(c.Prefix), r.Suffix.or(c.Suffix), r.Negative.or(c.Negative)
		if entries == nil {
			entries = list(c.Entries)
		}
	}
	for name, text := range map[string]string{"prefix": draft.Prefix, "suffix": draft.Suffix, "negative": draft.Negative} {
		if len(text) > maxTextBytes {
			return draft, lora.FieldErrorf(lora.TooLarge, name, "Must be at most %d KiB.", maxTextBytes>>10)
		}
	}
	if entries == nil {
		draft.Ordered = false
		draft.Entries, err = s.activeEntries(ctx)
		return draft, err
	}
	if err := checkEntries(entries); err != nil {
		return draft, err
	}
	draft.Entries, err = s.entries(ctx, entries)
	return draft, err
}

// actives remembers the active adapters as drafts take them, as of a change of the
// catalog: composing happens with every key that is pressed, changes are rare.
type actives struct {
	mu      sync.Mutex
	change  int64
	entries []prompt.Entry // never changed once they are here
}

// activeEntries are the active adapters as a draft takes them.
func (s *Server) activeEntries(ctx context.Context) ([]prompt.Entry, error) {
	change, err := s.store.Change(ctx)
	if err != nil {
		return nil, err
	}
	s.actives.mu.Lock()
	defer s.actives.mu.Unlock()
	if s.actives.change == change && s.actives.entries != nil {
		return s.actives.entries, nil
	}
	ids, err := s.store.MatchingIDs(ctx, catalog.Query{Text: "is:active"})
	if err != nil {
		return nil, err
	}
	adapters, err := s.store.Adapters(ctx, ids)
	if err != nil {
		return nil, err
	}
	entries := make([]prompt.Entry, len(adapters))
	for i := range adapters {
		a := &adapters[i]
		entries[i] = entryOf(a, lora.Composed{Enabled: true, Use: lora.Use{AdapterID: a.ID, Name: a.Name, Weight: a.Weight}})
	}
	// Read before the adapters: what changed meanwhile is read again the next time.
	s.actives.change, s.actives.entries = change, entries
	return entries, nil
}

// entryOf adds to a use what the catalog knows of its adapter.
func entryOf(a *lora.Adapter, c lora.Composed) prompt.Entry {
	e := prompt.Entry{Composed: c, Ordinal: a.Ordinal, Missing: a.FileState == lora.FileMissing}
	e.AdapterID, e.File = a.ID, path.Join(a.Folder, a.FileName)
	if e.Name == "" {
		e.Name = a.Name
	}
	if a.BaseModel != lora.UnknownBase {
		e.BaseModel, e.Family = baseName(a.BaseModel), baseFamily(a.BaseModel)
	}
	return e
}

// entries finds the adapters of given entries, by id where they have one.
func (s *Server) entries(ctx context.Context, given []lora.Composed) ([]prompt.Entry, error) {
	found, err := s.foundUses(ctx, given)
	if err != nil {
		return nil, err
	}
	entries := make([]prompt.Entry, len(given))
	for i, c := range given {
		if a := found[i]; a != nil {
			entries[i] = entryOf(a, c)
			continue
		}
		entries[i] = prompt.Entry{Composed: c, Unknown: true}
	}
	return entries, nil
}

// foundUses finds the adapter of each entry; nil where the catalog has none.
func (s *Server) foundUses(ctx context.Context, given []lora.Composed) ([]*lora.Adapter, error) {
	resolved, err := s.store.FindComposed(ctx, given)
	if err != nil {
		return nil, err
	}
	var ids []string
	for i := range resolved {
		if resolved[i].AdapterID != "" {
			ids = append(ids, resolved[i].AdapterID)
		}
	}
	adapters, err := s.store.Adapters(ctx, ids)
	if err != nil {
		return nil, err
	}
	byID := make(map[string]*lora.Adapter, len(adapters))
	for i := range adapters {
		byID[adapters[i].ID] = &adapters[i]
	}
	found := make([]*lora.Adapter, len(given))
	for i := range resolved {
		found[i] = byID[resolved[i].AdapterID]
	}
	return found, nil
}

func (s *Server) composePrompt(ctx context.Context, in *struct{ Body ComposeRequest }) (*reply[ComposeReply], error) {
	written, err := s.compose(ctx, &in.Body)
	if err != nil {
		return nil, below("body.", err)
	}
	body := ComposeReply{
		Prompt: written.Text, Tokens: make([]string, 0, len(written.Tokens)), Warnings: list(written.Warnings), Dialect: in.Body.Dialect,
		Negative: written.Negative, Structure: written.Structure, Dropped: droppedFeatures(written.Dropped), Findings: composeFindings(written.Findings),
	}
	if body.Dialect == "" {
		body.Dialect = string(prompt.A1111)
	}
	for _, token := range written.Tokens {
		body.Tokens = append(body.Tokens, token.Text)
	}
	if in.Body.Delivery != nil {
		job, err := s.deliverComposed(ctx, in.Body.Delivery, &written, in.Body.CompositionID.or(""))
		if err != nil {
			return nil, err
		}
		body.Delivery = &ComposeDelivered{ID: job.ID, Status: job.Status}
	}
	return answer(body, nil)
}

// deliverComposed hands a composed prompt to a job.
func (s *Server) deliverComposed(ctx context.Context, d *ComposeDelivery, written *prompt.Written, composition string) (lora.Job, error) {
	terms := jobs.Terms{CompositionID: composition, Owner: ownerOf(ctx), Account: accountOf(ctx)}
	if engine := d.SDNext; engine != nil {
		if engine.Params == nil {
			return lora.Job{}, lora.FieldErrorf(lora.Invalid, "body.delivery.sdnext.generation_params", "The delivery needs generation_params.")
		}
		if err := engine.check(); err != nil {
			return lora.Job{}, err
		}
		params := engine.Params.params()
		params.Prompt = written.Text
		if engine.Params.NegativePrompt.pointer() == nil && written.Negative != "" {
			params.NegativePrompt = &written.Negative
		}
		job, err := s.jobs.Accept(ctx, jobs.Request{
			Params: params, Engine: d.Mode.Value, Mode: engine.Mode, SaveImages: bool(engine.SaveImages.or(true)), ReturnFormat: engine.ReturnFormat, Terms: terms,
		})
		return job, below("body.delivery.sdnext.generation_params.", err)
	}
	params, err := json.Marshal(d.params())
	if err != nil {
		return lora.Job{}, err
	}
	job, err := s.jobs.AcceptDelivery(ctx, jobs.DeliveryRequest{Prompt: written.Text, Mode: d.Mode.Value, Params: params, Terms: terms})
	return job, below("body.delivery.", err)
}

// check refuses words that the contract does not have.
func (d *DeliveryEngine) check() error {
	if d.Mode != "" && d.Mode != immediate && d.Mode != deferred {
		return lora.FieldErrorf(lora.Invalid, "body.delivery.sdnext.mode", "mode must be immediate or deferred.")
	}
	switch d.ReturnFormat {
	case "", formatBase64, formatPath, formatURL:
		return nil
	}
	return lora.FieldErrorf(lora.Invalid, "body.delivery.sdnext.return_format", "return_format must be base64, file_path or url.")
}

// params are the parameters of the way of delivery that is there.
func (d *ComposeDelivery) params() map[string]any {
	params := map[string]any{}
	if to := d.HTTP; to != nil {
		params["host"], params["port"], params["path"] = to.Host.Value, int(to.Port.or(80)), to.Path.or("/")
	}
	if to := d.CLI; to != nil && to.Template.given() {
		params["template"] = to.Template.Value
	}
	return params
}

func (s *Server) composeDialects(ctx context.Context, in *struct{ Body ComposeRequest }) (*reply[DialectsReply], error) {
	draft, err := s.draft(ctx, &in.Body)
	if err != nil {
		return nil, below("body.", err)
	}
	body := DialectsReply{Dialects: []DialectText{}, Warnings: []string{}, Findings: []ComposeFinding{}}
	for _, dialect := range prompt.Dialects() {
		draft.Dialect, draft.Handles = dialect, true
		written := prompt.Compose(draft)
		if dialect == prompt.A1111 {
			body.Warnings, body.Findings = list(written.Warnings), composeFindings(written.Findings)
		}
		body.Dialects = append(body.Dialects, dialectText(dialect, &written))
	}
	return answer(body, nil)
}

func dialectText(dialect prompt.Dialect, written *prompt.Written) DialectText {
	text := DialectText{
		Dialect: string(dialect), Label: dialect.Label(), Prompt: written.Text, Negative: written.Negative, Structure: written.Structure,
		Tokens: make([]DialectToken, 0, len(written.Tokens)), Dropped: droppedFeatures(written.Dropped),
	}
	uses := written.Prompt.Uses()
	for _, token := range written.Tokens {
		text.Tokens = append(text.Tokens, DialectToken{Text: token.Text, Start: token.Start, End: token.End, AdapterID: uses[token.Use].AdapterID})
	}
	return text
}

func droppedFeatures(dropped []prompt.Dropped) []DroppedFeature {
	shown := make([]DroppedFeature, 0, len(dropped))
	for _, d := range dropped {
		shown = append(shown, DroppedFeature(d))
	}
	return shown
}

func composeFindings(findings []prompt.Finding) []ComposeFinding {
	shown := make([]ComposeFinding, 0, len(findings))
	for _, f := range findings {
		shown = append(shown, ComposeFinding(f))
	}
	return shown
}
