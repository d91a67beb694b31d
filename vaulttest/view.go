package vaulttest

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/apideck-community/vault-go/facade"
)

// What page.html asks of a page; the words that it shows are in words.go.

// APIs returns the unified APIs that the session offers; a session that names
// none offers all.
func (p *page) APIs() []facade.UnifiedAPI {
	if len(p.Settings.UnifiedAPIs) == 0 {
		return everyUnifiedAPI
	}
	return p.Settings.UnifiedAPIs
}

// Actions returns the actions on a connection: absent shows all, empty none.
// Delete comes last.
func (p *page) Actions() []facade.Action {
	actions := p.Settings.AllowActions
	if actions == nil {
		actions = everyAction
	}
	return slices.SortedFunc(slices.Values(actions), func(a, b facade.Action) int { return strings.Compare(string(b), string(a)) })
}

// On returns a setting, or its default when the session leaves it out.
func (p *page) On(setting *bool, byDefault bool) bool {
	if setting == nil {
		return byDefault
	}
	return *setting
}

// Sidebar reports whether the page has its panel with navigation.
func (p *page) Sidebar() bool {
	return p.On(p.Settings.ShowSidebar, true) && !p.On(p.Settings.IsolationMode, false)
}

// Expires returns when the session ends.
func (p *page) Expires() time.Time { return time.Unix(p.ExpiresAt, 0).UTC() }

// BackHost returns where the way back leads.
func (p *page) BackHost() string {
	u, err := url.Parse(p.Back)
	if err != nil {
		return ""
	}
	return u.Host
}
