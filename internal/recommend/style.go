package recommend

import (
	"math/bits"
	"strings"

	"loramanager/internal/vector"
)

// styleSet is a set of styles, one bit each in the order of styleNames.
type styleSet uint64

// A style is a way a picture looks or a kind of thing it shows. The first name is the one
// shown; words that stand for it follow. Names of two words are met with any or no blank
// between them.
var styleNames = []string{
	"anime animestyle animecoloring", "manga comic comics graphicnovel", "cartoon toon cartoonish", "chibi kawaii",
	"photo photorealistic photography photograph realistic realism photoreal", "film analog cinematic polaroid kodak", "3d render cgi octane unreal blender",
	"pixel pixelart 8bit 16bit voxel lowpoly", "painting painterly oilpainting acrylic gouache", "watercolor watercolour ink inkwash",
	"sketch drawing lineart pencil charcoal monochrome", "illustration digitalart conceptart", "flat vector minimalist minimalism logo icon",
	"retro vintage 80s 90s oldschool nostalgic", "cyberpunk synthwave vaporwave neon", "steampunk dieselpunk", "scifi sciencefiction futuristic space mecha robot",
	"fantasy magic medieval dragon elf", "horror dark gothic creepy macabre", "surreal abstract psychedelic dreamlike", "portrait face closeup headshot",
	"character person girl boy woman man", "clothing outfit dress costume fashion", "pose posing gesture", "landscape scenery nature environment",
	"architecture building interior city", "background backdrop", "object prop tool weapon", "vehicle car ship aircraft", "animal creature furry beast",
	"food meal dessert", "lighting light glow backlight", "texture detail detailer enhancer slider", "concept action effect", "celebrity actor actress",
	"ukiyoe japanese woodblock", "artnouveau artdeco impressionism baroque", "claymation plush felt papercraft origami lego", "glitch distortion noise grain",
	"pastel soft cute",
}

// styleOf maps each word to its style.
var styleOf = func() map[string]int {
	of := map[string]int{}
	for i, names := range styleNames {
		for name := range strings.FieldsSeq(names) {
			of[name] = i
		}
	}
	return of
}()

// styleWords are the words styleNames shows.
var styleWords = func() []string {
	var words []string
	for _, names := range styleNames {
		name, _, _ := strings.Cut(names, " ")
		words = append(words, name)
	}
	return words
}()

// stylesIn returns the styles a text names.
func stylesIn(text string) styleSet {
	var set styleSet
	before := ""
	for _, word := range vector.Words(text) {
		for _, name := range [...]string{word, before + word} {
			if i, ok := styleOf[name]; ok {
				set |= 1 << i
			}
		}
		before = word
	}
	return set
}

// add counts the styles of a set in a vector of one dimension per style.
func (s styleSet) add(into []float32, amount float32) {
	for s != 0 {
		i := bits.TrailingZeros64(uint64(s))
		into[i] += amount
		s &^= 1 << i
	}
}

// names lists the styles of a set.
func (s styleSet) names() []string {
	var names []string
	for s != 0 {
		i := bits.TrailingZeros64(uint64(s))
		names = append(names, styleWords[i])
		s &^= 1 << i
	}
	return names
}
