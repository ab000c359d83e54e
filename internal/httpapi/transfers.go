package httpapi

import (
	"context"
	"net/http"

	"loramanager/internal/lora"
)

// TransferList are exports, imports, backups and the like, the latest first.
type TransferList struct {
	Transfers []lora.Transfer `json:"transfers"`
}

// TransferReply is one transfer.
type TransferReply struct {
	Transfer lora.Transfer `json:"transfer"`
}

type listTransfersInput struct {
	Limit int `query:"limit" minimum:"1" maximum:"200" default:"50"`
}

const tagTransfer = "transfer"

func (s *Server) routeTransfers() {
	const tag = tagTransfer
	route(s, http.MethodGet, "/transfers", "listTransfers", tag, "List what was and is being carried", s.listTransfers)
	route(s, http.MethodGet, "/transfers/{id}", "readTransfer", tag, "Read a transfer", s.readTransfer)
	route(s, http.MethodPost, "/transfers/{id}/cancel", "cancelTransfer", tag, "Cancel a transfer", s.cancelTransfer, accepted,
		describe("What it has begun is taken back. 409 when it is over."))
}

func (s *Server) listTransfers(ctx context.Context, in *listTransfersInput) (*reply[TransferList], error) {
	found, err := s.archive.Transfers(ctx, in.Limit)
	for i := range found {
		found[i] = wireTransfer(found[i])
	}
	return answer(TransferList{Transfers: list(found)}, err)
}

func (s *Server) readTransfer(ctx context.Context, in *ByID) (*reply[TransferReply], error) {
	return transferReply(s.archive.Transfer(ctx, in.ID))
}

func (s *Server) cancelTransfer(ctx context.Context, in *ByID) (*reply[TransferReply], error) {
	found, err := s.archive.Transfer(ctx, in.ID)
	if need, more := cancelling[found.Kind]; err == nil && more {
		err = mustMay(ctx, need)
	}
	if err != nil {
		return nil, err
	}
	return transferReply(s.archive.CancelTransfer(ctx, in.ID))
}

// cancelling is what it takes to cancel what is more than an export.
var cancelling = map[lora.TransferKind]lora.Permission{
	lora.TransferImport: lora.ManageFiles, lora.TransferMoveIn: lora.ManageFiles, lora.TransferSidecars: lora.ManageFiles,
	lora.TransferBackup: lora.MakeBackups, lora.TransferVerify: lora.MakeBackups, lora.TransferRehearsal: lora.MakeBackups, lora.TransferRestore: lora.ManageSystem,
}

func transferReply(t lora.Transfer, err error) (*reply[TransferReply], error) {
	return answer(TransferReply{Transfer: wireTransfer(t)}, err)
}

// wireTransfer fills the list that must not be null.
func wireTransfer(t lora.Transfer) lora.Transfer {
	t.Notes = list(t.Notes)
	return t
}
