package images

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"image"
	"image/jpeg"
	"image/png"
	"io"
	"regexp"
	"strings"
	"sync"
	"testing"
	"unicode/utf16"

	_ "golang.org/x/image/webp"

	"loramanager/internal/guard"
	"loramanager/internal/infotext"
	"loramanager/internal/lora"
)

// webpPicture is a WebP of one pixel, lossless.
var webpPicture = []byte("RIFF\x1c\x00\x00\x00WEBPVP8L\x0f\x00\x00\x00\x2f\x00\x00\x00\x10\x07\x10\x11\x11\x88\x88\xfe\x07\x00\x00\x00")

func jpegOf(t testing.TB, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func formats(t testing.TB) map[string][]byte {
	img := gradient(64, 48)
	return map[string][]byte{"image/png": pngOf(t, img), "image/jpeg": jpegOf(t, img), "image/webp": webpPicture}
}

func made() infotext.Made {
	negative := "dog, 犬"
	return infotext.Made{
		JobID: "7c1d", Params: lora.GenerationParams{
			Prompt: "a cat <lora:ink_wash:0.8>, 猫", NegativePrompt: &negative, Steps: 20, SamplerName: "Euler a",
			CFGScale: 7, Width: 64, Height: 48, Seed: 42, BatchSize: 1, NIter: 1,
		},
		Uses: []lora.ResolvedUse{{Use: lora.Use{Name: "ink_wash", Weight: 0.8}, Digests: map[string]string{"autov3": strings.Repeat("0123456789abcdef", 4)}}},
	}
}

func kept(t *testing.T, p *Pictures, picture []byte, texts Texts) (lora.Image, []byte) {
	t.Helper()
	prepared, err := p.Keep(t.Context(), picture, texts, func(lora.Image) error { return nil })
	if err != nil {
		t.Fatal(err)
	}
	file, contentType, err := p.Open(t.Context(), prepared.Image.SHA256)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	data, err := io.ReadAll(file)
	if err != nil || contentType != prepared.Image.Type {
		t.Fatal(contentType, err)
	}
	return prepared.Image, data
}

func factsOf(t *testing.T, p *Pictures, data []byte) infotext.Facts {
	t.Helper()
	found, err := p.Texts(t.Context(), data)
	if err != nil {
		t.Fatal(err)
	}
	var texts []infotext.Text
	for _, text := range found.Texts {
		texts = append(texts, infotext.Text{Key: text.Key, Text: text.Text})
	}
	facts, _ := infotext.Read(texts)
	return facts
}

func TestPromise8_EveryFormatCarriesHowItWasMade(t *testing.T) {
	t.Parallel()
	p, _ := openPictures(t, nil)
	for contentType, picture := range formats(t) {
		image1, data := kept(t, p, picture, Texts{Parameters: infotext.Parameters(made()), Note: infotext.Note(made())})
		config, format, err := image.DecodeConfig(bytes.NewReader(data))
		if err != nil || "image/"+format != contentType || config.Width != image1.Width || config.Height != image1.Height {
			t.Errorf("%s: %v, %v", contentType, config, err)
		}
		if _, _, err := image.Decode(bytes.NewReader(data)); err != nil {
			t.Errorf("%s: %v", contentType, err)
		}
		facts := factsOf(t, p, data)
		if facts.Producer != infotext.LoRAManager || facts.Prompt != made().Params.Prompt || facts.Negative != "dog, 犬" ||
			facts.Params.Steps != 20 || len(facts.Uses) != 1 || facts.Uses[0].Name != "ink_wash" {
			t.Errorf("%s: %+v", contentType, facts)
		}
		if image1.Infotext != infotext.Parameters(made()) {
			t.Errorf("%s: %q", contentType, image1.Infotext)
		}
	}
}

// foreign finds A1111's text in a file the way small scripts do: by the chunk's name, or
// by the head of the comment.
func foreign(t *testing.T, contentType string, data []byte) string {
	t.Helper()
	if contentType == "image/png" {
		at := bytes.Index(data, []byte("iTXtparameters\x00\x00\x00\x00\x00"))
		if at < 0 {
			t.Fatal("there is no chunk of parameters")
		}
		size := int(data[at-2])<<8 | int(data[at-1])
		return string(data[at+4+15 : at+4+size])
	}
	at := bytes.Index(data, []byte("UNICODE\x00"))
	if at < 0 {
		t.Fatal("there is no comment")
	}
	var units []uint16
	for at += 8; at+1 < len(data) && data[at] < 0x80; at += 2 {
		unit := uint16(data[at])<<8 | uint16(data[at+1])
		units = append(units, unit)
		if strings.HasSuffix(string(utf16.Decode(units)), "Version: "+infotext.Version) {
			break
		}
	}
	return string(utf16.Decode(units))
}

func TestPromise8_OthersFindOurParameters(t *testing.T) {
	t.Parallel()
	p, _ := openPictures(t, nil)
	pair := regexp.MustCompile(`\s*(\w[\w \-/]+):\s*("(?:\\.|[^\\"])+"|[^,]*)(?:,|$)`)
	for contentType, picture := range formats(t) {
		_, data := kept(t, p, picture, Texts{Parameters: infotext.Parameters(made()), Note: infotext.Note(made())})
		text := foreign(t, contentType, data)
		lines := strings.Split(text, "\n")
		values := map[string]string{}
		for _, m := range pair.FindAllStringSubmatch(lines[len(lines)-1], -1) {
			values[m[1]] = m[2]
		}
		if lines[0] != made().Params.Prompt || lines[1] != "Negative prompt: dog, 犬" || values["Steps"] != "20" || values["Seed"] != "42" ||
			values["Lora hashes"] != `"ink_wash: 0123456789ab"` {
			t.Errorf("%s: %q", contentType, text)
		}
	}
}

func TestPromise8_WhatTheEngineWroteIsKept(t *testing.T) {
	t.Parallel()
	p, _ := openPictures(t, nil)
	const engines = "a cat\nSteps: 9, Sampler: Euler, Seed: 1"
	graph := `{"1":{"class_type":"SaveImage","inputs":{}}}`
	for contentType, picture := range formats(t) {
		_, fromEngine := kept(t, p, picture, Texts{Parameters: engines})
		wrapped, err := p.decoder.Rewrap(t.Context(), fromEngine, func(found []guard.PictureText) []guard.PictureText {
			return append(found, guard.PictureText{Key: "prompt", Text: graph}, guard.PictureText{Key: "loramanager", Text: `{"of":"another job"}`})
		})
		if err != nil {
			t.Fatal(err)
		}
		image1, data := kept(t, p, wrapped.Data, Texts{Parameters: "ours", Note: infotext.Note(made())})
		if image1.Infotext != engines {
			t.Errorf("%s: %q", contentType, image1.Infotext)
		}
		found, err := p.Texts(t.Context(), data)
		if err != nil {
			t.Fatal(err)
		}
		all := map[string]string{}
		for _, text := range found.Texts {
			if all[text.Key] != "" {
				t.Errorf("%s: %s is there twice", contentType, text.Key)
			}
			all[text.Key] = text.Text
		}
		if all["prompt"] != graph || !json.Valid([]byte(all["loramanager"])) || !strings.Contains(all["loramanager"], "7c1d") {
			t.Errorf("%s: %v", contentType, all)
		}
	}
}

func TestPromise8_ACommentOfACameraIsNotTakenForParameters(t *testing.T) {
	t.Parallel()
	p, _ := openPictures(t, nil)
	wrapped, err := p.decoder.Rewrap(t.Context(), formats(t)["image/jpeg"], func([]guard.PictureText) []guard.PictureText {
		return []guard.PictureText{{Key: "UserComment", Text: "my holiday"}}
	})
	if err != nil {
		t.Fatal(err)
	}
	prepared, err := p.Prepare(t.Context(), wrapped.Data, Texts{Parameters: infotext.Parameters(made())})
	if err != nil || prepared.Image.Infotext != infotext.Parameters(made()) || len(prepared.LeftOut) != 1 {
		t.Errorf("%+v, %v", prepared.Image, err)
	}
}

func TestTheSamePictureIsKeptOnce(t *testing.T) {
	t.Parallel()
	p, dir := openPictures(t, nil)
	picture := pngOf(t, gradient(30, 30))
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if _, err := p.Keep(t.Context(), picture, Texts{Note: "{}"}, func(lora.Image) error { return nil }); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	count := 0
	if err := p.Walk(t.Context(), func(string, int64) error { count++; return nil }); err != nil || count != 1 || len(leftovers(t, dir)) != 0 {
		t.Errorf("%d pictures, %v", count, err)
	}
}

func TestPromise7_WhatIsNoPictureIsNotKept(t *testing.T) {
	t.Parallel()
	p, dir := openPictures(t, nil)
	good := pngOf(t, gradient(30, 30))
	damaged := bytes.Clone(good)
	damaged[len(damaged)/2] ^= 0xff
	for name, data := range map[string][]byte{
		"nothing": nil, "HTML": []byte("<html>"), "SVG": []byte("<svg xmlns='http://www.w3.org/2000/svg'/>"),
		"half a picture": good[:len(good)/2], "a damaged one": damaged, "GIF": []byte("GIF89a\x01\x00\x01\x00\x00\x00\x00;"),
	} {
		_, err := p.Keep(t.Context(), data, Texts{}, func(lora.Image) error { t.Errorf("%s was reserved", name); return nil })
		if lora.CodeOf(err) != lora.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := p.Prepare(t.Context(), make([]byte, guard.Default().PictureBytes+1), Texts{}); lora.CodeOf(err) != lora.TooLarge {
		t.Error(err)
	}
	if left := files(t, dir); len(left) != 0 {
		t.Errorf("%v", left)
	}
}

func TestPreviewsAreSmallAndDrawnAnew(t *testing.T) {
	t.Parallel()
	p, _ := openPictures(t, nil)
	for _, c := range []struct{ from, want image.Point }{
		{image.Pt(1024, 1536), image.Pt(341, 512)}, {image.Pt(2000, 500), image.Pt(512, 128)}, {image.Pt(64, 64), image.Pt(64, 64)},
	} {
		data, err := p.Preview(t.Context(), append(pngOf(t, gradient(c.from.X, c.from.Y)), "<script>"...))
		if err != nil {
			t.Fatal(err)
		}
		if got := sizeOf(t, data); got != c.want || bytes.Contains(data, []byte("<script>")) {
			t.Errorf("%v became %v", c.from, got)
		}
	}
	if _, err := p.Preview(t.Context(), []byte("no picture")); lora.CodeOf(err) != lora.Invalid {
		t.Error(err)
	}
}

func TestKeptPicturesHaveThumbnails(t *testing.T) {
	t.Parallel()
	p, _ := openPictures(t, nil)
	p.thumbs = openStore(t, t.TempDir(), nil)
	image1, _ := kept(t, p, pngOf(t, gradient(400, 200)), Texts{})
	thumb, err := p.Thumbnail(t.Context(), image1.SHA256, 160)
	if err != nil || sizeOf(t, thumb.Data) != image.Pt(160, 80) {
		t.Error(err)
	}
	if _, err := p.Thumbnail(t.Context(), strings.Repeat("0", 64), 160); lora.CodeOf(err) != lora.NotFound {
		t.Error(err)
	}
}

func TestPicturesWaitForRoom(t *testing.T) {
	t.Parallel()
	p, _ := openPictures(t, nil)
	if err := p.atOnce.Acquire(t.Context(), 2); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := p.Prepare(ctx, pngOf(t, gradient(10, 10)), Texts{})
	var e *lora.Error
	if !errors.As(err, &e) || e.Code != lora.Unavailable {
		t.Error(err)
	}
}

// noise is a picture that does not compress, as photographs are.
func noise(w, h int) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	state := uint32(1)
	for i := range img.Pix {
		state = state*1664525 + 1013904223
		img.Pix[i] = uint8(state>>24) & 0x7f
		if i%4 == 3 {
			img.Pix[i] = 0xff
		}
	}
	return img
}

func BenchmarkPrepare(b *testing.B) {
	p, _ := openPictures(b, nil)
	texts := Texts{Parameters: infotext.Parameters(made()), Note: infotext.Note(made())}
	for name, picture := range map[string][]byte{
		"PNG smooth": encoded(b, gradient(1024, 1024)), "PNG noise": encoded(b, noise(1024, 1024)), "JPEG": jpegOf(b, gradient(1024, 1024)),
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(picture)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := p.Prepare(b.Context(), picture, texts); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// encoded encodes as engines do.
func encoded(b *testing.B, img image.Image) []byte {
	b.Helper()
	var out bytes.Buffer
	if err := png.Encode(&out, img); err != nil {
		b.Fatal(err)
	}
	return out.Bytes()
}
