package vaulttest

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
)

// Words returns the id of a unified API or an action as people read it:
// "file-storage" is "File storage", "crm" is "CRM".
func (p *page) Words(id any) string {
	s := fmt.Sprint(id)
	if slices.Contains([]string{"ats", "crm", "csp", "hris", "pos", "sms"}, s) {
		return strings.ToUpper(s)
	}
	if s == "" {
		return ""
	}
	return strings.ToUpper(s[:1]) + strings.ReplaceAll(s[1:], "-", " ")
}

// Initials returns two capitals that stand in for a picture.
func (p *page) Initials(names ...string) string {
	words := strings.FieldsFunc(firstOf(names...), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsNumber(r) })
	switch len(words) {
	case 0:
		return ""
	case 1:
		return strings.ToUpper(firstRunes(words[0], 2))
	default:
		return strings.ToUpper(firstRunes(words[0], 1) + firstRunes(words[1], 1))
	}
}

func firstRunes(s string, n int) string {
	runes := []rune(s)
	return string(runes[:min(n, len(runes))])
}

// JSON returns what the token says, for the reader who develops.
func (p *page) JSON() (string, error) {
	b, err := json.MarshalIndent(p.claims, "", "  ")
	return string(b), err
}

func firstOf(texts ...string) string {
	for _, s := range texts {
		if strings.TrimSpace(s) != "" {
			return s
		}
	}
	return ""
}

// inWords returns d as people say it.
func inWords(d time.Duration) string {
	switch minutes := int(d.Round(time.Minute) / time.Minute); {
	case minutes < 1:
		return "less than a minute"
	case minutes == 1:
		return "1 minute"
	case minutes == 60:
		return "1 hour"
	case minutes < 120:
		return fmt.Sprintf("%d minutes", minutes)
	case minutes < 48*60:
		return fmt.Sprintf("%d hours", (minutes+30)/60)
	default:
		return fmt.Sprintf("%d days", (minutes+12*60)/(24*60))
	}
}
