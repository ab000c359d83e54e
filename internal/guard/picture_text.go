package guard

import (
	"bytes"
	"context"
	"image"
	"strings"
	"unicode/utf8"

	"loramanager/internal/lora"
)

// Carrier says in which part of a picture a text was found.
type Carrier string

// The carriers.
const (
	InText    Carrier = "text"    // PNG tEXt, zTXt or iTXt; Key is the chunk's keyword
	InExif    Carrier = "exif"    // Key is the tag's name, or the word before the colon of "word:{json}"
	InXMP     Carrier = "xmp"     // Key is XMP, Text its XML
	InComment Carrier = "comment" // JPEG COM; Key is Comment
	InPixels  Carrier = "pixels"  // hidden in the lowest bits of a PNG's pixels; Key is parameters
)

// PictureText is one text inside a picture, valid UTF-8 without control characters
// other than line ends and tabs. It comes from outside: it is shown, never obeyed.
type PictureText struct {
	Key     string
	Text    string
	Carrier Carrier
}

// PictureFacts are what a picture says about itself.
type PictureFacts struct {
	Type          string // image/png, image/jpeg, image/gif or image/webp
	Width, Height int    // pixels, as stored
	Texts         []PictureText
}

// Budgets for texts inside pictures.
const (
	maxTexts       = 64      // text chunks or tags of one picture
	maxTextBytes   = 1 * mib // one text, inflated
	maxTextsTotal  = 8 * mib // all texts of one picture
	maxPictureTags = 256     // entries of one EXIF directory
)

// texts collects what is found in one picture, within the budgets. What exceeds them is
// left out: a picture is not refused for it.
type texts struct {
	found       []PictureText
	looked      int // texts looked at, whether kept or not
	bytes       int
	orientation int // EXIF; 0 when it is not stated
}

// room reports whether another text may be looked at.
func (t *texts) room() bool {
	t.looked++
	return t.looked <= maxTexts
}

func (t *texts) add(carrier Carrier, key, text string) {
	text = cleanText(text)
	key = cleanText(key)
	if key == "" || text == "" || len(text) > maxTextBytes || t.bytes+len(text) > maxTextsTotal {
		return
	}
	t.bytes += len(text)
	t.found = append(t.found, PictureText{Key: key, Text: text, Carrier: carrier})
}

// cleanText makes text valid UTF-8 and takes out control characters.
func cleanText(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\t' && r != '\r' || r == 0x7f {
			return -1
		}
		return r
	}, strings.ToValidUTF8(text, "\ufffd"))
}

// latin1 decodes text whose format says Latin-1 but whose writers often mean UTF-8.
func latin1(data []byte) string {
	if utf8.Valid(data) {
		return string(data)
	}
	runes := make([]rune, len(data))
	for i, b := range data {
		runes[i] = rune(b)
	}
	return string(runes)
}

// Texts returns what the picture says about itself. Only its containers are read,
// nothing is decoded, unless it is a PNG without any such text: then its pixels are
// searched, within the limits of Decode. Errors are those of Decode.
func (d *Decoder) Texts(ctx context.Context, data []byte) (PictureFacts, error) {
	s, err := d.measured(data)
	if err != nil {
		return PictureFacts{}, err
	}
	t := containerTexts(data, s.format)
	if t.search(s.format) {
		err = d.Decode(ctx, bytes.NewReader(data), func(p Picture) error {
			t.addHidden(p.Image)
			return nil
		})
	}
	return PictureFacts{Type: "image/" + s.format, Width: s.width, Height: s.height, Texts: t.found}, err
}

// containerTexts reads the texts of a container. What is damaged behind them is no reason
// to hide them.
func containerTexts(data []byte, format string) texts {
	var t texts
	switch format {
	case formatPNG:
		_ = eachPNGChunk(data, func(c pngPart) error { readPNGText(&t, c); return nil })
	case formatJPEG:
		_ = eachJPEGSegment(data, func(c jpegPart) error { readJPEGText(&t, c); return nil })
	case formatWebP:
		_ = eachWebPChunk(data, func(c webpPart) error { readWebPText(&t, c); return nil })
	}
	return t
}

// search reports whether pixels are worth searching: only PNG keeps the lowest bits, and
// who hides a text has not written another.
func (t *texts) search(format string) bool { return len(t.found) == 0 && format == formatPNG }

func (t *texts) addHidden(img image.Image) {
	if text := hiddenText(img); text != "" {
		t.add(InPixels, "parameters", text)
	}
}

// measured checks a picture's size and headers against the limits.
func (d *Decoder) measured(data []byte) (shape, error) {
	if int64(len(data)) > d.limits.PictureBytes {
		return shape{}, lora.Errorf(lora.TooLarge, "The picture file is larger than %d MiB.", d.limits.PictureBytes/mib)
	}
	s, err := measure(bytes.NewReader(data))
	if err != nil {
		return shape{}, err
	}
	return s, d.check(s)
}
