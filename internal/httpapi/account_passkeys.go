package httpapi

import (
	"context"
	"net/http"

	"loramanager/internal/lora"
)

// PasskeyList are one's own passkeys.
type PasskeyList struct {
	Passkeys []lora.Passkey `json:"passkeys"`
}

// PasskeyReply is one passkey.
type PasskeyReply struct {
	Passkey lora.Passkey `json:"passkey"`
}

// NewPasskey is a passkey that a browser has made.
type NewPasskey struct {
	PasskeyAnswer
	Name string `json:"name" maxLength:"256" doc:"To know it by"`
}

// PasskeyPatch renames a passkey.
type PasskeyPatch struct {
	Name string `json:"name" maxLength:"256"`
}

func (s *Server) routeAccountPasskeys() {
	route(s, http.MethodGet, "/account/passkeys", "listPasskeys", tagAccount, "List one's own passkeys", s.listPasskeys)
	route(s, http.MethodPost, "/account/passkeys/begin", "beginPasskey", tagAccount, "Begin to add a passkey", s.beginPasskey)
	route(s, http.MethodPost, "/account/passkeys", "addPasskey", tagAccount, "Add a passkey", s.addPasskey, created)
	route(s, http.MethodPatch, "/account/passkeys/{id}", "renamePasskey", tagAccount, "Rename a passkey", s.renamePasskey)
	route(s, http.MethodDelete, "/account/passkeys/{id}", "removePasskey", tagAccount, "Remove a passkey", s.removePasskey)
}

func (s *Server) listPasskeys(ctx context.Context, _ *none) (*reply[PasskeyList], error) {
	found, err := s.accounts.OwnPasskeys(ctx, *actorOf(ctx))
	return answer(PasskeyList{Passkeys: list(found)}, err)
}

func (s *Server) beginPasskey(ctx context.Context, in *struct{ Body Proof }) (*reply[PasskeyChallenge], error) {
	flow, options, err := s.accounts.BeginPasskey(ctx, *actorOf(ctx), in.Body.Password)
	return answer(PasskeyChallenge{Flow: flow, Options: options}, err)
}

func (s *Server) addPasskey(ctx context.Context, in *struct{ Body NewPasskey }) (*reply[PasskeyReply], error) {
	added, err := s.accounts.AddPasskey(ctx, *actorOf(ctx), in.Body.Flow, in.Body.Name, in.Body.Credential)
	return answer(PasskeyReply{Passkey: added}, err)
}

func (s *Server) renamePasskey(ctx context.Context, in *struct {
	ByID
	Body PasskeyPatch
},
) (*reply[PasskeyReply], error) {
	if err := s.accounts.RenamePasskey(ctx, *actorOf(ctx), in.ID, in.Body.Name); err != nil {
		return nil, err
	}
	found, err := s.accounts.OwnPasskeys(ctx, *actorOf(ctx))
	if err != nil {
		return nil, err
	}
	for _, p := range found {
		if p.ID == in.ID {
			return answer(PasskeyReply{Passkey: p}, nil)
		}
	}
	return nil, lora.Errorf(lora.NotFound, "There is no such passkey.")
}

func (s *Server) removePasskey(ctx context.Context, in *struct {
	ByID
	Body Proof
},
) (*none, error) {
	return nil, s.accounts.RemovePasskey(ctx, *actorOf(ctx), in.ID, in.Body.Password)
}
