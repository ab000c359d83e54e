package httpapi

import (
	"context"
	"net/http"

	"loramanager/internal/lora"
)

// How an actor comes in.
const (
	viaSession = "session"
	viaAPIKey  = "api_key"
	viaKey     = "key"
	viaLocal   = "local"
)

type actorKey struct{}

// actorOf is who makes the request; nil when nobody is logged in.
func actorOf(ctx context.Context) *lora.Actor {
	actor, _ := ctx.Value(actorKey{}).(*lora.Actor)
	return actor
}

func withActor(r *http.Request, actor *lora.Actor) *http.Request {
	return r.WithContext(context.WithValue(r.Context(), actorKey{}, actor))
}

// modeOf says who a server with these options lets in.
func modeOf(o *Options) string {
	switch {
	case o.AccountsOn:
		return modeAccounts
	case o.Key.Reveal() != "":
		return modeKey
	}
	return modeOpen
}

// identifyAccount says which account makes a request: that of the key it shows, else that
// of its session. The server's own key is nobody's in particular.
func (s *Server) identifyAccount(r *http.Request) (*lora.Actor, error) {
	if key := shownKey(r); key != "" {
		if s.key.Matches(key) {
			return &serverKey, nil
		}
		actor, err := s.accounts.ActorOfKey(r.Context(), key)
		return known(actor, err)
	}
	c, err := r.Cookie(nameOfCookie(isSecure(r)))
	if err != nil {
		return nil, nil //nolint:nilnil,nilerr // without a cookie it is nobody
	}
	actor, err := s.accounts.Actor(r.Context(), c.Value)
	return known(actor, err)
}

func known(actor lora.Actor, err error) (*lora.Actor, error) {
	if err != nil {
		return nil, err
	}
	return &actor, nil
}
