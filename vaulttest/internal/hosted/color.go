package hosted

import (
	_ "embed"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// colorNames has the names of CSS colors.
//
//go:embed colors.txt
var colorNames string

// colorCode matches a color such as #fff or #286efa80, and a function of a color
// space with three numbers and perhaps an alpha, such as rgb(255, 0, 0) or
// color(display-p3 1 0 0 / 50%).
var colorCode = regexp.MustCompile(strings.ReplaceAll(`^(#[0-9a-f]{3,4}|#([0-9a-f]{2}){3,4}|`+
	`(rgba?|hsla?|hwb|lab|lch|oklab|oklch|color)\( *([a-z][a-z0-9-]* +)?N([ ,]+N){2}( *[/,] *N)? *\))$`,
	"N", `(none|[-+]?[0-9]*\.?[0-9]+(%|deg|grad|rad|turn)?)`))

// isColor reports whether s, in lower case, is a CSS color. It cannot end a
// declaration.
func isColor(s string) bool {
	return colorCode.MatchString(s) || slices.Contains(strings.Fields(colorNames), s)
}

// areReadable reports whether text of one color on the other has the contrast of
// WCAG 2 level AA. It knows only #rrggbb; others are.
func areReadable(text, background string) bool {
	a, b := luminance(text), luminance(background)
	contrast := (max(a, b) + .05) / (min(a, b) + .05)
	return !(contrast < 4.5) // NaN is not
}

// luminance returns the relative luminance of a color #rrggbb, or NaN.
func luminance(color string) float64 {
	rgb, err := strconv.ParseUint(strings.TrimPrefix(color, "#"), 16, 24)
	if err != nil || len(color) != len("#rrggbb") {
		return math.NaN()
	}

	linear := func(channel uint64) float64 {
		c := float64(channel&0xff) / 255
		if c <= .04045 {
			return c / 12.92
		}
		return math.Pow((c+.055)/1.055, 2.4)
	}
	return .2126*linear(rgb>>16) + .7152*linear(rgb>>8) + .0722*linear(rgb)
}
