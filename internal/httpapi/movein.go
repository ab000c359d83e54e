package httpapi

import (
	"context"
	"net/http"

	"loramanager/internal/lora"
)

// MoveInPlace is where another manager's work lies.
type MoveInPlace struct {
	Path string `json:"path" minLength:"1" maxLength:"4096" doc:"Folder on the server, in full. A database is read by the command move-in --database: a page must not make the server connect anywhere"`
}

// MoveInFound are the managers whose work lies in a place.
type MoveInFound struct {
	Found []FoundManager `json:"found"`
}

// FoundManager is one manager whose work was found, and what would come over.
type FoundManager struct {
	Manager  string         `json:"manager" doc:"Pass to move in from it"`
	Path     string         `json:"path"`
	Adapters int            `json:"adapters"`
	With     map[string]int `json:"with" doc:"How many of them carry tags, notes, favourites and so on, by name"`
	Notes    []string       `json:"notes" doc:"What the user should know, in sentences"`
}

// MoveInRequest orders the plan of a move.
type MoveInRequest struct {
	Path     string              `json:"path" minLength:"1" maxLength:"4096" doc:"Folder on the server, in full"`
	Managers []string            `json:"managers,omitempty" nullable:"true" maxItems:"20" doc:"All that were found when empty"`
	Policy   lora.ConflictPolicy `json:"policy,omitempty" enum:"ask,keep,replace,rename,newest" doc:"What wins where both know something else; ask when absent"`
	RootID   string              `json:"target_root_id,omitempty" maxLength:"100" doc:"Library folder that files go to which lie in none yet; the oldest when absent"`
}

func (s *Server) routeMoveIn() {
	const tag = tagTransfer
	route(s, http.MethodPost, "/move-in/detect", "detectMoveIn", tag, "Find the work of other managers", s.detectMoveIn)
	route(s, http.MethodPost, "/move-in", "planMoveIn", tag, "Plan to move in from another manager", s.planMoveIn, accepted,
		describe("It is then read, decided and applied as an import."))
}

func (s *Server) detectMoveIn(ctx context.Context, in *struct{ Body MoveInPlace }) (*reply[MoveInFound], error) {
	found, err := s.moveIn.DetectMoveIn(ctx, in.Body.Path)
	for i := range found {
		found[i].Notes = list(found[i].Notes)
		if found[i].With == nil {
			found[i].With = map[string]int{}
		}
	}
	return answer(MoveInFound{Found: list(found)}, err)
}

func (s *Server) planMoveIn(ctx context.Context, in *struct{ Body MoveInRequest }) (*reply[TransferReply], error) {
	return transferReply(s.moveIn.PlanMoveIn(ctx, in.Body))
}
