package httpapi

import (
	"context"
	"html/template"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"loramanager/internal/accounts"
)

// providerStart is where a sign-in with the provider begins.
type providerStart struct {
	Next string `query:"next" maxLength:"2048" doc:"Page of the app to show afterwards, such as /library"`
}

// providerReturn is how the provider sends the browser back.
type providerReturn struct {
	State  string `query:"state" maxLength:"2048"`
	Code   string `query:"code" maxLength:"8192"`
	Issuer string `query:"iss" maxLength:"2048"`
	Error  string `query:"error" maxLength:"256"`
}

// redirect sends the browser elsewhere.
type redirect struct {
	Status    int
	Location  string        `header:"Location"`
	SetCookie []http.Cookie `header:"Set-Cookie"`
}

func (s *Server) routeProviderLogin() {
	const tag = "session"
	route(s, http.MethodGet, "/session/oidc", "startProviderLogin", tag, "Go to the sign-in provider", s.startProviderLogin, redirects,
		describe("For the browser itself to open, not for scripts."))
	route(s, http.MethodGet, "/session/oidc/callback", "finishProviderLogin", tag, "Come back from the sign-in provider", s.finishProviderLogin, sendsPage)
}

// redirects says that the answer is a redirect.
func redirects(op *huma.Operation) {
	op.DefaultStatus = http.StatusFound
}

// sendsPage says that the answer is a page.
func sendsPage(op *huma.Operation) {
	op.Responses = map[string]*huma.Response{"200": {
		Description: "A page that goes on by itself", Content: map[string]*huma.MediaType{"text/html": {Schema: &huma.Schema{Type: huma.TypeString}}},
	}}
}

func (s *Server) startProviderLogin(ctx context.Context, in *providerStart) (*redirect, error) {
	if err := s.needAccounts(); err != nil {
		return nil, err
	}
	to, flow, err := s.accounts.OIDCStart(ctx, in.Next, fromOf(ctx))
	if err != nil {
		return nil, notLetIn(ctx, err)
	}
	return &redirect{Status: http.StatusFound, Location: to, SetCookie: []http.Cookie{s.flowCookie(ctx, flow.Reveal(), flowLifetime)}}, nil
}

// finishProviderLogin answers with a page, not with a redirect: browsers leave a cookie
// that is SameSite=Strict out of a navigation that another site began, and a redirect is
// part of it. The page begins a new one.
func (s *Server) finishProviderLogin(ctx context.Context, in *providerReturn) (*huma.StreamResponse, error) {
	if err := s.needAccounts(); err != nil {
		return nil, err
	}
	var flow string
	if c, err := requestOf(ctx).Cookie(nameOfFlow(isSecure(requestOf(ctx)))); err == nil {
		flow = c.Value
	}
	result, err := s.accounts.OIDCFinish(ctx, flow, accounts.Return{State: in.State, Code: in.Code, Issuer: in.Issuer, Error: in.Error}, fromOf(ctx))
	to := s.options.BasePath + result.Next
	cookies := []http.Cookie{s.flowCookie(ctx, "", -1)}
	switch {
	case err != nil:
		to = s.options.BasePath + "/login?error=" + string(problemOf(ctx, err).Code)
	case result.Cookie != "":
		noteActor(ctx, result.Actor)
		cookies = append(cookies, s.accountCookie(ctx, &result))
	}
	return &huma.StreamResponse{Body: func(hctx huma.Context) {
		for i := range cookies {
			hctx.AppendHeader("Set-Cookie", cookies[i].String())
		}
		hctx.SetHeader("Content-Type", "text/html; charset=utf-8")
		hctx.SetHeader("Cache-Control", "no-store")
		hctx.SetStatus(http.StatusOK)
		if err := onwards.Execute(hctx.BodyWriter(), to); err != nil {
			s.log.DebugContext(hctx.Context(), "an answer could not be sent", "error", err)
		}
	}}, nil
}

// onwards is a page that goes to another one of ours without a script.
var onwards = template.Must(template.New("onwards").Parse(`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta http-equiv="refresh" content="0;url={{.}}">
<title>LoRA Manager</title></head><body><p><a href="{{.}}">Go on to LoRA Manager</a></p></body></html>
`))
