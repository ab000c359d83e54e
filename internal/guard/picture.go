package guard

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"runtime"

	"golang.org/x/image/webp"
	"golang.org/x/sync/semaphore"

	"loramanager/internal/lora"
)

// Picture is a decoded picture, valid only while the function it was given to runs.
type Picture struct {
	Image       image.Image
	Format      string // "png", "jpeg", "gif" or "webp"
	Orientation int    // EXIF: 1 upright, 2 to 8 as the camera was held
}

// Decoder decodes PNG, JPEG, GIF (first frame) and WebP pictures within Limits. All
// pictures being decoded by one Decoder share its pixel budget, so a server holds one.
type Decoder struct {
	limits Limits
	memory *semaphore.Weighted
}

// NewDecoder returns a Decoder that keeps to limits.
func NewDecoder(limits Limits) *Decoder {
	return &Decoder{limits: limits, memory: semaphore.NewWeighted(limits.PixelBudget)}
}

// shape is what a picture's own headers say, read without allocating any pixels.
type shape struct {
	format        string
	width, height int
	bytesPerPixel int64 // memory the decoder takes at its peak
	orientation   int
}

// Decode reads the picture from the start of r and hands it to use. It waits while
// other pictures fill the pixel budget. Errors are *lora.Error: Invalid for what is
// not a sound picture, TooLarge for what exceeds a limit, Unavailable when ctx ends
// first; errors of use come back unchanged.
func (d *Decoder) Decode(ctx context.Context, r io.ReadSeeker, use func(Picture) error) error {
	size, err := r.Seek(0, io.SeekEnd)
	if err != nil {
		return unreadable(err)
	}
	if size > d.limits.PictureBytes {
		return lora.Errorf(lora.TooLarge, "The picture file is larger than %d MiB.", d.limits.PictureBytes/mib)
	}
	s, err := measure(r)
	if err != nil {
		return err
	}
	if err := d.check(s); err != nil {
		return err
	}
	need := max(1, int64(s.width)*int64(s.height)*s.bytesPerPixel)
	if err := d.memory.Acquire(ctx, need); err != nil {
		return &lora.Error{Code: lora.Unavailable, Message: "The picture was not decoded in time.", Err: err}
	}
	defer d.release(need)
	img, err := decode(r, s)
	if err != nil {
		return err
	}
	return use(Picture{Image: img, Format: s.format, Orientation: s.orientation})
}

// largePicture is the memory of a picture, in bytes, from which it is collected at once.
const largePicture = 64 * mib

// release gives a picture's memory back to the budget. Of a large one it is collected
// first: otherwise the next would be decoded beside the garbage of the last, and both
// together take twice the budget.
func (d *Decoder) release(need int64) {
	if need >= largePicture {
		runtime.GC()
	}
	d.memory.Release(need)
}

// check compares what the headers say with the limits.
func (d *Decoder) check(s shape) error {
	if s.width <= 0 || s.height <= 0 {
		return lora.Errorf(lora.Invalid, "The picture has no pixels.")
	}
	if s.width > d.limits.PictureSide || s.height > d.limits.PictureSide {
		return lora.Errorf(lora.TooLarge, "The picture is %d x %d pixels; a side may have at most %d.",
			s.width, s.height, d.limits.PictureSide)
	}
	pixels := int64(s.width) * int64(s.height)
	if pixels > d.limits.PicturePixels || pixels*s.bytesPerPixel > d.limits.PixelBudget {
		return lora.Errorf(lora.TooLarge, "The picture is %d x %d pixels, more than the server decodes.", s.width, s.height)
	}
	return nil
}

// measure recognises the format by its first bytes, never by a name, and reads the
// headers that decide how much memory decoding takes.
func measure(r io.ReadSeeker) (shape, error) {
	var head [16]byte
	if _, err := r.Seek(0, io.SeekStart); err != nil {
		return shape{}, unreadable(err)
	}
	n, err := io.ReadFull(r, head[:])
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return shape{}, unreadable(err)
	}
	var probe func(*bufio.Reader) (shape, error)
	switch h := head[:n]; {
	case bytes.HasPrefix(h, []byte(pngSignature)):
		probe = measurePNG
	case bytes.HasPrefix(h, []byte{0xff, 0xd8}):
		probe = measureJPEG
	case bytes.HasPrefix(h, []byte("GIF87a")), bytes.HasPrefix(h, []byte("GIF89a")):
		probe = measureGIF
	case len(h) >= 12 && string(h[:4]) == "RIFF" && string(h[8:12]) == "WEBP":
		probe = measureWebP
	default:
		return shape{}, lora.Errorf(lora.Invalid, "The file is not a PNG, JPEG, GIF or WebP picture.")
	}
	if _, err := r.Seek(0, io.SeekStart); err != nil {
		return shape{}, unreadable(err)
	}
	s, err := probe(bufio.NewReader(r))
	if err != nil {
		return shape{}, damaged(err)
	}
	return s, nil
}

// decode runs the decoder for s.format; a panic inside it becomes an error.
func decode(r io.ReadSeeker, s shape) (img image.Image, err error) {
	defer func() {
		if p := recover(); p != nil {
			img, err = nil, damaged(fmt.Errorf("the %s decoder panicked: %v", s.format, p))
		}
	}()
	if _, err := r.Seek(0, io.SeekStart); err != nil {
		return nil, unreadable(err)
	}
	switch s.format {
	case "png":
		img, err = png.Decode(r)
	case "jpeg":
		img, err = jpeg.Decode(&scanCounter{r: r})
	case "gif":
		img, err = gif.Decode(r)
	default:
		img, err = webp.Decode(r)
	}
	if err != nil {
		return nil, damaged(err)
	}
	if size := img.Bounds().Size(); size.X > s.width || size.Y > s.height || size.X <= 0 || size.Y <= 0 {
		return nil, damaged(fmt.Errorf("decoded to %v, headers said %d x %d", size, s.width, s.height))
	}
	return img, nil
}

func damaged(err error) error {
	var known *lora.Error
	if errors.As(err, &known) {
		return err
	}
	return &lora.Error{Code: lora.Invalid, Message: "The picture is damaged or of an unsupported kind.", Err: err}
}

func unreadable(err error) error {
	return &lora.Error{Code: lora.Unavailable, Message: "The picture file cannot be read just now.", Err: err}
}
