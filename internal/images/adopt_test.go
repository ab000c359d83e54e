package images

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"loramanager/internal/lora"
)

func TestPromise7_APictureThatWasKeptIsAdoptedUnderItsDigest(t *testing.T) {
	t.Parallel()
	for kind, picture := range formats(t) {
		from, _ := openPictures(t, nil)
		to, _ := openPictures(t, nil)
		image, data := kept(t, from, picture, Texts{Parameters: "a cat\nSteps: 20, Sampler: Euler a, Seed: 42", Note: `{"v":1}`})
		got, err := to.Check(t.Context(), data, image.SHA256)
		if err != nil || got.Width != image.Width || got.Type != image.Type {
			t.Fatalf("%s: a picture of ours: %+v, %v", kind, got, err)
		}
		if has, err := to.Has(t.Context(), image.SHA256); err != nil || has {
			t.Errorf("%s: checking keeps nothing: %v, %v", kind, has, err)
		}
		if err := to.Adopt(t.Context(), data, image.SHA256); err != nil {
			t.Fatal(err)
		}
		if has, err := to.Has(t.Context(), image.SHA256); err != nil || !has {
			t.Errorf("%s: adopting keeps it: %v, %v", kind, has, err)
		}
		if err := to.Adopt(t.Context(), data, strings.Repeat("0", 64)); lora.CodeOf(err) != lora.Invalid {
			t.Errorf("%s: a picture under a digest that is not its own: %v", kind, err)
		}
		polyglot := append(bytes.Clone(data), "<script>"...)
		if err := to.Adopt(t.Context(), polyglot, image.SHA256); err != nil {
			t.Fatal(err)
		}
		file, _, err := to.Open(t.Context(), image.SHA256)
		if err != nil {
			t.Fatal(err)
		}
		if now, err := io.ReadAll(file); err != nil || !bytes.Equal(now, data) {
			t.Errorf("%s: what was hidden behind it is not kept: %v", kind, err)
		}
		_ = file.Close()
	}
}
