package engine

import (
	"context"
	"errors"
	"maps"

	"loramanager/internal/guard"
	"loramanager/internal/lora"
)

// Ways of delivery. cli is the older word for file.
const (
	deliverHTTP = "http"
	deliverFile = "file"
	deliverCLI  = "cli"
)

// Deliveries made at the same time, by way.
const (
	httpSlots = 4
	fileSlots = 2
)

// deliverer sends prompts and pictures out of the program.
type deliverer struct {
	options Deliveries
	limits  guard.Limits
	targets *guard.Targets
	folder  *guard.Root // nil when none is configured
}

func newDeliverer(o Options) (*deliverer, error) {
	d := &deliverer{options: o.Deliveries, limits: o.Limits}
	var err error
	if d.targets, err = guard.TargetClient(o.Deliveries.Allowed, o.Limits); err != nil {
		return nil, err
	}
	if o.Deliveries.Folder != "" {
		if d.folder, err = guard.OpenRoot(o.Deliveries.Folder); err != nil {
			return nil, err
		}
	}
	return d, nil
}

func (d *deliverer) close() error {
	d.targets.Close()
	if d.folder != nil {
		return d.folder.Close()
	}
	return nil
}

func (d *deliverer) slots() map[string]int {
	return map[string]int{deliverHTTP: httpSlots, deliverFile: fileSlots}
}

// deliveryMode is the way of delivery a word means; empty for none.
func deliveryMode(word string) string {
	switch word {
	case deliverHTTP:
		return deliverHTTP
	case deliverFile, deliverCLI:
		return deliverFile
	}
	return ""
}

// Deliver sends a prompt, and the pictures that belong to it, to an http address or into
// the configured folder. The result is for the record, also beside an error: status ("ok",
// "error" or the HTTP status), detail, and what the way of delivery adds. Errors are
// *lora.EngineError.
func (r *Registry) Deliver(ctx context.Context, delivery lora.DeliveryTask) (map[string]any, error) {
	var result map[string]any
	var err error
	switch deliveryMode(delivery.Mode) {
	case deliverHTTP:
		result, err = r.deliver.http(ctx, delivery)
	case deliverFile:
		result, err = r.deliver.file(delivery)
	default:
		result = map[string]any{"status": "error", "detail": "unknown mode: " + delivery.Mode}
		err = failure(lora.EngineNotFound, nil, "There is no way of delivery called %q. Choose http or file.", guard.DisplayName(delivery.Mode))
	}
	if err == nil {
		return result, nil
	}
	failed := asFailure(ctx, err)
	if result == nil {
		result = map[string]any{"status": "error", "detail": failed.Message}
	}
	return result, failed
}

// paramsOf are the parameters of a way of delivery, which may also stand in an object
// named after it.
func paramsOf(delivery lora.DeliveryTask, names ...string) map[string]any {
	params := maps.Clone(delivery.Params)
	if params == nil {
		params = map[string]any{}
	}
	for _, name := range names {
		if nested, ok := delivery.Params[name].(map[string]any); ok {
			maps.Copy(params, nested)
		}
	}
	return params
}

// refusedDelivery turns a *lora.Error into the failure of a delivery.
func refusedDelivery(err error) error {
	var known *lora.Error
	if errors.As(err, &known) && known.Code != lora.Unavailable && known.Code != lora.StorageFull {
		return failure(lora.EngineRefused, err, "%s", known.Message)
	}
	return err
}
