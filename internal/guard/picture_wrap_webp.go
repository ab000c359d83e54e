package guard

import (
	"encoding/binary"
)

// Flags of the VP8X chunk.
const (
	webpICC   = 0x20
	webpAlpha = 0x10
	webpExif  = 0x08
	webpXMP   = 0x04
)

// wrapWebP always writes the extended form: its first chunk says what else there is.
func wrapWebP(w *Wrapped, data []byte, orientation int) error {
	var icc, alpha, pixels webpPart
	err := eachWebPChunk(data, func(c webpPart) error {
		switch {
		case pixels.data != nil: // nothing that stands behind the pixels belongs to them
		case c.kind == "VP8 " || c.kind == "VP8L":
			pixels = c
		case c.kind == "ALPH":
			alpha = c
		case c.kind == "ICCP":
			icc = c
		}
		return nil
	})
	if err != nil {
		return err
	}
	if pixels.data == nil {
		return errNoPixels
	}
	var exif []PictureText
	var xmp webpPart
	for _, t := range w.Texts {
		if isXMP(t) && xmp.data == nil {
			xmp = webpPart{"XMP ", []byte(t.Text)}
			continue
		}
		exif = append(exif, t)
	}
	block, leftOut := exifOf(exif, orientation, maxTextsTotal)
	w.LeftOut = append(w.LeftOut, leftOut...)
	if pixels.kind == "VP8L" {
		alpha = webpPart{} // it belongs to lossy pictures only
	}
	parts := []webpPart{icc, alpha, pixels, {"EXIF", block}, xmp}
	w.Data = riffOf(append([]webpPart{{"VP8X", extended(w, parts)}}, parts...))
	return nil
}

// extended is the content of VP8X: flags and the size of the picture, less one.
func extended(w *Wrapped, parts []webpPart) []byte {
	var flags byte
	for _, c := range parts {
		switch {
		case c.data == nil:
		case c.kind == "ICCP":
			flags |= webpICC
		case c.kind == "ALPH", c.kind == "VP8L" && len(c.data) >= 5 && c.data[4]&0x10 != 0:
			flags |= webpAlpha
		case c.kind == "EXIF":
			flags |= webpExif
		case c.kind == "XMP ":
			flags |= webpXMP
		}
	}
	width, height := w.Width-1, w.Height-1
	return []byte{
		flags, 0, 0, 0,
		byte(width), byte(width >> 8), byte(width >> 16), //nolint:gosec // the bytes of a number of 24 bits
		byte(height), byte(height >> 8), byte(height >> 16), //nolint:gosec // the bytes of a number of 24 bits
	}
}

func riffOf(parts []webpPart) []byte {
	out := []byte("RIFF\x00\x00\x00\x00WEBP")
	for _, c := range parts {
		if c.data == nil {
			continue
		}
		out = append(out, c.kind...)
		out = binary.LittleEndian.AppendUint32(out, uint32(len(c.data))) //nolint:gosec // parts of a file within the limit of bytes
		out = append(out, c.data...)
		if len(c.data)%2 == 1 {
			out = append(out, 0)
		}
	}
	binary.LittleEndian.PutUint32(out[4:], uint32(len(out)-8)) //nolint:gosec // the same
	return out
}
