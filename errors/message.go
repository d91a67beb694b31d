package errors

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The Error method of each type composes its line with the functions below. The
// reason in it is written where it arises, in package facade.

// maxMessage bounds a message, because parts of it come from the server.
const maxMessage = 512

// message returns "apideck: subject: text (note; note)", omitting empty notes. The
// subject is an operation or a field. If the line is too long, the text is cut and
// the notes are kept.
func message(subject, text string, notes ...string) string {
	if subject != "" {
		text = clean(subject, 100) + ": " + text
	}

	notes = slices.DeleteFunc(notes, func(note string) bool { return note == "" })
	tail := ""
	if len(notes) > 0 {
		tail = " (" + strings.Join(notes, "; ") + ")"
	}

	return clean("apideck: "+text, maxMessage-len(tail)) + tail
}

// part returns prefix and the cleaned s, or "" if s is empty.
func part(prefix, s string, limit int) string {
	if s == "" {
		return ""
	}
	return prefix + clean(s, limit)
}

// statusLine returns code and its text, such as "401 Unauthorized". If net/http
// has no text for code, it uses title.
func statusLine(code int, title string) string {
	text := cmp.Or(http.StatusText(code), clean(title, 64))
	return strings.TrimSpace(strconv.Itoa(code) + " " + text)
}

func attemptsNote(n int) string {
	if n < 2 {
		return ""
	}
	return strconv.Itoa(n) + " attempts"
}

// clean returns s as one line of at most limit bytes: characters that are not
// printable become spaces, and a longer string is cut and ends in an ellipsis.
func clean(s string, limit int) string {
	const ellipsis = "…"

	if len(s) > limit {
		cut := limit - len(ellipsis)
		for cut > 0 && !utf8.RuneStart(s[cut]) {
			cut--
		}
		s = s[:cut] + ellipsis
	}

	return strings.Map(func(r rune) rune {
		if r == utf8.RuneError {
			return '?' // one byte: the three of U+FFFD could exceed the limit
		}
		if !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, s)
}
