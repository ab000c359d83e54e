package httpapi

import (
	"context"
	"net/http"
	"slices"

	"loramanager/internal/archive"
	"loramanager/internal/lora"
)

// ImportRequest names what is to be imported, and how.
type ImportRequest struct {
	UploadIDs  []string            `json:"upload_ids" minItems:"1" maxItems:"10000" doc:"Uploads that are complete: archives, adapter files with what lies beside them, or folders"`
	Passphrase string              `json:"passphrase,omitempty" maxLength:"1000" doc:"Of encrypted archives"`
	Identities []string            `json:"identities,omitempty" nullable:"true" maxItems:"20" doc:"Private keys of age, for archives encrypted for recipients"`
	Policy     lora.ConflictPolicy `json:"policy,omitempty" enum:"ask,keep,replace,rename,newest" doc:"What wins where the import and the catalog differ; ask when absent"`
	RootID     string              `json:"target_root_id" minLength:"1" doc:"Library folder that files go to"`
	Include    *ImportInclude      `json:"include,omitempty" doc:"Everything that one may when absent: settings need the permission system.manage"`
}

// ImportInclude says what is taken out of archives.
type ImportInclude struct {
	Adapters     bool `json:"adapters" doc:"What is known of adapters"`
	Files        bool `json:"files" doc:"Their files"`
	Compositions bool `json:"compositions" doc:"With presets, workflows and saved searches"`
	Jobs         bool `json:"jobs" doc:"With their pictures"`
	Settings     bool `json:"settings"`
	Taste        bool `json:"taste" doc:"Preferences and feedback"`
}

func (r *ImportRequest) order(ctx context.Context) (archive.ImportRequest, error) {
	include := allowedImport(ctx)
	if r.Include != nil {
		include = archive.ImportInclude(*r.Include)
	}
	if include.Settings {
		if err := mustMay(ctx, lora.ManageSystem); err != nil {
			return archive.ImportRequest{}, err
		}
	}
	return archive.ImportRequest{
		UploadIDs: r.UploadIDs, Passphrase: r.Passphrase, Identities: r.Identities, Policy: r.Policy, RootID: r.RootID, Include: include,
	}, nil
}

// allowedImport is all that whoever asks may bring in: settings and engines are for who
// manages the system.
func allowedImport(ctx context.Context) archive.ImportInclude {
	include := archive.IncludeAll()
	include.Settings = mustMay(ctx, lora.ManageSystem) == nil
	return include
}

// ImportReply is one import and what it does, or would do.
type ImportReply struct {
	Transfer lora.Transfer     `json:"transfer"`
	Counts   lora.ImportCounts `json:"counts"`
}

// ImportItems are what an import would do with each adapter.
type ImportItems struct {
	Items []lora.ImportItem `json:"items"`
	Next  *string           `json:"next" doc:"Pass as after to read on; null at the end"`
}

// ImportPolicyPatch decides conflicts, for the whole import or for single items.
type ImportPolicyPatch struct {
	Policy lora.ConflictPolicy            `json:"policy,omitempty" enum:"ask,keep,replace,rename,newest" doc:"For all items without one of their own; unchanged when absent"`
	Items  map[string]lora.ConflictPolicy `json:"items,omitempty" doc:"By key of the item; an empty text makes it follow the import again"`
}

type importItemsInput struct {
	ByID
	Action string `query:"action" enum:"create,update,conflict,same,skip" doc:"Only items with this action"`
	After  string `query:"after" maxLength:"1000"`
	Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"50"`
}

type importPolicyInput struct {
	ByID
	Body ImportPolicyPatch
}

func (s *Server) routeImports() {
	const tag = tagTransfer
	route(s, http.MethodPost, "/imports", "planImport", tag, "Plan an import", s.planImport, accepted,
		describe("Nothing changes before it is applied. The transfer is planned once everything was read and compared."))
	route(s, http.MethodGet, "/imports/{id}", "readImport", tag, "Read an import", s.readImport)
	route(s, http.MethodGet, "/imports/{id}/items", "listImportItems", tag, "What an import would do with each adapter", s.listImportItems)
	route(s, http.MethodPatch, "/imports/{id}", "setImportPolicy", tag, "Decide what wins", s.setImportPolicy)
	route(s, http.MethodPost, "/imports/{id}/apply", "applyImport", tag, "Apply an import", s.applyImport, accepted,
		describe("Everything is verified before anything is written, and either all of it arrives or nothing. 409 while a conflict is undecided."))
}

func (s *Server) planImport(ctx context.Context, in *struct{ Body ImportRequest }) (*reply[TransferReply], error) {
	roots, err := s.store.Roots(ctx)
	if err != nil {
		return nil, err
	}
	if !slices.ContainsFunc(roots, func(r lora.Root) bool { return r.ID == in.Body.RootID }) {
		return nil, lora.FieldErrorf(lora.NotFound, "target_root_id", "There is no such library folder.")
	}
	order, err := in.Body.order(ctx)
	if err != nil {
		return nil, err
	}
	return transferReply(s.archive.PlanImport(ctx, order))
}

func (s *Server) readImport(ctx context.Context, in *ByID) (*reply[ImportReply], error) {
	transfer, err := s.archive.Transfer(ctx, in.ID)
	if err == nil && transfer.Kind != lora.TransferImport && transfer.Kind != lora.TransferMoveIn {
		err = lora.Errorf(lora.NotFound, "There is no such import.")
	}
	return importReply(transfer, err)
}

func importReply(transfer lora.Transfer, err error) (*reply[ImportReply], error) {
	body := ImportReply{Transfer: wireTransfer(transfer)}
	if transfer.Counts != nil {
		body.Counts = *transfer.Counts
	}
	return answer(body, err)
}

func (s *Server) listImportItems(ctx context.Context, in *importItemsInput) (*reply[ImportItems], error) {
	items, next, err := s.archive.ImportItems(ctx, in.ID, lora.ImportAction(in.Action), in.After, in.Limit)
	for i := range items {
		items[i].Differs = list(items[i].Differs)
	}
	body := ImportItems{Items: list(items)}
	if next != "" {
		body.Next = &next
	}
	return answer(body, err)
}

func (s *Server) setImportPolicy(ctx context.Context, in *importPolicyInput) (*reply[ImportReply], error) {
	return importReply(s.archive.SetImportPolicy(ctx, in.ID, in.Body.Policy, in.Body.Items))
}

func (s *Server) applyImport(ctx context.Context, in *ByID) (*reply[TransferReply], error) {
	return transferReply(s.archive.ApplyImport(ctx, in.ID))
}
