package main

import (
	"bytes"
	"fmt"
	"math"
	"slices"
)

// plot draws the attempts per second that reach the API, as an SVG.
func plot(s scenario, results []result) []byte {
	const (
		width, height            = 860, 470
		left, right, top, bottom = 60, 20, 30, 160
		from, to                 = 20, 200 // seconds
	)
	most := 0.0
	for _, r := range results {
		most = max(most, math.Ceil(float64(slices.Max(r.perSecond[from:to]))/s.normalLoad()))
	}
	x := func(second float64) float64 { return left + (second-from)/(to-from)*(width-left-right) }
	y := func(load float64) float64 { return height - bottom - load/most*(height-top-bottom) }

	var b bytes.Buffer
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d"`, width, height)
	line(` font-family="sans-serif" font-size="12" fill="#333333" role="img"`)
	line(` aria-label="Attempts a second at the API before, during and after an outage, by retry policy">`)
	line(`<rect width="%d" height="%d" fill="#ffffff"/>`, width, height)
	line(`<rect x="%.1f" y="%d" width="%.1f" height="%d" fill="#f3e3e1"/>`,
		x(s.down), top, x(s.up)-x(s.down), height-top-bottom)
	line(`<text x="%.1f" y="%d" text-anchor="middle" fill="#7a3b35">outage</text>`, x((s.down+s.up)/2), top-8)
	for load := 0.0; load <= most; load++ {
		line(`<line x1="%d" x2="%d" y1="%.1f" y2="%.1f" stroke="#e0e0e0"/>`, left, width-right, y(load), y(load))
		line(`<text x="%d" y="%.1f" text-anchor="end">%g×</text>`, left-8, y(load)+4, load)
	}
	for second := from; second <= to; second += 20 {
		line(`<text x="%.1f" y="%d" text-anchor="middle">%d</text>`,
			x(float64(second)), height-bottom+18, second-int(s.down))
	}
	line(`<text x="%d" y="%d">seconds since the outage began; attempts a second, relative to the calls</text>`,
		left, height-bottom+38)
	for i, r := range slices.Backward(results) { // draws this library's line last, on top
		fmt.Fprintf(&b, `<polyline fill="none" stroke="%s" stroke-width="2" points="`, policies[i].color)
		for second := from; second < to; second++ {
			fmt.Fprintf(&b, "%.1f,%.1f ", x(float64(second)+0.5), y(float64(r.perSecond[second])/s.normalLoad()))
		}
		row := height - bottom + 60 + 17*i
		line(`"/>`)
		line(`<line x1="%d" x2="%d" y1="%d" y2="%d" stroke="%s" stroke-width="3"/>`,
			left, left+24, row-4, row-4, policies[i].color)
		line(`<text x="%d" y="%d">%s</text>`, left+32, row, policies[i].name)
	}
	line("</svg>")
	return b.Bytes()
}
