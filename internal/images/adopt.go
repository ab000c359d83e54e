package images

import (
	"context"

	"loramanager/internal/lora"
)

// Check decodes a picture that was kept somewhere before, such as in an archive, under
// the digest sha, and measures it. It keeps nothing. Invalid for what is no picture, and
// for one whose container was not written here: written anew, its digest is another.
func (p *Pictures) Check(ctx context.Context, picture []byte, sha string) (lora.Image, error) {
	prepared, err := p.adopt(ctx, picture, sha)
	return prepared.Image, err
}

// Adopt keeps a picture that Check accepts. The record of it must be committed before.
func (p *Pictures) Adopt(ctx context.Context, picture []byte, sha string) error {
	prepared, err := p.adopt(ctx, picture, sha)
	if err != nil {
		return err
	}
	return p.Put(ctx, prepared)
}

func (p *Pictures) adopt(ctx context.Context, picture []byte, sha string) (Prepared, error) {
	prepared, err := p.Prepare(ctx, picture, Texts{})
	if err != nil {
		return Prepared{}, err
	}
	if prepared.Image.SHA256 != sha {
		return Prepared{}, lora.Errorf(lora.Invalid, "The picture was not written by this program, or was changed since.")
	}
	return prepared, nil
}
