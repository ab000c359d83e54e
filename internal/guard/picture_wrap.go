package guard

import (
	"bytes"
	"context"
	"errors"

	"loramanager/internal/lora"
)

// Wrapped is a picture whose container was written anew.
type Wrapped struct {
	PictureFacts // Texts are those written
	Data         []byte
	// LeftOut are the keys of texts for which the format has no room: a JPEG's EXIF
	// block ends at 64 KiB.
	LeftOut []string
}

// Rewrap decodes a PNG, JPEG or WebP picture as a whole, to know that it is one, and
// writes its container anew around the same pixels: only parts that are known stay, so
// nothing can hide behind, between or before them, and a file that is two things at once
// becomes one. Of an animation the first picture stays. Of what the picture says about
// itself the texts and the orientation stay; edit may change the texts, which go by key
// to where readers look for them: parameters and UserComment to EXIF's UserComment in
// JPEG and WebP, all to text chunks in PNG unless they came from EXIF. Errors are those
// of Decode; a GIF is Invalid.
func (d *Decoder) Rewrap(ctx context.Context, data []byte, edit func([]PictureText) []PictureText) (Wrapped, error) {
	s, err := d.measured(data)
	if err != nil {
		return Wrapped{}, err
	}
	wrap, known := wrappers[s.format]
	if !known {
		return Wrapped{}, lora.Errorf(lora.Invalid, "Only PNG, JPEG and WebP pictures are kept.")
	}
	w := Wrapped{PictureFacts: PictureFacts{Type: "image/" + s.format}}
	found := containerTexts(data, s.format)
	if err := d.Decode(ctx, bytes.NewReader(data), func(p Picture) error {
		size := p.Image.Bounds().Size()
		w.Width, w.Height = size.X, size.Y
		if found.search(s.format) {
			found.addHidden(p.Image)
		}
		return nil
	}); err != nil {
		return Wrapped{}, err
	}
	w.Texts = found.found
	if edit != nil {
		w.Texts = edit(w.Texts)
	}
	if err := wrap(&w, data, found.orientation); err != nil {
		return Wrapped{}, damaged(err)
	}
	w.Texts = writtenOf(w.Texts, w.LeftOut)
	return w, nil
}

// wrappers write w.Data from the picture's own parts and w.Texts.
var wrappers = map[string]func(w *Wrapped, data []byte, orientation int) error{
	formatPNG: wrapPNG, formatJPEG: wrapJPEG, formatWebP: wrapWebP,
}

var errNoPixels = errors.New("there is no picture data")

// isHidden reports texts that lie in the pixels, which stay as they are.
func isHidden(t PictureText) bool { return t.Carrier == InPixels }

func isXMP(t PictureText) bool { return t.Key == "XMP" }

func writtenOf(texts []PictureText, leftOut []string) []PictureText {
	missing := map[string]int{}
	for _, key := range leftOut {
		missing[key]++
	}
	var written []PictureText
	for i := len(texts) - 1; i >= 0; i-- { // of several with one key the last are left out
		if missing[texts[i].Key] > 0 {
			missing[texts[i].Key]--
			continue
		}
		written = append([]PictureText{texts[i]}, written...)
	}
	return written
}
