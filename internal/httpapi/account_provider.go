package httpapi

import (
	"context"
	"net/http"
)

// ProviderLink begins to tie one's own account to the sign-in provider.
type ProviderLink struct {
	Proof
	Next string `json:"next,omitempty" maxLength:"2048" doc:"Page of the app to show afterwards"`
}

// ProviderUnlink names the provider that is taken away.
type ProviderUnlink struct {
	Proof
	Issuer string `json:"issuer" maxLength:"2048" doc:"As the account lists it under providers"`
}

// ProviderAddress is where the browser signs in at the provider.
type ProviderAddress struct {
	URL string `json:"url" doc:"For the browser to open"`
}

type providerLinkReply struct {
	SetCookie []http.Cookie `header:"Set-Cookie"`
	Body      ProviderAddress
}

func (s *Server) routeAccountProvider() {
	route(s, http.MethodPost, "/account/provider", "linkProvider", tagAccount, "Begin to log in with the sign-in provider, too", s.linkProvider,
		describe("The provider sends the browser back to /session/oidc/callback."))
	route(s, http.MethodDelete, "/account/provider", "unlinkProvider", tagAccount, "No longer log in with the sign-in provider", s.unlinkProvider)
}

func (s *Server) linkProvider(ctx context.Context, in *struct{ Body ProviderLink }) (*providerLinkReply, error) {
	to, flow, err := s.accounts.LinkStart(ctx, *actorOf(ctx), in.Body.Password, in.Body.Next)
	if err != nil {
		return nil, notLetIn(ctx, err)
	}
	return &providerLinkReply{SetCookie: []http.Cookie{s.flowCookie(ctx, flow.Reveal(), flowLifetime)}, Body: ProviderAddress{URL: to}}, nil
}

func (s *Server) unlinkProvider(ctx context.Context, in *struct{ Body ProviderUnlink }) (*none, error) {
	return nil, s.accounts.Unlink(ctx, *actorOf(ctx), in.Body.Issuer, in.Body.Password)
}
