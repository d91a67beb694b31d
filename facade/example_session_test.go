package facade_test

import (
	"context"
	"fmt"
	"log"
	"time"

	"github.com/apideck-community/vault-go/facade"
	"github.com/apideck-community/vault-go/vaulttest"
)

// everyField is a session with all of its fields. Each is optional: what is not
// set is not sent, and Apideck's default applies.
var everyField = facade.Session{
	// Who the customer is. The page shows it in its sidebar.
	ConsumerMetadata: facade.ConsumerMetadata{
		AccountName: "SpaceX",    // the company
		UserName:    "Elon Musk", // the person
		Email:       "elon@musk.com",
		Image:       "https://mysaas.com/elon.jpg", // the URL of an avatar
	},

	// Where the browser returns when the customer is done. If the application has
	// redirect protection, register it: Configuration, Vault, OAuth protection.
	RedirectURI: "https://mysaas.com/integrations",

	Settings: facade.Settings{
		// What the page offers. A list is sent unless it is nil. UnifiedAPIs: nil or
		// empty is all of them. AllowActions: nil is all of them, empty is none.
		UnifiedAPIs:  []facade.UnifiedAPI{facade.UnifiedAPICRM, facade.UnifiedAPIHRIS},
		AllowActions: []facade.Action{facade.ActionReauthorize},

		// Until the session expires, at most a week. Default: 1h.
		SessionLength: facade.SessionLength(30 * time.Minute),

		// A boolean is a pointer: new(false) is sent, nil is not. Default: false, but
		// true for ShowLogs and ShowSidebar.
		AutoRedirect:         new(true),  // return as soon as a connection works
		HideGuides:           new(true),  // no guides to the integrations
		HideResourceSettings: new(true),  // no settings of an integration's resources
		IsolationMode:        new(false), // true: only a connection's settings, no navigation
		SandboxMode:          new(true),  // a banner says that this is a test
		ShowLogs:             new(false), // no page of request logs
		ShowSidebar:          new(true),
		ShowSuggestions:      new(true), // the page of suggested integrations
	},

	// What the page looks like.
	Theme: facade.Theme{
		VaultName:                "Acme", // your name, in the sidebar
		Logo:                     "https://mysaas.com/logo.svg",
		Favicon:                  "https://mysaas.com/favicon.svg",
		PrimaryColor:             "#286efa", // of buttons and links
		SidepanelBackgroundColor: "#0d3b2e",
		SidepanelTextColor:       "#ffffff",
		PrivacyURL:               "https://mysaas.com/privacy", // linked in the sidebar
		TermsURL:                 "https://mysaas.com/terms",   // linked in the sidebar
	},

	// JSON of your own that stays with the session.
	CustomConsumerSettings: map[string]any{
		"feature_flag_1": true,
		"tax_rates":      []map[string]string{{"id": "6", "label": "6%"}},
	},
}

// Which fields does a session have? This file sets all of them.
func ExampleSession() {
	vault, err := vaulttest.Start()
	if err != nil {
		log.Fatal(err)
	}
	defer vault.Close()
	client := vault.Client() // a program calls facade.New

	resp, err := client.Vault.Sessions.Create(context.Background(), everyField,
		facade.WithConsumerID("account:12345"))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(resp.Status)
	// Output: OK
}
