package hosted

import (
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// colorNames are the names of CSS colors.
var colorNames = strings.Fields(`
aliceblue antiquewhite aqua aquamarine azure beige bisque black blanchedalmond blue blueviolet
brown burlywood cadetblue chartreuse chocolate coral cornflowerblue cornsilk crimson cyan darkblue
darkcyan darkgoldenrod darkgray darkgreen darkgrey darkkhaki darkmagenta darkolivegreen darkorange
darkorchid darkred darksalmon darkseagreen darkslateblue darkslategray darkslategrey darkturquoise
darkviolet deeppink deepskyblue dimgray dimgrey dodgerblue firebrick floralwhite forestgreen fuchsia
gainsboro ghostwhite gold goldenrod gray green greenyellow grey honeydew hotpink indianred indigo
ivory khaki lavender lavenderblush lawngreen lemonchiffon lightblue lightcoral lightcyan
lightgoldenrodyellow lightgray lightgreen lightgrey lightpink lightsalmon lightseagreen lightskyblue
lightslategray lightslategrey lightsteelblue lightyellow lime limegreen linen magenta maroon
mediumaquamarine mediumblue mediumorchid mediumpurple mediumseagreen mediumslateblue
mediumspringgreen mediumturquoise mediumvioletred midnightblue mintcream mistyrose moccasin
navajowhite navy oldlace olive olivedrab orange orangered orchid palegoldenrod palegreen
paleturquoise palevioletred papayawhip peachpuff peru pink plum powderblue purple rebeccapurple red
rosybrown royalblue saddlebrown salmon sandybrown seagreen seashell sienna silver skyblue slateblue
slategray slategrey snow springgreen steelblue tan teal thistle tomato turquoise violet wheat white
whitesmoke yellow yellowgreen`)

// hexColor matches a color such as #fff or #286efa, with or without an alpha.
var hexColor = regexp.MustCompile(`^#([0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8})$`)

// colorFunction matches a function of a color space with three numbers and perhaps
// an alpha, such as rgb(255, 0, 0) or color(display-p3 1 0 0 / 50%).
var colorFunction = regexp.MustCompile(strings.ReplaceAll(
	`^(rgba?|hsla?|hwb|lab|lch|oklab|oklch|color)\( *([a-z][a-z0-9-]* +)?N([ ,]+N){2}( *[/,] *N)? *\)$`,
	"N", `(none|[-+]?[0-9]*\.?[0-9]+(%|deg|grad|rad|turn)?)`))

// isColor reports whether s, in lower case, is a CSS color. It cannot end a
// declaration.
func isColor(s string) bool {
	isShort := len(s) <= 100
	return isShort && (hexColor.MatchString(s) || colorFunction.MatchString(s) || slices.Contains(colorNames, s))
}

// areReadable reports whether text of one color on the other has the contrast of
// WCAG 2 level AA. It knows only #rgb and #rrggbb; others are.
func areReadable(text, background string) bool {
	lighter, ok := luminance(text)
	darker, ok2 := luminance(background)
	if !ok || !ok2 {
		return true
	}
	if lighter < darker {
		lighter, darker = darker, lighter
	}
	return (lighter+.05)/(darker+.05) >= 4.5
}

// luminance returns the relative luminance of a color, #rgb or #rrggbb.
func luminance(color string) (l float64, ok bool) {
	digits, _ := strings.CutPrefix(color, "#")
	if len(digits) == 3 {
		digits = strings.Repeat(digits[:1], 2) + strings.Repeat(digits[1:2], 2) + strings.Repeat(digits[2:], 2)
	}
	rgb, err := strconv.ParseUint(digits, 16, 24)
	if err != nil || len(digits) != 6 {
		return 0, false
	}

	for shift, weight := range map[int]float64{16: .2126, 8: .7152, 0: .0722} {
		channel := float64(rgb>>shift&0xff) / 255
		if channel <= .04045 {
			l += weight * channel / 12.92
		} else {
			l += weight * math.Pow((channel+.055)/1.055, 2.4)
		}
	}
	return l, true
}
