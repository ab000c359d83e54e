package archive

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"sync"

	"loramanager/internal/guard"
	"loramanager/internal/lora"
)

const (
	importsFolder = "imports"
	maxPlans      = 20
)

// ImportInclude says what is taken out of the sources of an import.
type ImportInclude struct {
	Adapters     bool // what is known of adapters
	Files        bool // their files
	Compositions bool // with presets, workflows and saved searches
	Jobs         bool // with their pictures
	Settings     bool
	Taste        bool // preferences
}

// IncludeAll takes everything.
func IncludeAll() ImportInclude {
	return ImportInclude{Adapters: true, Files: true, Compositions: true, Jobs: true, Settings: true, Taste: true}
}

// ImportRequest says what is imported and how. At least one source must be named.
type ImportRequest struct {
	Kind      lora.TransferKind // import when empty
	UploadIDs []string
	Paths     []string // of files and folders of this computer, absolute
	Sources   []Source // the import closes them, also when it is refused

	Passphrase string   // of encrypted archives
	Identities []string // private keys of age

	Policy  lora.ConflictPolicy // ask when empty
	RootID  string              // library folder that files go to
	Include ImportInclude

	// NoRestorePoint leaves out the backup that is made before anything changes.
	NoRestorePoint bool
	// Unverified leaves out reading what is not imported. What is imported is verified.
	Unverified bool
}

// importing is one import, from its plan to its end.
type importing struct {
	archive *Archive
	ports   ImportPorts
	run     *run
	request ImportRequest
	folder  string // of this import in the program's own folder
	uploads func(done bool)
	over    chan struct{}
	settled chan struct{} // closed when the plan is made, or could not be

	sources      []Source
	adapters     *spool[planned]
	others       *spool[further]
	further      lora.ImportCounts // of what is no adapter
	pictureBytes int64

	mu      sync.Mutex // guards what follows, and request.Policy
	entries []entry
}

// PlanImport reads sources and compares them with the catalog; nothing changes. The
// transfer is planned once all was read. Invalid names a field of the request.
func (a *Archive) PlanImport(ctx context.Context, request ImportRequest) (lora.Transfer, error) {
	m, err := a.newImport(ctx, request)
	if err != nil {
		return lora.Transfer{}, err
	}
	return m.run.snapshot(), nil
}

func (a *Archive) newImport(ctx context.Context, request ImportRequest) (*importing, error) {
	m, err := a.enterImport(ctx, request)
	if err != nil {
		return nil, errors.Join(err, closeAll(request.Sources))
	}
	if err := m.run.work(m.makePlan); err != nil {
		m.run.finish(err)
		return nil, err
	}
	return m, nil
}

func (a *Archive) enterImport(ctx context.Context, request ImportRequest) (*importing, error) {
	if request.Kind == "" {
		request.Kind = lora.TransferImport
	}
	if request.Policy == "" {
		request.Policy = lora.ConflictAsk
	}
	switch {
	case !knownPolicy(request.Policy):
		return nil, lora.FieldErrorf(lora.Invalid, "policy", "Conflicts are decided by ask, keep, replace, rename or newest.")
	case len(request.UploadIDs)+len(request.Paths)+len(request.Sources) == 0:
		return nil, lora.FieldErrorf(lora.Invalid, "upload_ids", "There is nothing to import.")
	case a.imports.count() >= maxPlans:
		return nil, lora.Errorf(lora.RateLimited, "%d imports are planned already. Apply or cancel some of them.", maxPlans)
	}
	x, err := a.runs.begin(ctx, request.Kind, lora.TransferPlanning)
	if err != nil {
		return nil, err
	}
	m := &importing{
		archive: a, ports: a.options.Import, run: x, request: request, folder: importsFolder + "/" + x.id(),
		over: make(chan struct{}), settled: make(chan struct{}), sources: slices.Clone(request.Sources),
	}
	m.uploads = func(bool) {}
	if m.ports.Uploads != nil && len(request.UploadIDs) > 0 {
		m.uploads = m.ports.Uploads.hold(request.UploadIDs)
	}
	a.imports.put(m)
	x.onEnd(m.end)
	return m, nil
}

func knownPolicy(p lora.ConflictPolicy) bool {
	switch p {
	case lora.ConflictAsk, lora.ConflictKeep, lora.ConflictReplace, lora.ConflictRename, lora.ConflictNewest:
		return true
	}
	return false
}

func closeAll(sources []Source) error {
	var errs []error
	for _, source := range sources {
		errs = append(errs, source.Close())
	}
	return errors.Join(errs...)
}

// makePlan is the first work of the run.
func (m *importing) makePlan(ctx context.Context) error {
	defer close(m.settled)
	found, err := m.archive.openSources(ctx, m.request)
	m.sources = append(m.sources, found...)
	if err != nil {
		return err
	}
	data := m.archive.options.Data
	if m.adapters, err = newSpool[planned](data, m.folder+"/adapters.jsonl"); err != nil {
		return err
	}
	if m.others, err = newSpool[further](data, m.folder+"/others.jsonl"); err != nil {
		return err
	}
	if err := m.plan(ctx); err != nil {
		return err
	}
	m.run.planned()
	return nil
}

// end releases everything, however the import ended.
func (m *importing) end() {
	defer close(m.over)
	state := m.run.snapshot()
	cancelled := errors.Is(context.Cause(m.run.ctx), errCancelled)
	m.archive.imports.drop(m.run.id())
	if err := closeAll(m.sources); err != nil {
		m.archive.log.Warn("a source of an import could not be closed", "transfer", m.run.id(), "error", err)
	}
	m.mu.Lock()
	if m.adapters != nil {
		m.adapters.close()
	}
	if m.others != nil {
		m.others.close()
	}
	m.entries = nil
	m.mu.Unlock()
	if err := m.archive.options.Data.RemoveAll(m.folder); err != nil {
		m.archive.log.Warn("the remains of an import could not be removed; the next start tries again", "transfer", m.run.id(), "error", err)
	}
	// After a failure, such as a wrong passphrase, the same uploads can be tried again.
	m.uploads(cancelled || state.Phase == phasePlaced)
}

// tell updates what the transfer says of the plan and of what comes of it.
func (m *importing) tell() {
	m.mu.Lock()
	counts := tally(m.entries, m.request.Policy, m.further)
	found := foundIn(m.entries, m.request.Policy)
	m.mu.Unlock()
	m.run.change(func(t *lora.Transfer) { t.Counts, t.Plan = &counts, &found })
}

// imports are those that wait or run in this process.
type imports struct {
	mu   sync.Mutex
	byID map[string]*importing
}

func (i *imports) put(m *importing) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.byID == nil {
		i.byID = make(map[string]*importing)
	}
	i.byID[m.run.id()] = m
}

func (i *imports) count() int {
	i.mu.Lock()
	defer i.mu.Unlock()
	return len(i.byID)
}

func (i *imports) drop(id string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	delete(i.byID, id)
}

// planned returns an import that waits for the user's word.
func (i *imports) planned(id string) (*importing, error) {
	i.mu.Lock()
	m := i.byID[id]
	i.mu.Unlock()
	if m == nil {
		return nil, lora.Errorf(lora.NotFound, "There is no such plan of an import in this process. It is over, or must be made again.")
	}
	if state := m.run.snapshot().State; state != lora.TransferPlanned {
		return nil, lora.Errorf(lora.Conflict, "The import is not planned: it is %s.", state)
	}
	return m, nil
}

// ImportItems lists what a planned import would do with each adapter as it was found, in
// the order of its sources: limit of them after a key, only those with an action unless
// it is empty. next is empty at the end.
func (a *Archive) ImportItems(_ context.Context, id string, action lora.ImportAction, after string, limit int) (items []lora.ImportItem, next string, err error) {
	m, err := a.imports.planned(id)
	if err != nil {
		return nil, "", err
	}
	from := 0
	if after != "" {
		n, err := strconv.Atoi(after)
		if err != nil || n < 0 {
			return nil, "", lora.FieldErrorf(lora.Invalid, "after", "This does not come from an earlier page.")
		}
		from = n + 1
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	items = []lora.ImportItem{}
	for i := from; i < len(m.entries); i++ {
		if action != "" && m.entries[i].action != action {
			continue
		}
		if len(items) == limit {
			return items, items[limit-1].Key, nil
		}
		one, err := m.adapters.read(m.entries[i].at, m.entries[i].length)
		if err != nil {
			return nil, "", err
		}
		one.Item.Policy, one.Item.ArchiveID = m.entries[i].policy, one.Incoming.SourceID
		items = append(items, one.Item)
	}
	return items, "", nil
}

// SetImportPolicy decides for all items without a word of their own, unless policy is
// empty, and for single items by their keys; an empty one follows the import again.
func (a *Archive) SetImportPolicy(_ context.Context, id string, policy lora.ConflictPolicy, items map[string]lora.ConflictPolicy) (lora.Transfer, error) {
	m, err := a.imports.planned(id)
	if err != nil {
		return lora.Transfer{}, err
	}
	if policy != "" && !knownPolicy(policy) {
		return lora.Transfer{}, lora.FieldErrorf(lora.Invalid, "policy", "Conflicts are decided by ask, keep, replace, rename or newest.")
	}
	if err := m.decideItems(policy, items); err != nil {
		return lora.Transfer{}, err
	}
	m.tell()
	return m.run.snapshot(), nil
}

func (m *importing) decideItems(policy lora.ConflictPolicy, items map[string]lora.ConflictPolicy) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	at := make(map[int]lora.ConflictPolicy, len(items))
	for key, chosen := range items {
		i, err := strconv.Atoi(key)
		if err != nil || i < 0 || i >= len(m.entries) {
			return lora.FieldErrorf(lora.Invalid, "items", "The import has no item %q.", guard.DisplayName(key))
		}
		if chosen != "" && !knownPolicy(chosen) {
			return lora.FieldErrorf(lora.Invalid, "items", "Item %s: conflicts are decided by ask, keep, replace, rename or newest.", key)
		}
		at[i] = chosen
	}
	for i, chosen := range at {
		m.entries[i].policy = chosen
	}
	if policy != "" {
		m.request.Policy = policy
	}
	return nil
}
