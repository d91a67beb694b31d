package main

import (
	"fmt"
	"io"
	"strings"
)

// plot writes the attempts a second that reach the API as an SVG.
func plot(w io.Writer, s scenario, results []result) error {
	const (
		width, height            = 860, 460
		left, right, top, bottom = 60, 20, 30, 150
		from, to                 = 20, 200 // seconds
	)
	normal := float64(s.clients) * s.callsPerSecond
	highest := 0
	for _, r := range results {
		for _, n := range r.perSecond[from:to] {
			highest = max(highest, n)
		}
	}
	most := float64(int(float64(highest)/normal) + 1)
	x := func(second float64) float64 { return left + (second-from)/(to-from)*(width-left-right) }
	y := func(attempts float64) float64 { return height - bottom - attempts/normal/most*(height-top-bottom) }

	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif" font-size="12" role="img" aria-label="Attempts a second that reach the API before, during and after a 60 s outage, by retry policy">`+"\n", width, height)
	fmt.Fprintf(&b, `<rect width="%d" height="%d" fill="#ffffff"/>`+"\n", width, height)
	fmt.Fprintf(&b, `<rect x="%.1f" y="%d" width="%.1f" height="%d" fill="#f3e3e1"/>`+"\n", x(s.down), top, x(s.up)-x(s.down), height-top-bottom)
	fmt.Fprintf(&b, `<text x="%.1f" y="%d" text-anchor="middle" fill="#7a3b35">outage</text>`+"\n", (x(s.down)+x(s.up))/2, top-8)
	for n := 0.0; n <= most; n++ {
		fmt.Fprintf(&b, `<line x1="%d" x2="%d" y1="%.1f" y2="%.1f" stroke="#e0e0e0"/><text x="%d" y="%.1f" text-anchor="end" fill="#333333">%g×</text>`+"\n",
			left, width-right, y(n*normal), y(n*normal), left-8, y(n*normal)+4, n)
	}
	for second := from; second <= to; second += 20 {
		fmt.Fprintf(&b, `<text x="%.1f" y="%d" text-anchor="middle" fill="#333333">%d</text>`+"\n", x(float64(second)), height-bottom+18, second-int(s.down))
	}
	fmt.Fprintf(&b, `<text x="%d" y="%d" fill="#333333">seconds since the outage began; attempts a second, relative to the calls</text>`+"\n", left, height-bottom+38)
	for i, r := range results {
		var points []string
		for second := from; second < to; second++ {
			points = append(points, fmt.Sprintf("%.1f,%.1f", x(float64(second)+0.5), y(float64(r.perSecond[second]))))
		}
		dash := ""
		if policies[i].attempts == 1 {
			dash = ` stroke-dasharray="4 4"` // it lies under this library's line
		}
		fmt.Fprintf(&b, `<polyline points="%s" fill="none" stroke="%s" stroke-width="2"%s/>`+"\n", strings.Join(points, " "), policies[i].colour, dash)
		row := height - bottom + 60 + 17*i
		fmt.Fprintf(&b, `<line x1="%d" x2="%d" y1="%d" y2="%d" stroke="%s" stroke-width="3"%s/><text x="%d" y="%d" fill="#333333">%s</text>`+"\n",
			left, left+24, row-4, row-4, policies[i].colour, dash, left+32, row, policies[i].name)
	}
	b.WriteString("</svg>\n")
	_, err := io.WriteString(w, b.String())
	return err
}
