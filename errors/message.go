package errors

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxMessage bounds Error(): parts of it come from the other side.
const maxMessage = 512

// message puts one line together: prefix, operation, what happened, and the
// notes that are not empty in brackets.
func message(op, text string, notes ...string) string {
	var line strings.Builder
	line.WriteString("apideck: ")
	if op != "" {
		line.WriteString(clean(op, 100) + ": ")
	}
	line.WriteString(text)
	open := " ("
	for _, note := range notes {
		if note != "" {
			line.WriteString(open + note)
			open = "; "
		}
	}
	if open == "; " {
		line.WriteString(")")
	}
	return clean(line.String(), maxMessage)
}

// clean makes s fit for one line of a log: what does not print becomes a
// space, and what is longer than limit bytes is cut with an ellipsis.
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

func colon(s string) string {
	if s == "" {
		return ""
	}
	return ": " + s
}

func requestID(id string) string {
	if id == "" {
		return ""
	}
	return "request id " + clean(id, 100)
}

func attempts(n int) string {
	if n < 2 {
		return ""
	}
	return strconv.Itoa(n) + " attempts"
}

func notRetried(why string) string {
	if why == "" {
		return ""
	}
	return "not retried: " + clean(why, 100)
}
