package images

import (
	"bytes"
	"image"
	"io"
	"testing"

	"loramanager/internal/guard"
	"loramanager/internal/lora"
)

func openPictures(t testing.TB, before func(guard.KeepStep) error) (*Pictures, string) {
	t.Helper()
	dir := t.TempDir()
	root, err := guard.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = root.Close() })
	return NewPictures(PicturesOptions{
		Shelf:   OpenFolder(FolderOptions{Root: root, Before: before}),
		Decoder: guard.NewDecoder(guard.Default()),
	}), dir
}

func TestKeptPicturesAreReadBackWithTheirTexts(t *testing.T) {
	t.Parallel()
	p, _ := openPictures(t, nil)
	reserved := false
	kept, err := p.Keep(t.Context(), pngOf(t, gradient(40, 30)), Texts{Parameters: "a cat\nSteps: 1", Note: `{"a":1}`}, func(i lora.Image) error {
		has, err := p.Has(t.Context(), i.SHA256)
		reserved = err == nil && !has
		return err
	})
	if err != nil || !reserved {
		t.Fatalf("%v, reserved before it was kept: %v", err, reserved)
	}
	file, kind, err := p.Open(t.Context(), kept.Image.SHA256)
	if err != nil || kind != "image/png" {
		t.Fatal(kind, err)
	}
	defer file.Close()
	data, err := io.ReadAll(file)
	if err != nil {
		t.Fatal(err)
	}
	img, _, err := image.Decode(bytes.NewReader(data))
	if err != nil || img.Bounds().Dx() != 40 {
		t.Fatal(err)
	}
	facts, err := p.Texts(t.Context(), data)
	if err != nil || len(facts.Texts) != 2 || facts.Texts[0].Text != "a cat\nSteps: 1" {
		t.Fatalf("%+v, %v", facts, err)
	}
}
