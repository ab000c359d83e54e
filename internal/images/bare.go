package images

import (
	"context"

	"loramanager/internal/guard"
	"loramanager/internal/lora"
)

// Bare writes a picture's container anew without any text in it. Text that a producer
// hid in the pixels themselves stays.
func (p *Pictures) Bare(ctx context.Context, picture []byte) ([]byte, error) {
	if err := p.atOnce.Acquire(ctx, 1); err != nil {
		return nil, notInTime(err)
	}
	defer p.atOnce.Release(1)
	wrapped, err := p.decoder.Rewrap(ctx, picture, func([]guard.PictureText) []guard.PictureText { return nil })
	return wrapped.Data, err
}

// FileName is the name a Shelf keeps a picture under.
func FileName(image *lora.Image) string { return fileName(image.SHA256, image.Type) }
