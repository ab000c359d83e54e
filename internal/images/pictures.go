package images

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"strings"

	"golang.org/x/sync/semaphore"

	"loramanager/internal/guard"
	"loramanager/internal/infotext"
	"loramanager/internal/lora"
)

// PicturesOptions adjust Pictures. Shelf and Decoder are required.
type PicturesOptions struct {
	Shelf   Shelf
	Decoder *guard.Decoder // shared by the whole server
	// AtOnce is how many pictures are prepared at the same time; 2. Each takes the memory
	// of its file twice, beside what the Decoder's budget counts.
	AtOnce int
	// Thumbnails makes reduced copies of kept pictures; nil when nobody asks for them.
	Thumbnails *Store
}

// Pictures keeps the pictures that jobs make and users upload, once for each content,
// under the SHA-256 of the bytes that are kept. It is safe for use by many goroutines.
type Pictures struct {
	shelf   Shelf
	decoder *guard.Decoder
	atOnce  *semaphore.Weighted
	thumbs  *Store
}

// NewPictures returns Pictures.
func NewPictures(o PicturesOptions) *Pictures {
	if o.AtOnce <= 0 {
		o.AtOnce = 2
	}
	return &Pictures{shelf: o.Shelf, decoder: o.Decoder, atOnce: semaphore.NewWeighted(int64(o.AtOnce)), thumbs: o.Thumbnails}
}

// Texts are what is written into a picture. Empty ones are not written.
type Texts struct {
	// Parameters is a text in A1111's form. A picture whose engine has written its
	// parameters keeps those instead.
	Parameters string
	// Note is this program's own JSON, which replaces any other of its kind.
	Note string
}

// The keys texts are found under.
const (
	keyParameters  = "parameters"
	keyUserComment = "UserComment"
	keyNote        = "loramanager"
)

// Prepared is a picture that has been checked and is ready to be kept.
type Prepared struct {
	// Image says what will be kept; Index and Seed are the caller's to fill. Infotext is
	// the text of parameters that is in the picture.
	Image lora.Image
	// LeftOut are keys of texts for which the format had no room.
	LeftOut []string

	data []byte
}

// Prepare checks a picture from outside by decoding it, writes its container anew with
// texts in it, and measures the result. It keeps nothing. Errors are those of guard's
// Rewrap: Invalid, TooLarge, or Unavailable when ctx ends first.
func (p *Pictures) Prepare(ctx context.Context, picture []byte, texts Texts) (Prepared, error) {
	if err := p.atOnce.Acquire(ctx, 1); err != nil {
		return Prepared{}, notInTime(err)
	}
	defer p.atOnce.Release(1)
	wrapped, err := p.decoder.Rewrap(ctx, picture, texts.writeInto)
	if err != nil {
		return Prepared{}, err
	}
	sum := sha256.Sum256(wrapped.Data)
	return Prepared{
		Image: lora.Image{
			SHA256: hex.EncodeToString(sum[:]), Type: wrapped.Type,
			Width: wrapped.Width, Height: wrapped.Height, SizeBytes: len(wrapped.Data),
			Infotext: parametersOf(wrapped.Texts),
		},
		LeftOut: wrapped.LeftOut,
		data:    wrapped.Data,
	}, nil
}

// writeInto adds the texts to those found in a picture.
func (t Texts) writeInto(found []guard.PictureText) []guard.PictureText {
	var all []guard.PictureText
	if t.Parameters != "" && parametersOf(found) == "" {
		all = append(all, guard.PictureText{Key: keyParameters, Text: t.Parameters})
	}
	for _, text := range found {
		if t.Note == "" || text.Key != keyNote {
			all = append(all, text)
		}
	}
	if t.Note != "" {
		all = append(all, guard.PictureText{Key: keyNote, Text: t.Note})
	}
	return all
}

// parametersOf returns the first text where parameters belong that is about a generation:
// cameras leave comments there too.
func parametersOf(texts []guard.PictureText) string {
	for _, text := range texts {
		if text.Key != keyParameters && text.Key != keyUserComment {
			continue
		}
		if _, ok := infotext.Read([]infotext.Text{{Key: text.Key, Text: text.Text}}); ok {
			return text.Text
		}
	}
	return ""
}

// Put keeps a prepared picture. Keeping it again changes nothing. The record that names
// it must be committed before: then a crash leaves a record without a picture, which is
// seen, and never a picture that nobody knows of. Errors are StorageFull, or Unavailable
// for what may pass; nothing half is visible after either.
func (p *Pictures) Put(ctx context.Context, picture Prepared) error {
	return p.shelf.Put(ctx, fileName(picture.Image.SHA256, picture.Image.Type), picture.Image.Type, picture.data)
}

// Keep prepares a picture, has reserve commit the record of it, and puts it.
func (p *Pictures) Keep(ctx context.Context, picture []byte, texts Texts, reserve func(lora.Image) error) (Prepared, error) {
	prepared, err := p.Prepare(ctx, picture, texts)
	if err != nil {
		return Prepared{}, err
	}
	if err := reserve(prepared.Image); err != nil {
		return Prepared{}, err
	}
	return prepared, p.Put(ctx, prepared)
}

// Open returns a kept picture and its type; NotFound when there is none.
func (p *Pictures) Open(ctx context.Context, sha string) (io.ReadSeekCloser, string, error) {
	if !isDigest(sha) {
		return nil, "", unknown()
	}
	for _, kind := range kinds {
		file, err := p.shelf.Open(ctx, fileName(sha, kind.contentType))
		if lora.CodeOf(err) == lora.NotFound {
			continue
		}
		return file, kind.contentType, err
	}
	return nil, "", unknown()
}

// Size returns the bytes of a kept picture; NotFound when there is none.
func (p *Pictures) Size(ctx context.Context, sha string) (int64, error) {
	if !isDigest(sha) {
		return 0, unknown()
	}
	for _, kind := range kinds {
		size, err := p.shelf.Size(ctx, fileName(sha, kind.contentType))
		if lora.CodeOf(err) != lora.NotFound {
			return size, err
		}
	}
	return 0, unknown()
}

// Has reports whether a picture is kept.
func (p *Pictures) Has(ctx context.Context, sha string) (bool, error) {
	_, err := p.Size(ctx, sha)
	if lora.CodeOf(err) == lora.NotFound {
		return false, nil
	}
	return err == nil, err
}

// Delete removes a picture for good. One that is not kept is no error. The caller makes
// sure that no record names it any longer.
func (p *Pictures) Delete(ctx context.Context, sha string) error {
	if !isDigest(sha) {
		return nil
	}
	for _, kind := range kinds {
		if err := p.shelf.Delete(ctx, fileName(sha, kind.contentType)); err != nil {
			return err
		}
	}
	return nil
}

// Walk hands over the digest and size in bytes of every kept picture, in any order,
// until visit returns an error, which it then returns.
func (p *Pictures) Walk(ctx context.Context, visit func(sha string, size int64) error) error {
	return p.shelf.Walk(ctx, func(name string, size int64) error {
		base := name[strings.LastIndexByte(name, '/')+1:]
		sha, ext, _ := strings.Cut(base, ".")
		for _, kind := range kinds {
			if ext == kind.ext && isDigest(sha) && name == fileName(sha, kind.contentType) {
				return visit(sha, size)
			}
		}
		return nil
	})
}

// Texts returns what a picture from outside says about itself, without keeping it.
func (p *Pictures) Texts(ctx context.Context, picture []byte) (guard.PictureFacts, error) {
	return p.decoder.Texts(ctx, picture)
}

// Thumbnail returns a kept picture reduced as Store.Thumbnail does.
func (p *Pictures) Thumbnail(ctx context.Context, sha string, width int) (Thumbnail, error) {
	return p.thumbs.Thumbnail(ctx, func() (io.ReadSeekCloser, error) {
		file, _, err := p.Open(context.WithoutCancel(ctx), sha)
		return file, err
	}, sha, width)
}

// kinds are the types pictures are kept as, the most frequent first.
var kinds = []struct{ contentType, ext string }{
	{"image/png", "png"}, {"image/jpeg", "jpg"}, {"image/webp", "webp"},
}

// Extension returns the ending of file names for a type of picture, without a dot.
func Extension(contentType string) string {
	for _, kind := range kinds {
		if kind.contentType == contentType {
			return kind.ext
		}
	}
	return "bin"
}

func fileName(sha, contentType string) string {
	return sha[:2] + "/" + sha[2:4] + "/" + sha + "." + Extension(contentType)
}

func isDigest(sha string) bool {
	return len(sha) == 64 && strings.Trim(sha, "0123456789abcdef") == ""
}

func unknown() error { return lora.Errorf(lora.NotFound, "There is no such picture.") }
