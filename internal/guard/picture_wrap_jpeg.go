package guard

import (
	"bytes"
	"encoding/binary"
)

// maxSegment is how many bytes of content one JPEG segment can have.
const maxSegment = 65533

func wrapJPEG(w *Wrapped, data []byte, orientation int) error {
	var out, body bytes.Buffer
	out.Write([]byte{0xff, jpegSOI})
	var jfif []byte
	scans := 0
	err := eachJPEGSegment(data, func(c jpegPart) error {
		switch {
		case c.marker == jpegAPP0 && bytes.HasPrefix(c.data, []byte(jfifHead)) && len(c.data) >= 14:
			// The thumbnail behind the twelve bytes is not taken over.
			jfif = append(append(jfif[:0], c.data[:12]...), 0, 0)
		case c.marker == jpegAPP2 && bytes.HasPrefix(c.data, []byte(iccHead)):
			writeSegment(&body, c)
		case c.marker == jpegAPPE && bytes.HasPrefix(c.data, []byte(adobe)) && len(c.data) >= 12:
			writeSegment(&body, jpegPart{marker: jpegAPPE, data: c.data[:12]})
		case c.marker == jpegSOS:
			scans++
			writeSegment(&body, c)
		case c.marker >= jpegSOF0 && c.marker <= jpegSOF2, c.marker == jpegDHT, c.marker == jpegDQT, c.marker == jpegDRI:
			writeSegment(&body, c)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if scans == 0 {
		return errNoPixels
	}
	if jfif != nil {
		writeSegment(&out, jpegPart{marker: jpegAPP0, data: jfif})
	}
	writeJPEGTexts(&out, w, orientation)
	out.Write(body.Bytes())
	out.Write([]byte{0xff, jpegEOI})
	w.Data = out.Bytes()
	return nil
}

func writeJPEGTexts(out *bytes.Buffer, w *Wrapped, orientation int) {
	var exif []PictureText
	var other []jpegPart
	for _, t := range w.Texts {
		switch {
		case isXMP(t):
			other = append(other, jpegPart{marker: jpegAPP1, data: append([]byte(xmpHead), t.Text...)})
		case t.Key == "Comment":
			other = append(other, jpegPart{marker: jpegCOM, data: []byte(t.Text)})
		default:
			exif = append(exif, t)
			continue
		}
		if last := len(other) - 1; len(other[last].data) > maxSegment {
			other = other[:last]
			w.LeftOut = append(w.LeftOut, t.Key)
		}
	}
	block, leftOut := exifOf(exif, orientation, maxSegment-len(exifHead))
	w.LeftOut = append(w.LeftOut, leftOut...)
	if block != nil {
		writeSegment(out, jpegPart{marker: jpegAPP1, data: append([]byte(exifHead), block...)})
	}
	for _, c := range other {
		writeSegment(out, c)
	}
}

func writeSegment(out *bytes.Buffer, c jpegPart) {
	var b [2]byte
	binary.BigEndian.PutUint16(b[:], uint16(len(c.data)+2)) //nolint:gosec // at most maxSegment
	out.Write([]byte{0xff, c.marker})
	out.Write(b[:])
	out.Write(c.data)
	out.Write(c.scan)
}
