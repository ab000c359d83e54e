package jobs

import (
	"encoding/json"

	"loramanager/internal/lora"
)

// Request asks for a generation.
type Request struct {
	// Params may tag adapters in the prompt, in the named dialect.
	Params  lora.GenerationParams
	Dialect string // a1111 when empty
	// Engine is an engine's name or kind; empty and "auto" leave the choice to us.
	Engine string
	// Mode, SaveImages and ReturnFormat are kept as asked for; they say how the result is
	// shown.
	Mode         string
	SaveImages   bool
	ReturnFormat string
	Deliver      *Deliver
	Terms
}

// DeliveryRequest asks for a prompt to be sent out.
type DeliveryRequest struct {
	Prompt string
	// Mode is http, file or cli; the name or kind of an engine makes it a generation with
	// the generation_params of Params. Any other mode is accepted and fails, as the
	// contract wants.
	Mode   string
	Params json.RawMessage // an object; empty is {}
	Terms
}

// Terms are what generations and deliveries have in common.
type Terms struct {
	Priority       *int // 0 (last) to 9 (first); nil is 5
	CompositionID  string
	ParentID       string
	Owner          string
	Account        int64  // whose quota and share of the queue it takes; 0 has neither
	IdempotencyKey string // the same key gives the same job
}

// The ways of delivery are engines without a picture.
const (
	wayHTTP = "http"
	wayFile = "file"
	// noWay takes jobs whose mode nobody knows. Workers end them.
	noWay = "none"
)

// wayOf is the way of delivery that a mode means; cli is the prototype's word for file.
func wayOf(mode string) string {
	switch mode {
	case wayHTTP:
		return wayHTTP
	case wayFile, "cli":
		return wayFile
	}
	return noWay
}

const (
	defaultPriority = 5
	topPriority     = 9
	// deliveryKey begins the idempotency key of a delivery ordered with a generation.
	deliveryKey = "delivery-of:"
)
