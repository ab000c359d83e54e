package sample

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"image/png" //nolint:depguard // pictures are written here; none is read
	"math"
	"math/rand/v2"
	"strings"
	"sync"
)

const (
	width, height = 320, 448
	// manyPictures is the size of a library from which pictures are shared.
	manyPictures = 400
	// sharedPictures is how many different ones there are then.
	sharedPictures = 48
)

// pictures makes the previews: soft landscapes of colour, no two alike up to
// manyPictures.
type pictures struct {
	seed     uint64
	distinct int
	made     sync.Map // key -> func() []byte
}

type pictureKey struct {
	number int
	png    bool
}

func newPictures(seed uint64, n int) *pictures {
	p := &pictures{seed: seed, distinct: n}
	if n > manyPictures {
		p.distinct = sharedPictures
	}
	return p
}

// picture returns the preview of an adapter as a JPEG or PNG, by its name's ending.
func (p *pictures) picture(number int, ending string) []byte {
	key := pictureKey{number % p.distinct, strings.HasSuffix(ending, ".png")}
	render := func() []byte { return encode(paint(p.seed, key.number), key.png) }
	if p.distinct > sharedPictures {
		return render()
	}
	once, _ := p.made.LoadOrStore(key, sync.OnceValue(render))
	made, _ := once.(func() []byte)
	return made()
}

func encode(picture image.Image, asPNG bool) []byte {
	var out bytes.Buffer
	if asPNG {
		encoder := png.Encoder{CompressionLevel: png.BestSpeed}
		_ = encoder.Encode(&out, picture) // a buffer takes every byte
	} else {
		_ = jpeg.Encode(&out, picture, &jpeg.Options{Quality: 80})
	}
	return out.Bytes()
}

// paint draws a sky with a few soft discs over waves of hills. For PNG's sake the
// colours change in steps.
func paint(seed uint64, number int) image.Image {
	rng := rand.New(rand.NewPCG(seed^0x9e3779b97f4a7c15, uint64(number))) //nolint:gosec // must be repeatable, guards nothing
	hue := rng.Float64()
	top, bottom := hsl(hue, 0.55, 0.30+0.2*rng.Float64()), hsl(hue+0.08+0.1*rng.Float64(), 0.65, 0.72)
	picture := image.NewRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		c := mix(top, bottom, float64(y/4*4)/height)
		for x := range width {
			picture.SetRGBA(x, y, c)
		}
	}
	for range 2 + rng.IntN(3) {
		disc(picture, rng.Float64()*width, rng.Float64()*height*0.7, 24+rng.Float64()*80, hsl(hue+0.5*rng.Float64(), 0.7, 0.78), 0.25+0.35*rng.Float64())
	}
	for hill := range 4 {
		c := hsl(hue+0.05*float64(hill), 0.45, 0.50-0.11*float64(hill))
		base := height * (0.55 + 0.12*float64(hill))
		swell, phase, length := 12+rng.Float64()*26, rng.Float64()*6.28, 60+rng.Float64()*120
		for x := range width {
			edge := base + swell*math.Sin(float64(x)/length+phase) + swell/3*math.Sin(float64(x)/length*2.7+phase*2)
			for y := max(0, int(edge)); y < height; y++ {
				picture.SetRGBA(x, y, c)
			}
		}
	}
	return picture
}

func disc(picture *image.RGBA, cx, cy, radius float64, c color.RGBA, opacity float64) {
	for y := max(0, int(cy-radius)); y < min(height, int(cy+radius)+1); y++ {
		for x := max(0, int(cx-radius)); x < min(width, int(cx+radius)+1); x++ {
			edge := radius - math.Hypot(float64(x)-cx, float64(y)-cy)
			if edge > 0 {
				picture.SetRGBA(x, y, mix(picture.RGBAAt(x, y), c, opacity*min(1, edge/3)))
			}
		}
	}
}

func mix(a, b color.RGBA, share float64) color.RGBA {
	part := func(x, y uint8) uint8 { return uint8(float64(x) + (float64(y)-float64(x))*share + 0.5) }
	return color.RGBA{part(a.R, b.R), part(a.G, b.G), part(a.B, b.B), 255}
}

// hsl turns hue, saturation and lightness, all 0 to 1, into a colour.
func hsl(h, s, l float64) color.RGBA {
	h -= math.Floor(h)
	part := func(n float64) uint8 {
		k := math.Mod(n+h*12, 12)
		a := s * min(l, 1-l)
		return uint8(255*(l-a*max(-1, min(k-3, 9-k, 1))) + 0.5)
	}
	return color.RGBA{part(0), part(8), part(4), 255}
}
