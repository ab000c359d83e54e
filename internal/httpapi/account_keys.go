package httpapi

import (
	"context"
	"net/http"
	"time"

	"loramanager/internal/lora"
)

// KeyList are API keys.
type KeyList struct {
	Keys []lora.APIKey `json:"keys"`
}

// NewKey is an API key to be made.
type NewKey struct {
	Name      string       `json:"name" maxLength:"256" doc:"To know it by"`
	Scopes    []lora.Scope `json:"scopes" minItems:"1" maxItems:"5" enum:"read,run,edit,files,admin"`
	ExpiresAt *time.Time   `json:"expires_at,omitempty" doc:"Never when absent"`
}

// KeyCreated is a new API key, with the key itself.
type KeyCreated struct {
	Key    lora.APIKey `json:"key"`
	Secret string      `json:"secret" doc:"The key itself, shown this once"`
}

func (s *Server) routeAccountKeys() {
	route(s, http.MethodGet, "/account/keys", "listAccountKeys", tagAccount, "List one's own API keys", s.listAccountKeys)
	route(s, http.MethodPost, "/account/keys", "addAccountKey", tagAccount, "Make an API key", s.addAccountKey, created)
	route(s, http.MethodDelete, "/account/keys/{id}", "removeAccountKey", tagAccount, "Revoke one's own API key", s.removeAccountKey)
}

func (s *Server) listAccountKeys(ctx context.Context, _ *none) (*reply[KeyList], error) {
	found, err := s.accounts.OwnKeys(ctx, *actorOf(ctx))
	return answer(KeyList{Keys: list(found)}, err)
}

func (s *Server) addAccountKey(ctx context.Context, in *struct{ Body NewKey }) (*reply[KeyCreated], error) {
	key, secret, err := s.accounts.AddKey(ctx, *actorOf(ctx), in.Body.Name, in.Body.Scopes, in.Body.ExpiresAt)
	return answer(KeyCreated{Key: key, Secret: secret.Reveal()}, err)
}

func (s *Server) removeAccountKey(ctx context.Context, in *ByID) (*none, error) {
	return nil, s.accounts.RemoveKey(ctx, *actorOf(ctx), in.ID)
}
