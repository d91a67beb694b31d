package vaulttest

import (
	"math/rand/v2"
	"testing"
)

func TestOnlyHexColoursAreColours(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]string{
		"#286efa": "#286efa", "#FFF": "#ffffff", " #0f08 ": "#00ff00", "#11223344": "#112233",
		"": "", "#": "", "286efa": "", "#12345": "", "#1234567": "", "#ggg": "", "red": "", "#fff;": "", "#fff}": "", "url(#fff)": "", "##fff": "", "#é1": "",
	} {
		c, ok := parseColor(s)
		if ok != (want != "") || ok && c.String() != want {
			t.Errorf("%q is %v, %v", s, c, ok)
		}
	}
}

// The figures are those of WCAG 2's definition.
func TestContrastIsThatOfWCAG(t *testing.T) {
	t.Parallel()
	if got := white.contrast(black); got < 20.99 || got > 21.01 {
		t.Errorf("white on black: %v", got)
	}
	if got := (color{0x76, 0x76, 0x76}).contrast(white); got < 4.54 || got > 4.55 {
		t.Errorf("#767676 on white: %v", got)
	}
}

func TestWhateverColoursAreAskedForTextStaysReadable(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	next := func() color { n := random.Uint32(); return color{uint8(n), uint8(n >> 8), uint8(n >> 16)} }
	for range 3000 {
		theme := [3]color{next(), next(), next()}
		p := &page{}
		p.Theme.SidepanelBackgroundColor, p.Theme.SidepanelTextColor = theme[1].String(), theme[2].String()
		for _, back := range [][2]color{{{0xf5, 0xf6, 0xf8}, white}, {{0x0f, 0x11, 0x15}, {0x17, 0x1a, 0x20}}} {
			s := p.colours(theme[0], back[0], back[1])
			for what, ratio := range map[string]float64{
				"button": s.Brand.contrast(s.OnBrand), "accent on the page": s.Accent.contrast(back[0]), "accent on a card": s.Accent.contrast(back[1]), "side panel": s.Side.contrast(s.OnSide),
			} {
				if ratio < minContrast {
					t.Fatalf("%s of %v has a contrast of %.2f", what, theme, ratio)
				}
			}
		}
	}
}

func TestColoursThatCanBeReadStayAsTheyWereAskedFor(t *testing.T) {
	t.Parallel()
	p := &page{}
	p.Theme.SidepanelBackgroundColor, p.Theme.SidepanelTextColor = "#102030", "#ffe0b0"
	s := p.colours(color{0x0a, 0x52, 0xcc}, white, white)
	if s.Side.String() != "#102030" || s.OnSide.String() != "#ffe0b0" || s.Brand.String() != "#0a52cc" || s.OnBrand != white || s.Accent != s.Brand {
		t.Errorf("%v", s)
	}
	// Where the text cannot be saved, the background is what it was.
	if background, text := legible(white, white); background != white || text != black {
		t.Errorf("%v on %v", text, background)
	}
	// The reference example: white on #286efa is 4.45 to 1.
	background, text := legible(color{0x28, 0x6e, 0xfa}, white)
	if text != white || background.contrast(color{0x28, 0x6e, 0xfa}) > 1.15 {
		t.Errorf("%v on %v", text, background)
	}
}
