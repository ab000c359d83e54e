package images

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"loramanager/internal/guard"
	"loramanager/internal/lora"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

type readCloser struct{ *bytes.Reader }

func (readCloser) Close() error { return nil }

func source(data []byte) Source {
	return func() (io.ReadSeekCloser, error) { return readCloser{bytes.NewReader(data)}, nil }
}

func pngOf(t testing.TB, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	encoder := png.Encoder{CompressionLevel: png.NoCompression}
	if err := encoder.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func gradient(w, h int) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			img.SetRGBA(x, y, color.RGBA{uint8(x * 255 / w), uint8(y * 255 / h), 100, 255})
		}
	}
	return img
}

func openStore(t testing.TB, dir string, adjust func(*Options)) *Store {
	t.Helper()
	root, err := guard.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	o := Options{Dir: root, Decoder: guard.NewDecoder(guard.Default())}
	if adjust != nil {
		adjust(&o)
	}
	s := Open(o)
	t.Cleanup(func() {
		if err := s.Close(context.Background()); err != nil {
			t.Error(err)
		}
		_ = root.Close()
	})
	return s
}

func sizeOf(t *testing.T, data []byte) image.Point {
	t.Helper()
	config, err := jpeg.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return image.Pt(config.Width, config.Height)
}

func files(t *testing.T, dir string) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(dir, "*", "*"))
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestThumbnailsFitTheirWidthAndAreNeverEnlarged(t *testing.T) {
	t.Parallel()
	s := openStore(t, t.TempDir(), nil)
	for _, c := range []struct {
		source image.Point
		width  int
		want   image.Point
	}{
		{image.Pt(1024, 1536), 384, image.Pt(480, 720)},
		{image.Pt(1024, 1536), 100, image.Pt(160, 240)},
		{image.Pt(1000, 10), 320, image.Pt(320, 3)},
		{image.Pt(1000, 1), 160, image.Pt(160, 1)},
		{image.Pt(10, 2000), 160, image.Pt(2, 480)},
		{image.Pt(100, 100), 640, image.Pt(100, 100)},
		{image.Pt(1, 1), 160, image.Pt(1, 1)},
		{image.Pt(1919, 1081), 5000, image.Pt(960, 541)},
		{image.Pt(641, 641), 640, image.Pt(640, 640)},
	} {
		thumb, err := s.Thumbnail(t.Context(), source(pngOf(t, gradient(c.source.X, c.source.Y))), fmt.Sprint(c.source), c.width)
		if err != nil {
			t.Errorf("%v: %v", c.source, err)
			continue
		}
		if got := sizeOf(t, thumb.Data); got != c.want || thumb.ContentType != "image/jpeg" {
			t.Errorf("%v at %d became %v (%s), want %v", c.source, c.width, got, thumb.ContentType, c.want)
		}
	}
}

func TestReductionKeepsThePicture(t *testing.T) {
	t.Parallel()
	const w, h = 800, 400
	sources := map[string]image.Image{"RGBA": gradient(w, h)}
	shifted := image.NewRGBA(image.Rect(7, 9, w+7, h+9))
	copy(shifted.Pix, gradient(w, h).Pix)
	sources["RGBA that begins elsewhere"] = shifted
	var b bytes.Buffer
	if err := jpeg.Encode(&b, gradient(w, h), &jpeg.Options{Quality: 98}); err != nil {
		t.Fatal(err)
	}
	ycbcr, err := jpeg.Decode(&b)
	if err != nil {
		t.Fatal(err)
	}
	sources["YCbCr"] = ycbcr
	for name, src := range sources {
		small := reduce(guard.Picture{Image: src, Orientation: 1}, 160)
		for y := range small.Rect.Dy() {
			for x := range small.Rect.Dx() {
				got := small.RGBAAt(x, y)
				if d := distance(got, color.RGBA{uint8((2*x + 1) * 255 / 320), uint8((2*y + 1) * 255 / 160), 100, 255}); d > 6 {
					t.Fatalf("%s: pixel %d,%d is %v, off by %d", name, x, y, got, d)
				}
			}
		}
	}
}

func distance(a, b color.RGBA) int {
	most := 0
	for _, d := range []int{int(a.R) - int(b.R), int(a.G) - int(b.G), int(a.B) - int(b.B), int(a.A) - int(b.A)} {
		most = max(most, d, -d)
	}
	return most
}

func TestTransparentPartsLieOnMiddleGrey(t *testing.T) {
	t.Parallel()
	img := image.NewNRGBA(image.Rect(0, 0, 400, 400))
	for y := range 400 {
		for x := range 200 {
			img.SetNRGBA(x, y, color.NRGBA{255, 0, 0, 128})
		}
	}
	small := reduce(guard.Picture{Image: img, Orientation: 1}, 160)
	if !small.Opaque() {
		t.Error("the thumbnail is not opaque")
	}
	if d := distance(small.RGBAAt(150, 80), background); d > 1 {
		t.Errorf("a clear pixel became %v", small.RGBAAt(150, 80))
	}
	if d := distance(small.RGBAAt(20, 80), color.RGBA{192, 64, 64, 255}); d > 2 {
		t.Errorf("a half-clear red pixel became %v", small.RGBAAt(20, 80))
	}
}

func TestOrientationTurnsThePictureUpright(t *testing.T) {
	t.Parallel()
	// A picture of 2 x 1: red left, blue right. Where must red and blue end up?
	red, blue := color.RGBA{255, 0, 0, 255}, color.RGBA{0, 0, 255, 255}
	for orientation, want := range map[int]string{0: "RB", 1: "RB", 2: "BR", 3: "BR", 4: "RB", 5: "R/B", 6: "R/B", 7: "B/R", 8: "B/R", 9: "RB"} {
		img := image.NewRGBA(image.Rect(0, 0, 2, 1))
		img.SetRGBA(0, 0, red)
		img.SetRGBA(1, 0, blue)
		out := upright(img, orientation)
		var rows []string
		for y := range out.Rect.Dy() {
			row := ""
			for x := range out.Rect.Dx() {
				row += map[color.RGBA]string{red: "R", blue: "B"}[out.RGBAAt(x, y)]
			}
			rows = append(rows, row)
		}
		if got := strings.Join(rows, "/"); got != want {
			t.Errorf("orientation %d: %s, want %s", orientation, got, want)
		}
	}
	// The corners of a picture of 2 x 2 tell apart what 2 x 1 cannot.
	for orientation, want := range map[int][4]uint8{1: {1, 2, 3, 4}, 2: {2, 1, 4, 3}, 3: {4, 3, 2, 1}, 4: {3, 4, 1, 2}, 5: {1, 3, 2, 4}, 6: {3, 1, 4, 2}, 7: {4, 2, 3, 1}, 8: {2, 4, 1, 3}} {
		img := image.NewRGBA(image.Rect(0, 0, 2, 2))
		for i := range 4 {
			img.SetRGBA(i%2, i/2, color.RGBA{R: uint8(i + 1), A: 255})
		}
		out := upright(img, orientation)
		got := [4]uint8{out.RGBAAt(0, 0).R, out.RGBAAt(1, 0).R, out.RGBAAt(0, 1).R, out.RGBAAt(1, 1).R}
		if got != want {
			t.Errorf("orientation %d: %v, want %v", orientation, got, want)
		}
	}
}

func TestPromise1_SameContentIsMadeOnceAndKept(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	data := pngOf(t, gradient(400, 300))
	var opened atomic.Int32
	gate := make(chan struct{})
	src := func() (io.ReadSeekCloser, error) {
		opened.Add(1)
		<-gate
		return readCloser{bytes.NewReader(data)}, nil
	}
	s := openStore(t, dir, nil)
	thumbs := make([]Thumbnail, 32)
	var all sync.WaitGroup
	for i := range thumbs {
		all.Go(func() {
			var err error
			if thumbs[i], err = s.Thumbnail(t.Context(), src, "key", 320); err != nil {
				t.Error(err)
			}
		})
	}
	close(gate)
	all.Wait()
	for _, thumb := range thumbs {
		if !bytes.Equal(thumb.Data, thumbs[0].Data) || thumb.ETag != ETag("key", 300) {
			t.Fatal("the answers differ")
		}
	}
	again, err := openStore(t, dir, nil).Thumbnail(t.Context(), src, "key", 320)
	if err != nil || !bytes.Equal(again.Data, thumbs[0].Data) {
		t.Errorf("after a restart: %v", err)
	}
	if opened.Load() != 1 {
		t.Errorf("the source was opened %d times", opened.Load())
	}
	if ETag("key", 320) == ETag("key", 640) || ETag("key", 320) == ETag("other", 320) {
		t.Error("different thumbnails share a tag")
	}
}

func TestPromise2_WorkNobodyWaitsForIsDropped(t *testing.T) {
	t.Parallel()
	s := openStore(t, t.TempDir(), func(o *Options) { o.Workers = 1 })
	busy, entered := make(chan struct{}), make(chan struct{})
	var blocking sync.WaitGroup
	blocking.Go(func() {
		_, _ = s.Thumbnail(t.Context(), func() (io.ReadSeekCloser, error) {
			close(entered)
			<-busy
			return nil, errors.New("never mind")
		}, "busy", 160)
	})
	<-entered
	ctx, cancel := context.WithCancel(t.Context())
	var leaving sync.WaitGroup
	for i := range 10 {
		leaving.Go(func() {
			_, err := s.Thumbnail(ctx, func() (io.ReadSeekCloser, error) {
				t.Error("the source of dropped work was opened")
				return nil, errors.New("dropped")
			}, fmt.Sprint(i), 160)
			if lora.CodeOf(err) != lora.Unavailable {
				t.Error(err)
			}
		})
	}
	cancel()
	leaving.Wait()
	close(busy)
	blocking.Wait()
	if _, err := s.Thumbnail(t.Context(), source(pngOf(t, gradient(10, 10))), "0", 160); err != nil {
		t.Errorf("what was dropped can be asked for again: %v", err)
	}
}

func TestPromise2_ALeaverDoesNotEndItForTheOthers(t *testing.T) {
	t.Parallel()
	var f flights
	f.parent = t.Context()
	started, finish := make(chan struct{}), make(chan struct{})
	work := func(ctx context.Context) ([]byte, error) {
		close(started)
		<-finish
		return []byte("done"), ctx.Err()
	}
	ctx, cancel := context.WithCancel(t.Context())
	var first, second sync.WaitGroup
	first.Go(func() { _, _ = f.do(ctx, "x", work) })
	<-started
	one, err := f.join("x", nil) // the second caller, seen from inside
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	first.Wait()
	second.Go(func() { <-one.done })
	close(finish)
	second.Wait()
	if string(one.data) != "done" || one.err != nil {
		t.Errorf("%q, %v", one.data, one.err)
	}
	f.wait()
	if _, err := f.do(t.Context(), "x", work); lora.CodeOf(err) != lora.Unavailable {
		t.Errorf("after the end: %v", err)
	}
}

func TestPromise3_TheFolderStaysWithinItsSize(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	data := pngOf(t, gradient(200, 200))
	s := openStore(t, dir, nil)
	first, err := s.Thumbnail(t.Context(), source(data), "0", 320)
	if err != nil {
		t.Fatal(err)
	}
	size := int64(len(first.Data))
	limited := openStore(t, dir, func(o *Options) { o.MaxBytes = 10 * size })
	limited.loading.Wait()
	for i := 1; i < 40; i++ {
		if _, err := limited.Thumbnail(t.Context(), source(data), fmt.Sprint(i), 320); err != nil {
			t.Fatal(err)
		}
		if _, err := limited.Thumbnail(t.Context(), nil, "0", 320); err != nil { // looked at again and again
			t.Fatal(err)
		}
	}
	left := files(t, dir)
	if len(left) > 10 || len(left) < 5 {
		t.Errorf("%d files are left of 40", len(left))
	}
	if _, err := os.Stat(filepath.Join(dir, relOf(nameOf("0", 320)))); err != nil {
		t.Errorf("what was looked at most is gone: %v", err)
	}
}

func TestPromise3_RemainsOfInterruptedWritesAreRemoved(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	folder := filepath.Join(dir, "ab")
	if err := os.MkdirAll(folder, 0o750); err != nil {
		t.Fatal(err)
	}
	old := time.Now().Add(-2 * time.Hour)
	for _, name := range []string{"old.jpg.X.tmp", "fresh.jpg.X.tmp", "somebody's.txt"} {
		path := filepath.Join(folder, name)
		if err := errors.Join(os.WriteFile(path, nil, 0o600)); err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(name, "old") {
			if err := os.Chtimes(path, old, old); err != nil {
				t.Fatal(err)
			}
		}
	}
	openStore(t, dir, nil).loading.Wait()
	if left := files(t, dir); len(left) != 2 {
		t.Errorf("left are %v", left)
	}
}

func TestPromise4_WhatCannotBeShownIsRefusedOnce(t *testing.T) {
	t.Parallel()
	s := openStore(t, t.TempDir(), nil)
	opened := 0
	src := func() (io.ReadSeekCloser, error) {
		opened++
		return readCloser{bytes.NewReader([]byte("<svg onload=alert(1)>"))}, nil
	}
	for range 3 {
		if _, err := s.Thumbnail(t.Context(), src, "bad", 160); lora.CodeOf(err) != lora.Invalid {
			t.Errorf("%v", err)
		}
	}
	if opened != 1 {
		t.Errorf("the source was opened %d times", opened)
	}
	gone := lora.Errorf(lora.NotFound, "gone")
	for range 2 {
		if _, err := s.Thumbnail(t.Context(), func() (io.ReadSeekCloser, error) { opened++; return nil, gone }, "gone", 160); !errors.Is(err, gone) {
			t.Errorf("%v", err)
		}
	}
	if opened != 3 {
		t.Error("a file that may come back must be tried again")
	}
}

func TestPromise5_ADamagedOrMissingCacheFailsNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	data := pngOf(t, gradient(400, 300))
	s := openStore(t, dir, nil)
	want, err := s.Thumbnail(t.Context(), source(data), "key", 160)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, relOf(nameOf("key", 160)))
	for name, damage := range map[string]func() error{
		"emptied":        func() error { return os.Truncate(path, 0) },
		"cut short":      func() error { return os.Truncate(path, 100) },
		"removed":        func() error { return os.Remove(path) },
		"folder removed": func() error { return os.RemoveAll(filepath.Dir(path)) },
		"a file as folder": func() error {
			return errors.Join(os.RemoveAll(filepath.Dir(path)), os.WriteFile(filepath.Dir(path), nil, 0o600))
		},
		"everything is gone": func() error { return os.RemoveAll(dir) },
	} {
		if err := damage(); err != nil && !errors.Is(err, os.ErrNotExist) {
			t.Logf("%s: %v", name, err) // an earlier damage may have done it
		}
		got, err := s.Thumbnail(t.Context(), source(data), "key", 160)
		if err != nil || !bytes.Equal(got.Data, want.Data) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func BenchmarkThumbnail(b *testing.B) {
	picture := gradient(1024, 1536)
	var encoded bytes.Buffer
	if err := jpeg.Encode(&encoded, picture, nil); err != nil {
		b.Fatal(err)
	}
	s := openStore(b, b.TempDir(), nil)
	for format, data := range map[string][]byte{"png": pngOf(b, picture), "jpeg": encoded.Bytes()} {
		b.Run(format, func(b *testing.B) {
			for i := 0; b.Loop(); i++ {
				if _, err := s.Thumbnail(b.Context(), source(data), fmt.Sprint(format, i), 320); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("kept", func(b *testing.B) {
		for b.Loop() {
			if _, err := s.Thumbnail(b.Context(), nil, "png0", 320); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkReduce(b *testing.B) {
	for _, width := range []int{160, 320, 640} {
		b.Run(fmt.Sprint(width), func(b *testing.B) {
			picture := guard.Picture{Image: gradient(1024, 1536), Orientation: 1}
			for b.Loop() {
				reduce(picture, width)
			}
		})
	}
}
