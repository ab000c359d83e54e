package sample

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"time"
)

// character is everything made up about one adapter before its bytes are written.
// It depends on the seed and the number of the adapter alone.
type character struct {
	rng     *rand.Rand
	number  int
	name    string // as people call it
	stem    string // of the file
	version string
	subject subject
	base    baseChoice
	kind    string
	rank    int64
	alpha   float64
	trigger string
	author  string
	folder  string
	trained time.Time
	bare    bool
	format  string // sidecar format, empty for none
	preview string // what follows the stem in the preview's name, empty for none
	trainer string // "" writes no training data
	header  int    // wished length of the header, 0 for small
}

// subject is what an adapter is about.
type subject struct {
	folder string
	nouns  []string
	tags   []string
}

var subjects = []subject{
	{"styles", []string{"Inkwash", "Gouache", "Linocut", "Halftone", "Pastel Dream", "Oil Impasto", "Paper Cut", "Stained Glass", "Risograph", "Charcoal", "Cel Shade", "Woodblock"}, []string{"style", "illustration", "painting"}},
	{"characters", []string{"Lantern Keeper", "Sky Courier", "Moss Witch", "Clockwork Fox", "Tide Knight", "Ember Scholar", "Cloud Shepherd", "Salt Pirate", "Glass Dancer", "Iron Gardener"}, []string{"character", "portrait", "fantasy"}},
	{"concepts", []string{"Floating Islands", "Macro Dew", "Cutaway View", "Tilt Shift", "Double Exposure", "Isometric Rooms", "Knolling", "Tiny Planets"}, []string{"concept", "composition"}},
	{"clothing", []string{"Brocade Coat", "Rain Cape", "Pleated Armor", "Festival Robe", "Flight Jacket", "Lace Collar"}, []string{"clothing", "outfit"}},
	{"environments", []string{"Canal City", "Fern Valley", "Orbital Garden", "Desert Observatory", "Night Market", "Frozen Harbor", "Cliff Monastery"}, []string{"environment", "landscape", "architecture"}},
	{"sliders", []string{"Detail Slider", "Contrast Slider", "Age Slider", "Focus Slider", "Weather Slider"}, []string{"slider", "tool"}},
	{"objects", []string{"Porcelain Robot", "Brass Telescope", "Origami Animals", "Glow Mushrooms", "Vintage Radio"}, []string{"object", "props"}},
}

var adjectives = []string{
	"Amber", "Ashen", "Autumn", "Azure", "Bold", "Bright", "Calm", "Cobalt", "Copper", "Coral", "Crimson", "Dusky", "Faded", "Gentle", "Gilded", "Golden",
	"Hazy", "Hollow", "Indigo", "Ivory", "Jade", "Lucid", "Lunar", "Mellow", "Misty", "Neon", "Nordic", "Opal", "Pale", "Quiet", "Rustic", "Scarlet",
	"Silent", "Silver", "Soft", "Solar", "Somber", "Velvet", "Verdant", "Vivid", "Wandering", "Winter",
}

var authors = []string{
	"paperlantern", "nightowl_lab", "rivet", "mossworks", "studio-kelp", "tinfoil", "quillandink", "northpixel", "saltmarsh", "umbra", "fernweh", "oddsock",
}

// baseChoice is a base model with the spellings and kinds its adapters come in.
type baseChoice struct {
	id       string // of inspect's table
	label    string // as sites call it
	folder   string
	short    string // what people put into file names
	kohya    string // ss_base_model_version
	spec     string // modelspec.architecture
	weight   int    // how common it is
	dialects []string
	kinds    []string
}

var baseChoices = []baseChoice{
	{"sdxl", "SDXL 1.0", "SDXL", "XL", "sdxl_base_v1-0", "stable-diffusion-xl-v1-base/lora", 28, []string{"kohya", "kohya", "diffusers", "onetrainer"}, []string{"lora", "lora", "lora", "locon", "loha", "lokr", "dora"}},
	{"sdxl", "Illustrious", "Illustrious", "IL", "sdxl_base_v1-0", "stable-diffusion-xl-v1-base/lora", 20, []string{"kohya"}, []string{"lora", "lora", "locon", "lokr"}},
	{"sdxl", "Pony", "Pony", "PDXL", "sdxl_base_v1-0", "stable-diffusion-xl-v1-base/lora", 10, []string{"kohya"}, []string{"lora", "lora", "dora"}},
	{"flux1", "Flux.1 D", "Flux", "F1D", "flux1", "flux-1-dev/lora", 18, []string{"kohya", "diffusers", "comfy"}, []string{"lora"}},
	{"sd1", "SD 1.5", "SD15", "SD15", "sd_v1", "stable-diffusion-v1/lora", 14, []string{"kohya", "kohya", "diffusers"}, []string{"lora", "lora", "locon", "loha"}},
	{"z-image", "ZImageTurbo", "Z-Image", "ZIT", "zimage", "", 6, []string{"comfy", "diffusers"}, []string{"lora", "lokr"}},
	{"qwen-image", "Qwen", "Qwen", "Qwen", "", "", 6, []string{"diffusers", "comfy"}, []string{"lora"}},
	{"wan-14b", "Wan Video 14B t2v", "Wan", "Wan14B", "", "", 5, []string{"comfy"}, []string{"lora"}},
	{"sd3-medium", "SD 3.5 Medium", "SD3", "SD35M", "sd3-m", "stable-diffusion-3-medium/lora", 2, []string{"diffusers"}, []string{"lora"}},
	{"hunyuan-video", "Hunyuan Video", "Hunyuan", "HV", "", "", 2, []string{"comfy"}, []string{"lora"}},
	{"pixart", "PixArt E", "PixArt", "PixArt", "", "", 1, []string{"diffusers"}, []string{"lora"}},
	{"lumina2", "Lumina", "Lumina", "Lumina2", "lumina2", "lumina-2/lora", 1, []string{"comfy"}, []string{"lora"}},
}

var (
	formats  = []string{"civitai", "civitai", "a1111", "lora-manager", "stability-matrix", "swarmui", "sdnext", "prototype"}
	previews = []string{".preview.png", ".jpg", ".png", ".preview.jpg", ".jpeg"}
)

// newest is the training date of the newest sample adapter.
var newest = time.Date(2026, 10, 1, 12, 0, 0, 0, time.UTC)

func newCharacter(o Options, number int) *character {
	rng := rand.New(rand.NewPCG(o.Seed, uint64(number)+1)) //nolint:gosec // must be repeatable, guards nothing
	c := &character{rng: rng, number: number, author: pick(rng, authors), base: pickBase(rng), subject: pick(rng, subjects)}
	c.kind = pick(rng, c.base.kinds)
	c.rank = []int64{1, 2, 2, 4}[rng.IntN(4)]
	c.alpha = float64(c.rank) / []float64{1, 1, 2}[rng.IntN(3)]
	c.nameIt()
	c.trained = newest.Add(-time.Duration(rng.IntN(900*24)) * time.Hour)
	c.trainer = []string{"kohya", "kohya", "onetrainer", "ai-toolkit", ""}[rng.IntN(5)]
	c.bare = rng.IntN(100) < o.Bare
	c.format = formats[rng.IntN(len(formats))]
	c.preview = previews[rng.IntN(len(previews))]
	if o.MaxHeader > 0 {
		c.header = logUniform(rng, max(o.MinHeader, 1024), o.MaxHeader)
	}
	if o.Shape != Flat {
		c.folder = c.base.folder + "/" + c.subject.folder
	} else {
		c.folder = "."
	}
	return c
}

// nameIt finds a name that is unique by its number, in one of the ways people write file names.
func (c *character) nameIt() {
	// Walking through all combinations before a version number repeats keeps names apart.
	words := len(adjectives)
	noun := pick(c.rng, c.subject.nouns)
	c.name = adjectives[c.number%words] + " " + noun
	c.version = fmt.Sprintf("v%d.%d", 1+c.number/words%9, c.number/words/9)
	c.trigger = strings.ToLower(adjectives[c.number%words][:3] + strings.ReplaceAll(noun, " ", ""))
	join := []string{"_", "-", " ", ""}[c.rng.IntN(4)]
	base := strings.ReplaceAll(c.name, " ", join)
	if join == "_" {
		base = strings.ToLower(base)
	}
	if join == "" {
		join = "-"
	}
	c.stem = strings.Join([]string{base, c.base.short, c.version}, join)
	if c.number >= words*9*10 {
		c.stem += fmt.Sprintf("%s%06d", join, c.number)
	}
}

func (c *character) fileName() string { return c.stem + ".safetensors" }

func pick[T any](rng *rand.Rand, from []T) T { return from[rng.IntN(len(from))] }

func pickBase(rng *rand.Rand) baseChoice {
	total := 0
	for i := range baseChoices {
		total += baseChoices[i].weight
	}
	n := rng.IntN(total)
	for i := range baseChoices {
		if n -= baseChoices[i].weight; n < 0 {
			return baseChoices[i]
		}
	}
	return baseChoices[0]
}

// logUniform draws lengths as they are in real libraries: many short, few long.
func logUniform(rng *rand.Rand, low, high int) int {
	return int(float64(low) * math.Pow(float64(high)/float64(low), rng.Float64()))
}
