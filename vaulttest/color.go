package vaulttest

import (
	"encoding/hex"
	"fmt"
	"math"
	"strings"
)

// color is an opaque sRGB colour. A colour of a theme reaches CSS only as one
// of these, so it can be nothing else, and only where it can be read.
type color [3]uint8

var (
	black = color{}
	white = color{255, 255, 255}
)

// minContrast is what WCAG 2 asks for text, level AA.
const minContrast = 4.5

// parseColor reads #rgb, #rgba, #rrggbb and #rrggbbaa; alpha is dropped.
func parseColor(s string) (c color, ok bool) {
	digits, ok := strings.CutPrefix(strings.TrimSpace(s), "#")
	if len(digits) == 3 || len(digits) == 4 {
		long := make([]byte, 0, 8)
		for _, d := range []byte(digits) {
			long = append(long, d, d)
		}
		digits = string(long)
	}
	b, err := hex.DecodeString(digits)
	if !ok || err != nil || len(b) != 3 && len(b) != 4 {
		return color{}, false
	}
	return color(b[:3]), true
}

// String returns c as CSS writes it.
func (c color) String() string { return fmt.Sprintf("#%02x%02x%02x", c[0], c[1], c[2]) }

// luminance is the relative luminance of WCAG 2, 0 to 1.
func (c color) luminance() float64 {
	linear := func(v uint8) float64 {
		f := float64(v) / 255
		if f <= 0.04045 {
			return f / 12.92
		}
		return math.Pow((f+0.055)/1.055, 2.4)
	}
	return 0.2126*linear(c[0]) + 0.7152*linear(c[1]) + 0.0722*linear(c[2])
}

// contrast is the contrast ratio of WCAG 2, 1 to 21.
func (c color) contrast(other color) float64 {
	a, b := c.luminance(), other.luminance()
	return (max(a, b) + 0.05) / (min(a, b) + 0.05)
}

// mix returns c with a share of other in it, 0 to 1.
func (c color) mix(other color, share float64) color {
	for i := range c {
		c[i] = uint8(math.Round(float64(c[i])*(1-share) + float64(other[i])*share))
	}
	return c
}

// opposite returns black or white, whichever reads better on c: one of the two
// always reaches minContrast.
func (c color) opposite() color {
	if c.contrast(white) >= c.contrast(black) {
		return white
	}
	return black
}

// awayFrom returns c, moved towards black or white as little as it takes for
// the two to be read on each other.
func (c color) awayFrom(other color) color {
	for step := range 20 {
		if moved := c.mix(other.opposite(), float64(step)/20); moved.contrast(other) >= minContrast {
			return moved
		}
	}
	return other.opposite()
}

// legible returns a background and a text that can be read on it. With a
// contrast of 3 or more only the background moves; below that the text becomes
// black or white first.
func legible(background, text color) (color, color) {
	if background.contrast(text) < 3 {
		text = background.opposite()
	}
	return background.awayFrom(text), text
}
