package docs

import (
	"go/build"
	"go/doc/comment"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// public are the packages that programs import.
var public = []string{"facade", "errors", "vaulttest"}

func TestEveryExportedNameHasACommentThatSaysMoreThanTheName(t *testing.T) {
	t.Parallel()
	for _, dir := range public {
		p := parsePackage(t, repository, dir)
		if p.Doc == "" {
			t.Errorf("package %s has no comment", dir)
		}
		for _, s := range exported(p) {
			if why := silent(s); why != "" {
				t.Errorf("%s.%s: %s", dir, s.name, why)
			}
		}
	}
}

// The fields of a session come from openapi.yaml, and so do their comments.
func TestEveryFieldOfTheContractHasAComment(t *testing.T) {
	t.Parallel()
	checked := 0
	for _, s := range exported(parsePackage(t, repository, "gen")) {
		typ, _, _ := strings.Cut(s.name, ".")
		if s.kind != field || !slices.Contains([]string{"Session", "ConsumerMetadata", "Settings", "Theme", "SessionData", "CreateSessionResponse"}, typ) {
			continue
		}
		checked++
		if why := silent(s); why != "" {
			t.Errorf("gen.%s: %s", s.name, why)
		}
	}
	if checked < 30 {
		t.Errorf("only %d fields found", checked)
	}
}

// silent says why the comment of s is not enough, "" if it is: it has words
// that its name has not, two for what stands alone and one for a member.
func silent(s symbol) string {
	if s.comment == "" && s.group == "" {
		return "has no comment"
	}
	name, least := s.name, 2
	switch s.kind {
	case method:
		least = 1
	case field:
		least = 1
		_, name, _ = strings.Cut(name, ".")
	}
	if len(newWords(name, s.comment+" "+s.group)) < least {
		return "its comment says no more than its name: " + strings.TrimSpace(s.comment+" "+s.group)
	}
	return ""
}

var word = regexp.MustCompile(`[\pL\pN]+`)

// newWords returns the words of a comment that neither the name holds nor any
// comment could have.
func newWords(name, text string) []string {
	lower := strings.ToLower(name)
	filler := "a an the is are it its of for to and in with this that which set sets get gets return returns represents defines model"
	words := map[string]bool{}
	for _, w := range word.FindAllString(strings.ToLower(text), -1) {
		if !strings.Contains(lower, strings.TrimSuffix(w, "s")) && !slices.Contains(strings.Fields(filler), w) {
			words[w] = true
		}
	}
	return slices.Sorted(maps.Keys(words))
}

func TestACommentThatRepeatsTheNameIsFound(t *testing.T) {
	t.Parallel()
	for _, s := range []symbol{
		{name: "Client"},
		{name: "Client", comment: "Client is a client."},
		{name: "WithTimeout", comment: "WithTimeout sets the timeout."},
		{name: "Server.Close", comment: "Close closes the server.", kind: method},
		{name: "APIError.StatusCode", comment: "the status code", kind: field},
		{name: "Reply.Delay", kind: field},
		{name: "ErrServer", comment: "server", group: "Errors of servers."},
	} {
		if silent(s) == "" {
			t.Errorf("%s passes with the comment %q", s.name, s.comment)
		}
	}
	for _, s := range []symbol{
		{name: "WithTimeout", comment: "WithTimeout bounds one attempt. Default: 15 s."},
		{name: "APIError.StatusCode", comment: "the HTTP status", kind: field},
		{name: "APIError.Unwrap", comment: "Unwrap returns the cause.", kind: method},
		{name: "ErrServer", comment: "500 to 599", group: "Sentinels."},
		{name: "ActionDelete", group: "What the consumer can do to a connection."},
	} {
		if why := silent(s); why != "" {
			t.Errorf("%s with the comment %q: %s", s.name, s.comment, why)
		}
	}
}

// bracketed is text that was meant as a link: pkg.go.dev shows the brackets of
// one that it cannot resolve.
var bracketed = regexp.MustCompile(`(^|[\s(])\[\*?([A-Za-z][\w./-]*\.)?[A-Z]\w*\]`)

func TestEveryLinkInACommentLeadsSomewhere(t *testing.T) {
	t.Parallel()
	parsed := map[string]map[string]bool{} // symbols of the packages linked to
	for _, dir := range public {
		p := parsePackage(t, repository, dir)
		comments := map[string]string{"package " + dir: p.Doc}
		for _, s := range exported(p) {
			comments[dir+"."+s.name] = s.comment + "\n" + s.group
		}
		for _, name := range slices.Sorted(maps.Keys(comments)) {
			eachText(p.Parser().Parse(comments[name]).Content, func(text comment.Text) {
				switch text := text.(type) {
				case comment.Plain:
					if found := bracketed.FindString(string(text)); found != "" {
						t.Errorf("%s: %s is not a link", name, strings.TrimSpace(found))
					}
				case *comment.DocLink:
					if !resolves(t, parsed, dir, text) {
						t.Errorf("%s: [%s] leads nowhere", name, linkName(text))
					}
				}
			})
		}
	}
}

func linkName(l *comment.DocLink) string {
	return strings.Trim(l.ImportPath+"."+strings.Trim(l.Recv+"."+l.Name, "."), ".")
}

// resolves looks a link up in its package, of the module or of the standard
// library.
func resolves(t *testing.T, parsed map[string]map[string]bool, dir string, l *comment.DocLink) bool {
	fsys := repository
	if inside, ok := strings.CutPrefix(l.ImportPath, module+"/"); ok {
		dir = inside
	} else if l.ImportPath != "" {
		std, err := build.Import(l.ImportPath, "", build.FindOnly)
		if err != nil {
			return false
		}
		fsys, dir = os.DirFS(std.Dir), "."
	}
	if l.Name == "" {
		return true
	}
	of := l.ImportPath + " " + dir
	if parsed[of] == nil {
		parsed[of] = symbols(parsePackage(t, fsys, dir))
	}
	return parsed[of][strings.Trim(l.Recv+"."+l.Name, ".")]
}

// eachText calls f with every piece of text in blocks.
func eachText(blocks []comment.Block, f func(comment.Text)) {
	for _, b := range blocks {
		switch b := b.(type) {
		case *comment.Heading:
			for _, text := range b.Text {
				f(text)
			}
		case *comment.Paragraph:
			for _, text := range b.Text {
				f(text)
			}
		case *comment.List:
			for _, item := range b.Items {
				eachText(item.Content, f)
			}
		}
	}
}
