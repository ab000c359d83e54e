package engine

import (
	"hash/fnv"
	"image/color"
	"math"
	"strings"
	"unicode"
)

// hues are the colours, in degrees of the colour circle, that words bring with them.
// Other words have a colour by their letters.
var hues = map[string]float64{
	"red": 0, "rose": 345, "blood": 355, "fire": 15, "flame": 20, "sunset": 20, "orange": 30, "autumn": 28, "copper": 25,
	"gold": 45, "golden": 45, "yellow": 55, "sun": 50, "sand": 42, "desert": 38, "blonde": 50,
	"green": 120, "forest": 130, "tree": 115, "grass": 105, "leaf": 110, "jungle": 140, "emerald": 150, "moss": 90,
	"cyan": 180, "teal": 175, "ice": 190, "winter": 200, "snow": 200, "water": 200, "sea": 205, "ocean": 210, "river": 205,
	"sky": 210, "blue": 225, "night": 245, "space": 250, "star": 240, "moon": 230,
	"purple": 280, "violet": 275, "magic": 285, "dream": 290, "neon": 310, "cyberpunk": 305, "magenta": 300, "pink": 335, "cherry": 340,
}

// greys are words that take colour away.
var greys = map[string]bool{"monochrome": true, "grayscale": true, "greyscale": true, "sketch": true, "ink": true, "noir": true, "grey": true, "gray": true}

const paletteColors = 6

// paletteOf is made of the first words of a prompt; cfg, the guidance scale, makes the
// colours stronger.
func paletteOf(prompt string, cfg float64) []color.NRGBA {
	saturation := 0.35 + 0.5*math.Min(math.Max(cfg, 0), 15)/15
	words := strings.FieldsFunc(strings.ToLower(prompt), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	var palette []color.NRGBA
	for _, word := range words {
		if greys[word] {
			saturation *= 0.15
		}
	}
	for _, word := range words { // words that name a colour first
		if hue, ok := hues[strings.TrimSuffix(word, "s")]; ok && len(palette) < paletteColors {
			palette = append(palette, hsl(hue, saturation, 0.35+0.05*float64(len(palette))))
		}
	}
	for _, word := range words {
		if len(palette) < paletteColors && len(word) > 2 {
			palette = append(palette, wordColor(word, saturation))
		}
	}
	for len(palette) < 3 {
		palette = append(palette, wordColor(prompt+strings.Repeat("+", len(palette)), saturation))
	}
	return palette
}

// wordColor is the colour of a word by its letters.
func wordColor(word string, saturation float64) color.NRGBA {
	h := fnv.New32a()
	_, _ = h.Write([]byte(word)) // never fails
	sum := h.Sum32()
	return hsl(float64(sum%360), saturation, 0.3+0.4*float64(sum>>16&0xff)/255)
}

// hsl converts a colour: the hue in degrees, the others from 0 to 1.
func hsl(hue, saturation, lightness float64) color.NRGBA {
	channel := func(n float64) uint8 {
		k := math.Mod(n+hue/30, 12)
		a := saturation * math.Min(lightness, 1-lightness)
		v := lightness - a*math.Max(-1, math.Min(math.Min(k-3, 9-k), 1))
		return uint8(math.Round(255 * v))
	}
	return color.NRGBA{channel(0), channel(8), channel(4), 255}
}
