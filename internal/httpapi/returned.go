package httpapi

import (
	"context"
	"encoding/base64"
	"io"

	"loramanager/internal/lora"
)

// The formats pictures are returned in. Any other one is base64, as the contract has it.
const (
	formatBase64 = "base64"
	formatPath   = "file_path"
	formatURL    = "url"
)

// maxReturnedBytes bounds the pictures of one reply in base64; those beyond are returned
// as addresses.
const maxReturnedBytes = 128 << 20

// returned are a job's pictures in a format; nil when it has none.
func (s *Server) returned(ctx context.Context, j *lora.Job, format string) ([]string, error) {
	var images []string
	total := 0
	for i := range j.Images {
		image := &j.Images[i]
		text := PictureURL(image.SHA256)
		switch format {
		case formatURL:
		case formatPath:
			if path := s.options.PicturePath(image); path != "" {
				text = path
			}
		default:
			if total += image.SizeBytes; total > maxReturnedBytes {
				break
			}
			picture, err := s.pictureBytes(ctx, image.SHA256)
			if err != nil {
				return nil, err
			}
			text = base64.StdEncoding.EncodeToString(picture)
		}
		images = append(images, text)
	}
	return images, nil
}

// pictureBytes reads a kept picture.
func (s *Server) pictureBytes(ctx context.Context, sha256 string) ([]byte, error) {
	picture, _, err := s.pictures.Open(ctx, sha256)
	if err != nil {
		return nil, err
	}
	defer func() { _ = picture.Close() }() // only read
	data, err := io.ReadAll(io.LimitReader(picture, maxPictureBytes+1))
	if err == nil && len(data) > maxPictureBytes {
		err = lora.Errorf(lora.TooLarge, "The picture is too large to be returned in base64; ask for its url.")
	}
	return data, err
}
