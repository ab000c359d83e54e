package httpapi

import (
	"context"
	"encoding/base64"
	"net/http"
)

// TOTPSecret is what an authenticator app needs to know.
type TOTPSecret struct {
	Secret string `json:"secret" doc:"Base32, to type in"`
	URI    string `json:"uri" doc:"otpauth: address, to open in an app"`
	QR     string `json:"qr" doc:"The address as a QR code: a data: address of a PNG"`
}

// TOTPCode shows that the app knows the secret.
type TOTPCode struct {
	Code string `json:"code" maxLength:"16" doc:"Six figures"`
}

// RecoveryCodes stand in for a lost second factor, each once.
type RecoveryCodes struct {
	RecoveryCodes []string `json:"recovery_codes" doc:"Shown this once"`
}

func (s *Server) routeAccountTOTP() {
	route(s, http.MethodPost, "/account/totp", "beginTOTP", tagAccount, "Begin to set up an authenticator app", s.beginTOTP,
		describe("Nothing changes until a code of the app confirms it."))
	route(s, http.MethodPost, "/account/totp/confirm", "confirmTOTP", tagAccount, "Turn the authenticator app on", s.confirmTOTP)
	route(s, http.MethodPost, "/account/totp/recovery", "renewRecoveryCodes", tagAccount, "Make new recovery codes", s.renewRecoveryCodes,
		describe("Those from before are void."))
	route(s, http.MethodDelete, "/account/totp", "removeTOTP", tagAccount, "Turn the authenticator app off", s.removeTOTP)
}

func (s *Server) beginTOTP(ctx context.Context, in *struct{ Body Proof }) (*reply[TOTPSecret], error) {
	made, err := s.accounts.BeginTOTP(ctx, *actorOf(ctx), in.Body.Password)
	return answer(TOTPSecret{
		Secret: made.Secret.Reveal(), URI: made.URI.Reveal(), QR: "data:image/png;base64," + base64.StdEncoding.EncodeToString(made.QR),
	}, err)
}

func (s *Server) confirmTOTP(ctx context.Context, in *struct{ Body TOTPCode }) (*reply[RecoveryCodes], error) {
	codes, err := s.accounts.ConfirmTOTP(ctx, *actorOf(ctx), in.Body.Code)
	return answer(RecoveryCodes{RecoveryCodes: list(codes)}, err)
}

func (s *Server) renewRecoveryCodes(ctx context.Context, in *struct{ Body Proof }) (*reply[RecoveryCodes], error) {
	codes, err := s.accounts.RenewRecoveryCodes(ctx, *actorOf(ctx), in.Body.Password)
	return answer(RecoveryCodes{RecoveryCodes: list(codes)}, err)
}

func (s *Server) removeTOTP(ctx context.Context, in *struct{ Body Proof }) (*none, error) {
	return nil, s.accounts.RemoveTOTP(ctx, *actorOf(ctx), in.Body.Password)
}
