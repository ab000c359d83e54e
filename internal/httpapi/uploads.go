package httpapi

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"
	"golang.org/x/sync/semaphore"

	"loramanager/internal/lora"
)

const (
	// uploadBudget is what pictures on their way in may take together, in bytes.
	uploadBudget = 2 * maxPictureBytes
	// uploadTurn is how long a picture waits for its share.
	uploadTurn = 30 * time.Second
)

// shareUploads lets a picture in when there is room for it, before its body is read.
func shareUploads(budget *semaphore.Weighted) func(*huma.Operation) {
	return func(op *huma.Operation) {
		op.Middlewares = append(op.Middlewares, func(hctx huma.Context, next func(huma.Context)) {
			r, w := humachi.Unwrap(hctx)
			share := min(max(r.ContentLength, 1), maxPictureBytes)
			if r.ContentLength < 0 { // whoever sends it does not say
				share = maxPictureBytes
			}
			ctx, cancel := context.WithTimeout(r.Context(), uploadTurn)
			defer cancel()
			if err := budget.Acquire(ctx, share); err != nil {
				w.Header().Set("Retry-After", "5")
				writeProblem(w, newProblem(r.Context(), http.StatusServiceUnavailable, lora.Unavailable, "Too many pictures are being uploaded. Try again in a moment."))
				return
			}
			defer budget.Release(share)
			next(hctx)
		})
	}
}
