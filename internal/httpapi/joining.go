package httpapi

import (
	"context"
	"errors"

	"loramanager/internal/lora"
)

var errNotJoined = lora.Errorf(lora.Unavailable, "This part of the server is not running.")

const formatBase64 = "base64"

func asNoBackend(err error, to **noBackendError) bool { return errors.As(err, to) }

func (s *Server) submit(context.Context, *order) (lora.Job, error) { return lora.Job{}, errNotJoined }

func (s *Server) returned(context.Context, *lora.Job, string) ([]string, error) {
	return nil, errNotJoined
}

func formatOf(*lora.Job) string { return formatBase64 }

func (s *Server) deliver(context.Context, *DeliveryWrite) (lora.Job, error) {
	return lora.Job{}, errNotJoined
}

func (s *Server) existing(context.Context, []string) (map[string]bool, error) {
	return nil, errNotJoined
}

func (s *Server) lostOf(context.Context, []lora.Composed) ([]lora.LostAdapter, error) {
	return nil, errNotJoined
}

func (s *Server) compose(context.Context, *ComposeRequest) (*ComposeReply, error) {
	return nil, errNotJoined
}

func (s *Server) composePrompt(context.Context, *struct{ Body ComposeRequest }) (*reply[ComposeReply], error) {
	return nil, errNotJoined
}

func (s *Server) composeDialects(context.Context, *struct{ Body ComposeRequest }) (*reply[DialectsReply], error) {
	return nil, errNotJoined
}

func (s *Server) parsePrompt(context.Context, *struct{ Body ParseRequest }) (*reply[Rebuilt], error) {
	return nil, errNotJoined
}

func (s *Server) readPicture(context.Context, *pictureInput) (*reply[RebuiltFromPicture], error) {
	return nil, errNotJoined
}

func (s *Server) expandPrompt(context.Context, *struct{ Body ExpandRequest }) (*reply[Expanded], error) {
	return nil, errNotJoined
}

func (s *Server) listWildcards(context.Context, *none) (*reply[WildcardList], error) {
	return nil, errNotJoined
}

func (s *Server) importComposition(context.Context, *struct{ Body SharedComposition }) (*reply[CompositionImported], error) {
	return nil, errNotJoined
}

func (s *Server) activateComposition(context.Context, *ByID) (*reply[CompositionActivated], error) {
	return nil, errNotJoined
}

func (s *Server) shareComposition(context.Context, *ByID) (*reply[SharedComposition], error) {
	return nil, errNotJoined
}
