package guard

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"encoding/binary"
	"image"
	"image/color"
	"image/png"
	"slices"
	"strings"
	"testing"

	"loramanager/internal/lora"
)

// payload is what must not survive a rewrap.
const payload = "<script>alert(1)</script><?php system($_GET[0]);?>PK\x03\x04"

func webpPicture() []byte {
	return []byte("RIFF\x1c\x00\x00\x00WEBPVP8L\x0f\x00\x00\x00\x2f\x00\x00\x00\x10\x07\x10\x11\x11\x88\x88\xfe\x07\x00\x00\x00")
}

func pictures(t testing.TB) map[string][]byte {
	all := encodings(t, 40, 30)
	delete(all, "gif")
	all["webp"] = webpPicture()
	return all
}

// beforePixels puts bytes in front of a PNG's first IDAT chunk.
func beforePixels(data, extra []byte) []byte {
	at := bytes.Index(data, []byte("IDAT")) - 4
	return slices.Concat(data[:at], extra, data[at:])
}

func beforeIEND(data, extra []byte) []byte {
	return slices.Concat(data[:len(data)-12], extra, data[len(data)-12:])
}

func segment(marker byte, data string) []byte {
	out := binary.BigEndian.AppendUint16([]byte{0xff, marker}, uint16(len(data)+2))
	return append(out, data...)
}

func afterSOI(data, extra []byte) []byte { return slices.Concat(data[:2], extra, data[2:]) }

func inRIFF(data []byte, extra ...[]byte) []byte {
	out := slices.Concat(append([][]byte{data}, extra...)...)
	binary.LittleEndian.PutUint32(out[4:], uint32(len(out)-8))
	return out
}

func deflated(text string) []byte {
	var b bytes.Buffer
	z := zlib.NewWriter(&b)
	z.Write([]byte(text))
	z.Close()
	return b.Bytes()
}

// stuffed puts bytes behind the end of the compressed pixels, inside IDAT.
func stuffed(data []byte, extra string) []byte {
	at := bytes.Index(data, []byte("IDAT"))
	size := binary.BigEndian.Uint32(data[at-4:])
	pixels := append(bytes.Clone(data[at+4:at+4+int(size)]), extra...)
	return slices.Concat(data[:at-4], pngChunk("IDAT", pixels), data[at+8+int(size):])
}

func TestPromise8_NothingHidesInARewrappedPicture(t *testing.T) {
	t.Parallel()
	all := pictures(t)
	p, j, w := all["png"], all["jpeg"], all["webp"]
	crafted := map[string][]byte{
		"PNG with a page behind its end":            append(bytes.Clone(p), payload...),
		"PNG with an archive behind its end":        append(bytes.Clone(p), "PK\x05\x06"+payload...),
		"PNG with an unknown chunk":                 beforePixels(p, pngChunk("caFE", []byte(payload))),
		"PNG with a private critical chunk":         beforeIEND(p, pngChunk("vpAg", []byte(payload))),
		"PNG with bytes behind the compressed data": stuffed(p, payload),
		"PNG with a second row of IDAT":             beforeIEND(p, pngChunk("IDAT", []byte(payload))),
		"PNG with frames of an animation":           beforeIEND(p, pngChunk("fdAT", []byte(payload))),
		"PNG with a palette far too long":           beforePixels(p, pngChunk("sPLT", []byte(payload))),
		"PNG with a huge gamma":                     beforePixels(p, pngChunk("gAMA", []byte(payload))),
		"PNG with EXIF that is none":                beforePixels(p, pngChunk("eXIf", []byte(payload))),
		"JPEG with a page behind its end":           append(bytes.Clone(j), payload...),
		"JPEG with a second picture behind its end": slices.Concat(j, j, []byte(payload)),
		"JPEG with a segment of an application":     afterSOI(j, segment(0xe5, payload)),
		"JPEG with Photoshop's segment":             afterSOI(j, segment(0xed, "Photoshop 3.0\x00"+payload)),
		"JPEG with a thumbnail in JFIF":             afterSOI(j, segment(0xe0, "JFIF\x00\x01\x02\x00\x00\x01\x00\x01\x01\x01"+payload)),
		"JPEG with a long Adobe segment":            afterSOI(j, segment(0xee, "Adobe\x00\x64\x00\x00\x00\x00\x01"+payload)),
		"JPEG with EXIF that is none":               afterSOI(j, segment(0xe1, "Exif\x00\x00"+payload)),
		"JPEG with APP2 that is no profile":         afterSOI(j, segment(0xe2, "MPF\x00"+payload)),
		"WebP with a page behind its end":           append(bytes.Clone(w), payload...),
		"WebP with an unknown chunk":                inRIFF(w, riff("CAFE", []byte(payload))),
		"WebP with a second picture":                inRIFF(w, w[12:], riff("ALPH", []byte(payload))),
		"WebP with EXIF that is none":               inRIFF(w, riff("EXIF", []byte(payload))),
	}
	if len(crafted) < 20 {
		t.Fatalf("only %d", len(crafted))
	}
	decoder := NewDecoder(Default())
	for name, data := range crafted {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := decoder.Rewrap(t.Context(), data, nil)
			if err != nil { // refused is as good
				if code := lora.CodeOf(err); code != lora.Invalid {
					t.Errorf("%v", err)
				}
				return
			}
			for _, part := range []string{"<script>", "<?php", "PK\x03\x04"} {
				if bytes.Contains(got.Data, []byte(part)) {
					t.Errorf("%q survived", part)
				}
			}
			wantSamePixels(t, data, got.Data)
		})
	}
}

func TestPromise8_BombsAreNotRewrapped(t *testing.T) {
	t.Parallel()
	decoder := NewDecoder(Default())
	for name, data := range map[string][]byte{
		"PNG of 65,535 sides": pngOf(65535, 65535, 8, 2, 0), "PNG without pixels": pngOf(4, 4, 8, 6, 0),
		"JPEG of 65,535 sides": jpegOf(0xc0, 65535, 65535, 3), "GIF": encodings(t, 4, 4)["gif"],
		"WebP of 16,384 sides": webpOf(vp8x1x1, vp8l(16384, 16384)), "nothing": nil, "text": []byte(payload), "SVG": []byte("<svg/>"),
		"JPEG of 101 scans": scans(101), "JPEG of 100,000 scans": scans(100_000),
	} {
		_, err := decoder.Rewrap(t.Context(), data, nil)
		if code := lora.CodeOf(err); code != lora.Invalid && code != lora.TooLarge {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// scans is a progressive JPEG of 1000 x 1000 grey pixels with n scans, none of which says
// anything: each is a run of blocks without coefficients.
func scans(n int) []byte {
	out := []byte{0xff, 0xd8}
	out = append(out, segment(0xdb, "\x00"+strings.Repeat("\x01", 64))...)
	out = append(out, segment(0xc2, "\x08\x03\xe8\x03\xe8\x01\x01\x11\x00")...)
	// One code of one bit: 0 begins a run of 16384 blocks and more.
	out = append(out, segment(0xc4, "\x10\x01"+strings.Repeat("\x00", 15)+"\xe0")...)
	scan := append(segment(0xda, "\x01\x01\x00\x01\x3f\x00"), bytes.Repeat([]byte{0}, 64)...)
	return append(append(out, bytes.Repeat(scan, n)...), 0xff, 0xd9)
}

func TestPromise4_AJPEGOfAThousandScansCostsNoMoreThanAHundred(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]lora.Code{3: "", maxScans: "", maxScans + 1: lora.Invalid, 100_000: lora.Invalid} {
		err := NewDecoder(Default()).Decode(t.Context(), bytes.NewReader(scans(n)), func(Picture) error { return nil })
		wantCode(t, err, want)
	}
}

// wantSamePixels compares two pictures pixel by pixel.
func wantSamePixels(t *testing.T, a, b []byte) {
	t.Helper()
	pixels := func(data []byte) (image.Image, Picture) {
		var img image.Image
		var p Picture
		if err := NewDecoder(Default()).Decode(t.Context(), bytes.NewReader(data), func(decoded Picture) error {
			img, p = decoded.Image, decoded
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		return img, p
	}
	x, px := pixels(a)
	y, py := pixels(b)
	if x.Bounds() != y.Bounds() || px.Format != py.Format || px.Orientation != py.Orientation {
		t.Fatalf("%v %v became %v %v", x.Bounds(), px, y.Bounds(), py)
	}
	for at := x.Bounds().Min; at.Y < x.Bounds().Max.Y; at.Y++ {
		for at.X = x.Bounds().Min.X; at.X < x.Bounds().Max.X; at.X++ {
			if x.At(at.X, at.Y) != y.At(at.X, at.Y) {
				t.Fatalf("the pixel at %v changed", at)
			}
		}
	}
}

func TestTextsWrittenAreReadBackFromEveryFormat(t *testing.T) {
	t.Parallel()
	decoder := NewDecoder(Default())
	for format, data := range pictures(t) {
		for name, text := range map[string]string{
			"ASCII": "a cat\nSteps: 20", "Latin-1": "Grüße", "Chinese": "水墨 cat", "emoji": "😀 cat", "Japanese only": "猫の絵を描く",
			"one letter": "猫", "long ASCII": strings.Repeat("a cat, ", 7000),
		} {
			want := []PictureText{{Key: "parameters", Text: text}, {Key: "loramanager", Text: `{"a":1}`}, {Key: "prompt", Text: `{"1":{}}`}, {Key: "workflow", Text: `{"w":1}`}}
			got, err := decoder.Rewrap(t.Context(), data, func([]PictureText) []PictureText { return want })
			if err != nil || len(got.LeftOut) > 0 {
				t.Errorf("%s, %s: %v, left out %v", format, name, err, got.LeftOut)
				continue
			}
			wantSamePixels(t, data, got.Data)
			facts, err := decoder.Texts(t.Context(), got.Data)
			if err != nil || len(facts.Texts) != len(want) {
				t.Errorf("%s, %s: %v, %v", format, name, facts, err)
				continue
			}
			for _, w := range want {
				if w.Key == "parameters" && format != "png" {
					w.Key = "UserComment"
				}
				if !slices.ContainsFunc(facts.Texts, func(t PictureText) bool { return t.Key == w.Key && t.Text == w.Text }) {
					t.Errorf("%s, %s: %s is not among %.300v", format, name, w.Key, facts.Texts)
				}
			}
			again, err := decoder.Rewrap(t.Context(), got.Data, nil)
			if err != nil || !bytes.Equal(again.Data, got.Data) {
				t.Errorf("%s, %s: a second rewrap changes it (%v)", format, name, err)
			}
		}
	}
}

func TestAJPEGSaysWhatItHasNoRoomFor(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("猫", 20_000)
	got, err := NewDecoder(Default()).Rewrap(t.Context(), pictures(t)["jpeg"], func([]PictureText) []PictureText {
		return []PictureText{{Key: "parameters", Text: long}, {Key: "loramanager", Text: strings.Repeat("x", 30_000)}}
	})
	if err != nil || !slices.Equal(got.LeftOut, []string{"loramanager"}) || len(got.Texts) != 1 || got.Texts[0].Text != long {
		t.Errorf("%v, %v", got.LeftOut, err)
	}
}

func TestTheOrientationIsKept(t *testing.T) {
	t.Parallel()
	block, _ := exifOf(nil, 6, maxSegment)
	data := afterSOI(pictures(t)["jpeg"], segment(0xe1, exifHead+string(block)))
	got, err := NewDecoder(Default()).Rewrap(t.Context(), data, func([]PictureText) []PictureText {
		return []PictureText{{Key: "parameters", Text: "x"}}
	})
	if err != nil {
		t.Fatal(err)
	}
	wantSamePixels(t, data, got.Data)
}

func hide(img *image.NRGBA, signature string, data []byte, first, last int) {
	bits := binary.BigEndian.AppendUint32([]byte(signature), uint32(8*len(data)))
	bits = append(bits, data...)
	at := 0
	for x := range img.Rect.Dx() {
		for y := range img.Rect.Dy() {
			for c := first; c < last && at < 8*len(bits); c++ {
				pixel := &img.Pix[img.PixOffset(x, y)+c]
				*pixel = *pixel&^1 | bits[at/8]>>(7-at%8)&1
				at++
			}
		}
	}
}

func TestHiddenTextsAreFoundWithinBudgets(t *testing.T) {
	t.Parallel()
	zipped := func(text string) []byte {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		z.Write([]byte(text))
		z.Close()
		return b.Bytes()
	}
	for name, c := range map[string]struct {
		signature   string
		data        []byte
		first, last int
		want        string
	}{
		"alpha":            {alphaText, []byte("a cat 猫"), 3, 4, "a cat 猫"},
		"alpha, gzip":      {alphaGzip, zipped("a cat"), 3, 4, "a cat"},
		"colours":          {colourText, []byte("a cat"), 0, 3, "a cat"},
		"colours, gzip":    {colourGzip, zipped("a cat"), 0, 3, "a cat"},
		"a bomb":           {colourGzip, zipped(strings.Repeat("a", 2*mib)), 0, 3, ""},
		"not gzip":         {alphaGzip, []byte("a cat"), 3, 4, ""},
		"another word":     {"stealth_whatever", []byte("a cat"), 3, 4, ""},
		"nothing":          {alphaText, nil, 3, 4, ""},
		"more than pixels": {alphaText, bytes.Repeat([]byte("a"), 4000), 3, 4, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			img := image.NewNRGBA(image.Rect(0, 0, 100, 90))
			for i := range img.Pix {
				img.Pix[i] = 0xfe
			}
			img.SetNRGBA(99, 89, color.NRGBA{1, 2, 3, 4}) // it is stored with alpha
			hide(img, c.signature, c.data, c.first, c.last)
			var b bytes.Buffer
			if err := png.Encode(&b, img); err != nil {
				t.Fatal(err)
			}
			facts, err := NewDecoder(Default()).Texts(t.Context(), b.Bytes())
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			if len(facts.Texts) > 0 {
				got = facts.Texts[0].Text
			}
			if got != c.want {
				t.Errorf("%q", got)
			}
		})
	}
}
