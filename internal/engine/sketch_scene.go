package engine

import (
	"crypto/sha256"
	"fmt"
	"image"
	"image/color"
	"math"
	"math/rand/v2"

	"golang.org/x/image/draw"
	"golang.org/x/image/vector"
)

// canvasPixels is the most a sketch is drawn with; larger pictures are enlarged, so that
// their size costs no memory.
const canvasPixels = 2 << 20

// scene is a sketch being drawn.
type scene struct {
	canvas  *image.RGBA
	random  *rand.Rand
	palette []color.NRGBA
	accents []accent
	shapes  int // drawn so far
	total   int // drawn in all
}

// accent is what a LoRA adds: a wreath of dots in a colour of its own.
type accent struct {
	color  color.NRGBA
	weight float64
}

// newScene paints the ground of the sketch of an order.
func newScene(order Order, seed int64) *scene {
	width, height := sizeAsked(order.Params)
	width, height = max(width, 1), max(height, 1)
	if pixels := float64(width) * float64(height); pixels > canvasPixels {
		shrink := math.Sqrt(canvasPixels / pixels)
		width, height = max(1, int(float64(width)*shrink)), max(1, int(float64(height)*shrink))
	}
	sum := sha256.New()
	for _, text := range material(order, seed) {
		fmt.Fprintf(sum, "%d:%s", len(text), text)
	}
	s := &scene{
		canvas:  image.NewRGBA(image.Rect(0, 0, width, height)),
		random:  rand.New(rand.NewChaCha8([32]byte(sum.Sum(nil)))), //nolint:gosec // a drawing, the same each time
		palette: paletteOf(order.Params.Prompt, order.Params.CFGScale),
	}
	for _, use := range order.LoRAs {
		s.accents = append(s.accents, accent{wordColor(use.Name, 0.9), use.Weight})
	}
	s.total = 24 + len(s.accents) + int(s.random.Uint32N(16))
	s.ground()
	return s
}

// ground paints a gradient between the first two colours of the palette.
func (s *scene) ground() {
	from, to := s.palette[0], s.palette[1%len(s.palette)]
	angle := s.random.Float64() * math.Pi
	dx, dy := math.Cos(angle), math.Sin(angle)
	size := s.canvas.Bounds().Size()
	reach := math.Abs(dx)*float64(size.X) + math.Abs(dy)*float64(size.Y)
	for y := range size.Y {
		for x := range size.X {
			t := (dx*(float64(x)-float64(size.X)/2)+dy*(float64(y)-float64(size.Y)/2))/reach + 0.5
			s.canvas.SetRGBA(x, y, between(from, to, t))
		}
	}
}

func between(a, b color.NRGBA, t float64) color.RGBA {
	mix := func(x, y uint8) uint8 { return uint8(float64(x) + (float64(y)-float64(x))*t) }
	return color.RGBA{mix(a.R, b.R), mix(a.G, b.G), mix(a.B, b.B), 255}
}

// step draws the shapes that belong to a step; after the last one all are drawn.
func (s *scene) step(step, steps int) {
	for upTo := s.total * step / steps; s.shapes < upTo; s.shapes++ {
		if i := s.shapes - (s.total - len(s.accents)); i >= 0 {
			s.wreath(s.accents[i])
			continue
		}
		s.shape()
	}
}

// shape draws one of the figures a sketch is made of, smaller ones later.
func (s *scene) shape() {
	size := s.canvas.Bounds().Size()
	side := float64(min(size.X, size.Y))
	late := float64(s.shapes) / float64(s.total)
	radius := side * (0.06 + 0.34*(1-late)*s.random.Float64())
	x, y := s.random.Float64()*float64(size.X), s.random.Float64()*float64(size.Y)
	ink := s.palette[s.random.IntN(len(s.palette))]
	ink.A = uint8(40 + s.random.UintN(120)) //nolint:gosec // below 160
	switch s.random.IntN(4) {
	case 0:
		s.fill(ink, func(v *vector.Rasterizer) { circle(v, x, y, radius, false) })
	case 1:
		s.fill(ink, func(v *vector.Rasterizer) {
			circle(v, x, y, radius, false)
			circle(v, x, y, radius*0.86, true)
		})
	case 2:
		s.petals(ink, x, y, radius)
	default:
		s.ribbon(ink, radius*0.3)
	}
}

// petals draws a flower of triangles.
func (s *scene) petals(ink color.NRGBA, x, y, radius float64) {
	n := 3 + s.random.IntN(6)
	turn := s.random.Float64() * math.Pi
	s.fill(ink, func(v *vector.Rasterizer) {
		for i := range n {
			a := turn + 2*math.Pi*float64(i)/float64(n)
			w := math.Pi / float64(n) * 0.7
			v.MoveTo(float32(x), float32(y))
			v.LineTo(polar(x, y, radius, a-w))
			v.LineTo(polar(x, y, radius, a+w))
			v.ClosePath()
		}
	})
}

// ribbon draws a bent band from one edge to another.
func (s *scene) ribbon(ink color.NRGBA, width float64) {
	size := s.canvas.Bounds().Size()
	w, h := float64(size.X), float64(size.Y)
	y0, y1, bend := s.random.Float64()*h, s.random.Float64()*h, s.random.Float64()*h
	s.fill(ink, func(v *vector.Rasterizer) {
		v.MoveTo(0, float32(y0))
		v.QuadTo(float32(w/2), float32(bend), float32(w), float32(y1))
		v.LineTo(float32(w), float32(y1+width))
		v.QuadTo(float32(w/2), float32(bend+width*2), 0, float32(y0+width))
		v.ClosePath()
	})
}

// wreath draws the dots of a LoRA, larger ones for a larger weight.
func (s *scene) wreath(a accent) {
	size := s.canvas.Bounds().Size()
	side := float64(min(size.X, size.Y))
	x, y := float64(size.X)*(0.2+0.6*s.random.Float64()), float64(size.Y)*(0.2+0.6*s.random.Float64())
	radius := side * (0.1 + 0.1*s.random.Float64())
	dot := side * 0.025 * math.Min(math.Abs(a.weight), 2)
	s.fill(a.color, func(v *vector.Rasterizer) {
		for i := range 12 {
			cx, cy := polar(x, y, radius, 2*math.Pi*float64(i)/12)
			circle(v, float64(cx), float64(cy), dot, false)
		}
	})
}

func (s *scene) fill(ink color.NRGBA, path func(*vector.Rasterizer)) {
	size := s.canvas.Bounds().Size()
	v := vector.NewRasterizer(size.X, size.Y)
	path(v)
	v.Draw(s.canvas, s.canvas.Bounds(), image.NewUniform(ink), image.Point{})
}

func polar(x, y, radius, angle float64) (float32, float32) {
	return float32(x + radius*math.Cos(angle)), float32(y + radius*math.Sin(angle))
}

// arc is how far the handles of a Bezier curve reach to make a quarter of a circle.
const arc = 0.5522847498

// circle adds a circle, run through backwards to cut a hole.
func circle(v *vector.Rasterizer, x, y, r float64, hole bool) {
	sign := 1.0
	if hole {
		sign = -1
	}
	at := func(dx, dy float64) (float32, float32) { return float32(x + dx*r), float32(y + sign*dy*r) }
	curve := func(ax, ay, bx, by, cx, cy float64) {
		a, b := at(ax, ay)
		c, d := at(bx, by)
		e, f := at(cx, cy)
		v.CubeTo(a, b, c, d, e, f)
	}
	v.MoveTo(at(1, 0))
	curve(1, arc, arc, 1, 0, 1)
	curve(-arc, 1, -1, arc, -1, 0)
	curve(-1, -arc, -arc, -1, 0, -1)
	curve(arc, -1, 1, -arc, 1, 0)
	v.ClosePath()
}

// previewSide is the longest side of a preview, in pixels.
const previewSide = 256

func (s *scene) preview() *image.RGBA {
	size := s.canvas.Bounds().Size()
	shrink := math.Min(1, previewSide/float64(max(size.X, size.Y)))
	small := image.Rect(0, 0, max(1, int(float64(size.X)*shrink)), max(1, int(float64(size.Y)*shrink)))
	return fit(s.canvas, small)
}

// fit scales a picture to a size.
func fit(picture image.Image, size image.Rectangle) *image.RGBA {
	scaled := image.NewRGBA(image.Rect(0, 0, size.Dx(), size.Dy()))
	draw.ApproxBiLinear.Scale(scaled, scaled.Bounds(), picture, picture.Bounds(), draw.Src, nil)
	return scaled
}
