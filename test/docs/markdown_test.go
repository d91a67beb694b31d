package docs

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
)

// markdown is a document cut into what the checks look at.
type markdown struct {
	prose  string // without code
	blocks []block
}

// block is a fenced block of code.
type block struct {
	language string
	code     string
	line     int // of its first line, from 1
}

var (
	fence    = regexp.MustCompile("^ {0,3}(```+|~~~+) *([A-Za-z]*)")
	codeSpan = regexp.MustCompile("`[^`\n]+`")
	remark   = regexp.MustCompile(`(?s)<!--.*?-->`)
)

func parseMarkdown(text string) markdown {
	var m markdown
	var prose, code strings.Builder
	open := ""
	for i, line := range strings.Split(text, "\n") {
		match := fence.FindStringSubmatch(line)
		switch {
		case open == "" && match != nil:
			open = match[1]
			m.blocks = append(m.blocks, block{language: match[2], line: i + 2})
			prose.WriteByte('\n') // keeps what stands around the block apart
		case open == "":
			prose.WriteString(line + "\n")
		case match != nil && match[2] == "" && strings.HasPrefix(match[1], open):
			m.blocks[len(m.blocks)-1].code = code.String()
			code.Reset()
			open = ""
		default:
			code.WriteString(line + "\n")
		}
	}
	m.prose = remark.ReplaceAllString(prose.String(), "")
	return m
}

// spans returns the inline code.
func (m markdown) spans() []string {
	var spans []string
	for _, span := range codeSpan.FindAllString(m.prose, -1) {
		spans = append(spans, strings.Trim(span, "`"))
	}
	return spans
}

var (
	target    = regexp.MustCompile(`\]\(\s*<?([^()\s>]+(?:\([^()\s]*\))?)>?(?:\s+["'][^)]*)?\s*\)`)
	reference = regexp.MustCompile(`(?m)^ {0,3}\[([^\]^]+)\]:\s*<?([^\s>]+)`)
	attribute = regexp.MustCompile(`(?:href|src|srcset)="([^"]+)"`)
	use       = regexp.MustCompile(`\]\[([^\]]*)\]`)
)

// links returns the targets of all links and images, and says which references
// have no target.
func (m markdown) links() (targets, undefined []string) {
	prose := codeSpan.ReplaceAllString(m.prose, "`")
	defined := map[string]bool{}
	for _, match := range reference.FindAllStringSubmatch(prose, -1) {
		defined[strings.ToLower(match[1])] = true
		targets = append(targets, match[2])
	}
	for _, match := range append(target.FindAllStringSubmatch(prose, -1), attribute.FindAllStringSubmatch(prose, -1)...) {
		targets = append(targets, match[1])
	}
	for _, match := range use.FindAllStringSubmatch(prose, -1) {
		if match[1] != "" && !defined[strings.ToLower(match[1])] {
			undefined = append(undefined, match[1])
		}
	}
	return targets, undefined
}

var (
	heading  = regexp.MustCompile(`(?m)^ {0,3}#{1,6}\s+(.+?)\s*#*$`)
	linkText = regexp.MustCompile(`!?\[([^\]]*)\]\([^)]*\)`)
	named    = regexp.MustCompile(`(?:id|name)="([^"]+)"`)
)

// anchors returns what a #fragment can name: GitHub's anchors of the headings,
// and those set by hand.
func (m markdown) anchors() map[string]bool {
	anchors := map[string]bool{}
	for _, match := range heading.FindAllStringSubmatch(m.prose, -1) {
		slug := strings.Map(func(r rune) rune {
			switch {
			case r == ' ':
				return '-'
			case r == '-' || r == '_' || unicode.IsLetter(r) || unicode.IsNumber(r):
				return unicode.ToLower(r)
			}
			return -1
		}, linkText.ReplaceAllString(match[1], "$1"))
		unique := slug
		for n := 1; anchors[unique]; n++ {
			unique = fmt.Sprintf("%s-%d", slug, n)
		}
		anchors[unique] = true
	}
	for _, match := range named.FindAllStringSubmatch(m.prose, -1) {
		anchors[match[1]] = true
	}
	return anchors
}
