package main

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const (
	ourFile      = "testdata/contract.yaml"
	upstreamFile = "../../../shared/upstream/vault.yml"
)

func ourText(tb testing.TB) string {
	tb.Helper()
	text, err := os.ReadFile(ourFile)
	if err != nil {
		tb.Fatal(err)
	}
	return string(text)
}

// replaced is our description with one piece of text exchanged.
func replaced(tb testing.TB, old, new string) string {
	tb.Helper()
	text := ourText(tb)
	if strings.Count(text, old) == 0 {
		tb.Fatalf("openapi.yaml has no %q", old)
	}
	return strings.Replace(text, old, new, 1)
}

// drift runs the command with the given text as upstream.
func drift(tb testing.TB, upstream, intended string) (status int, output string) {
	tb.Helper()
	dir := tb.TempDir()
	file, list := filepath.Join(dir, "upstream.yaml"), filepath.Join(dir, "intended.yaml")
	for name, text := range map[string]string{file: upstream, list: intended} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			tb.Fatal(err)
		}
	}
	var out bytes.Buffer
	status = run(&out, &out, ourFile, file, list)
	return status, out.String()
}

func TestADescriptionDoesNotDifferFromItself(t *testing.T) {
	t.Parallel()
	if status, out := drift(t, ourText(t), ""); status != 0 || !strings.Contains(out, "no difference that matters") {
		t.Errorf("status %d: %s", status, out)
	}
}

func TestEachKindOfDifferenceIsOneRow(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, old, new, row string }{
		{"new property", "        hide_guides:\n", "        beta:\n          type: boolean\n          default: false\n        hide_guides:\n",
			"request settings property beta boolean, default false -"},
		{"property gone", "        vault_name:\n          type: string\n          description: Name shown in the sidebar.\n          example: Intercom\n", "",
			"request theme property vault_name - string"},
		{"enum value new", "        - ats\n", "        - ats\n        - banking\n", "request settings.unified_apis[] enum value banking yes -"},
		{"enum value gone", "        - ats\n", "", "request settings.unified_apis[] enum value ats - yes"},
		{"type", "        image:\n          type: string", "        image:\n          type: integer", "request consumer_metadata.image type integer string"},
		{"default", "default: 1h", "default: 2h", "request settings.session_length default 2h 1h"},
		{"default of a boolean", "          default: true\n", "          default: false\n", "request settings.show_logs default false true"},
		{"required", "required: [status_code, status, data]", "required: [status_code, data]", "response 200 status required - yes"},
		{"nullable", "          nullable: true\n", "", "response 200 _raw nullable - yes"},
		{"closed object", "    Settings:\n      type: object\n      additionalProperties: false\n", "    Settings:\n      type: object\n",
			"request settings additionalProperties - refused"},
		{"limit", "        minLength: 1\n", "        minLength: 2\n", "header x-apideck-app-id minLength 2 1"},
		{"parameter gone", "        - $ref: '#/components/parameters/consumerId'\n", "", "operation parameter header x-apideck-consumer-id - string, required yes"},
		{"body required", "        required: false\n", "        required: true\n", "request required yes -"},
		{"status new", "        '422':\n", "        '429':\n          $ref: '#/components/responses/BadRequestResponse'\n        '422':\n", "operation response 429 present -"},
		{"status gone", "        '422':\n          $ref: '#/components/responses/UnprocessableResponse'\n", "", "operation response 422 - present"},
		{"security", "      name: Authorization\n", "      name: X-Key\n", "operation security apiKey (apiKey header X-Key) yes -"},
		{"server", "https://unify.apideck.com\n", "https://api.apideck.com\n", "operation server https://api.apideck.com yes -"},
		{"operation id", "operationId: sessionsCreate", "operationId: createSession", "operation operationId createSession sessionsCreate"},
		{"path", "  /vault/sessions:", "  /vault/v2/sessions:", "operation path POST /vault/v2/sessions POST /vault/sessions"},
		{"media type", "          application/json:\n            schema:\n              $ref: '#/components/schemas/Session'", "          text/json:\n            schema:\n              $ref: '#/components/schemas/Session'",
			"request media type text/json object {consumer_metadata,"},
		{"a subtree with its contents", "        allow_actions:\n", "        more_actions:\n          type: array\n          items:\n            type: string\n            enum: [b, a]\n        allow_actions:\n",
			"request settings property more_actions array of {a, b} -"},
		{"an enum that is open", "          items:\n            $ref: '#/components/schemas/UnifiedApiId'\n",
			"          items:\n            anyOf:\n              - $ref: '#/components/schemas/UnifiedApiId'\n              - type: string\n",
			"request settings.unified_apis[] enum and any other string -"},
		{"not", "        vault_name:\n          type: string\n", "        vault_name:\n          type: string\n          not: {enum: [x]}\n", `request theme.vault_name not {"enum":["x"]} -`},
		{"patternProperties", "    Theme:\n      type: object\n", "    Theme:\n      type: object\n      patternProperties: {a: {type: string}}\n",
			`request theme patternProperties {"a":{"type":"string"}} -`},
		{"dependentRequired", "    Theme:\n      type: object\n", "    Theme:\n      type: object\n      dependentRequired: {logo: [favicon]}\n",
			`request theme dependentRequired {"logo":["favicon"]} -`},
		{"unevaluatedProperties", "    Theme:\n      type: object\n", "    Theme:\n      type: object\n      unevaluatedProperties: false\n",
			"request theme unevaluatedProperties false -"},
		{"callbacks", "      operationId: sessionsCreate\n", "      operationId: sessionsCreate\n      callbacks: {done: {}}\n", `operation callbacks {"done":{}} -`},
		{"reference to nowhere", "            $ref: '#/components/schemas/UnifiedApiId'", "            $ref: 'other.yaml#/UnifiedApiId'",
			"request settings.unified_apis[] problem reference other.yaml#/UnifiedApiId leads nowhere -"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			status, out := drift(t, replaced(t, test.old, test.new), "")
			if status != 1 || !strings.Contains(columnsJoined(out), test.row) {
				t.Errorf("status %d, no row %q in:\n%s", status, test.row, out)
			}
		})
	}
}

// columnsJoined is the table with one space between words.
func columnsJoined(table string) string {
	var b strings.Builder
	for line := range strings.Lines(table) {
		b.WriteString(strings.Join(strings.Fields(line), " ") + "\n")
	}
	return b.String()
}

// What means the same is no difference, however it is written.
func TestAnotherWayToWriteItIsNoDifference(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, old, new string }{
		{"description", "description: Name of the account.", "description: Another text."},
		{"inline schema", "          $ref: '#/components/schemas/ConsumerMetadata'\n",
			"          {type: object, properties: {account_name: {type: string}, user_name: {type: string}, email: {type: string}, image: {type: string}}}\n"},
		{"reference inside allOf", "          $ref: '#/components/schemas/Theme'\n", "          allOf:\n            - $ref: '#/components/schemas/Theme'\n"},
		{"only alternative", "          $ref: '#/components/schemas/Theme'\n", "          anyOf:\n            - $ref: '#/components/schemas/Theme'\n"},
		{"two types at once", "          anyOf:\n            - type: string\n            - type: object\n              additionalProperties: true\n", "          type: [object, string]\n"},
		{"oneOf", "          anyOf:\n            - type: string\n", "          oneOf:\n            - type: string\n"},
		{"null as a type", "        _raw:\n          type: object\n          nullable: true\n", "        _raw:\n          type: [object, 'null']\n"},
		{"open object said aloud", "    Theme:\n      type: object\n", "    Theme:\n      type: object\n      additionalProperties: true\n"},
		{"type left out", "    Theme:\n      type: object\n", "    Theme:\n"},
		{"version 3.1", "openapi: 3.0.3\n", "openapi: 3.1.0\n"},
		{"status without quotes", "        '200':\n", "        200:\n"},
		{"security for all operations", "      security:\n        - apiKey: []\n", ""},
		{"extension", "x-go-name: UnifiedAPIs", "x-other: UnifiedAPIs"},
		{"slash after the server", "https://unify.apideck.com\n", "https://unify.apideck.com/\n"},
		{"case of a header", "name: x-apideck-app-id", "name: X-Apideck-App-Id"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			text := replaced(t, test.old, test.new)
			if test.name == "security for all operations" {
				text += "security:\n  - apiKey: []\n"
			}
			if status, out := drift(t, text, ""); status != 0 {
				t.Errorf("status %d:\n%s", status, out)
			}
		})
	}
}

func TestAFileThatIsNoDescriptionIsOneClearLine(t *testing.T) {
	t.Parallel()
	bomb := "openapi: 3.0.3\na: &a [x,x,x,x,x,x,x,x,x]\n"
	for i := 'b'; i <= 'j'; i++ {
		bomb += fmt.Sprintf("%c: &%c [*%c,*%c,*%c,*%c,*%c,*%c,*%c,*%c,*%c]\n", i, i, i-1, i-1, i-1, i-1, i-1, i-1, i-1, i-1, i-1)
	}
	for _, test := range []struct{ name, text, says string }{
		{"empty", "", "no object"},
		{"a list", "- a\n- b\n", "no object"},
		{"HTML", "<!doctype html>\n<html><body>Not Found</body></html>", "no object"},
		{"not YAML", "openapi: [3.0.3\npaths: {", "not YAML"},
		{"binary", "\x00\x01\x02", "not YAML"},
		{"anchor in itself", "openapi: 3.0.3\npaths: &a\n  x: *a\n", "not YAML"},
		{"anchors without end", bomb, "not YAML"},
		{"no version", "info: {title: x}", "no version"},
		{"Swagger", "swagger: '2.0'\npaths: {}", "Swagger 2.0"},
		{"OpenAPI 4", "openapi: 4.0.0\npaths: {}", "OpenAPI 4.0.0"},
	} {
		status, out := drift(t, test.text, "")
		if status != 2 || !strings.Contains(out, test.says) || strings.Count(out, "\n") != 1 {
			t.Errorf("%s: status %d: %q", test.name, status, out)
		}
	}
	if status, out := drift(t, ourText(t)[:9000], ""); status == 0 || strings.Contains(out, "goroutine") {
		t.Errorf("cut in the middle: status %d: %s", status, out)
	}
}

func TestAnOperationThatIsGoneIsSaidWithWhatItMayBeNow(t *testing.T) {
	t.Parallel()
	text := strings.NewReplacer("/vault/sessions", "/vault/session-links", "sessionsCreate", "linksCreate").Replace(ourText(t))
	status, out := drift(t, text, "")
	if status != 1 || !strings.Contains(out, "absent; perhaps now POST /vault/session-links linksCreate") {
		t.Errorf("status %d: %s", status, out)
	}
	const list = "- {where: request, what: required, upstream: yes, ours: '-', why: a reason}\n"
	status, out = drift(t, "openapi: 3.0.3\npaths: {}\n", list)
	if status != 1 || !strings.Contains(out, "none of 0 operations is about a session") || strings.Contains(out, "remove it") {
		t.Errorf("status %d: %s", status, out)
	}
}

func TestSchemasThatReferToThemselvesEnd(t *testing.T) {
	t.Parallel()
	const theme = "          $ref: '#/components/schemas/Theme'\n"
	status, out := drift(t, replaced(t, theme, "          $ref: '#/components/schemas/Session'\n"), "")
	if status != 1 || !strings.Contains(columnsJoined(out), "request theme type recursive object") {
		t.Errorf("a schema in itself: status %d: %s", status, out)
	}
	status, out = drift(t, replaced(t, "    Theme:\n      type: object\n", "    Theme:\n      $ref: '#/components/schemas/Theme'\n"), "")
	if status != 1 || !strings.Contains(out, "references go round in a circle") {
		t.Errorf("a reference to itself: status %d: %s", status, out)
	}
	// Each level refers to the next one twice: 2^40 nodes if nothing stops it.
	deep := "    L40: {type: string}\n"
	for i := range 40 {
		deep += fmt.Sprintf("    L%d: {properties: {a: {$ref: '#/components/schemas/L%d'}, b: {$ref: '#/components/schemas/L%d'}}}\n", i, i+1, i+1)
	}
	text := strings.Replace(replaced(t, theme, "          $ref: '#/components/schemas/L0'\n"), "    Theme:\n", deep+"    Theme:\n", 1)
	status, out = drift(t, text, "")
	if status != 2 || !strings.Contains(out, "too often to compare") {
		t.Errorf("no end in sight: status %d: %s", status, out)
	}
}

func TestAnIntendedDifferenceCountsOnlyWhileItIsTheSame(t *testing.T) {
	t.Parallel()
	const list = "- {where: 'request settings.session_*', what: default, upstream: 2h, ours: 1h, why: ours is shorter}\n"
	if status, out := drift(t, replaced(t, "default: 1h", "default: 2h"), list); status != 0 || !strings.Contains(out, "ours is shorter") {
		t.Errorf("intended: status %d: %s", status, out)
	}
	if status, out := drift(t, replaced(t, "default: 1h", "default: 3h"), list); status != 1 {
		t.Errorf("another value: status %d: %s", status, out)
	}
	if status, out := drift(t, ourText(t), list); status != 0 || !strings.Contains(out, "remove it from intended.yaml") {
		t.Errorf("gone: status %d: %s", status, out)
	}
	for _, bad := range []string{
		"- {where: request, what: type, upstream: x, ours: y}\n", "- {were: request}\n", "- {where: '[', what: a, upstream: b, ours: c, why: d}\n", "x", "-\n",
	} {
		if status, out := drift(t, ourText(t), bad); status != 2 || !strings.Contains(out, "intended.yaml") {
			t.Errorf("%q: status %d: %s", bad, status, out)
		}
	}
}

func TestUpstreamMayBeAURL(t *testing.T) {
	t.Parallel()
	text := ourText(t)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/vault.yml" {
			http.NotFound(w, r)
			return
		}
		fmt.Fprint(w, text)
	}))
	t.Cleanup(server.Close)
	var out bytes.Buffer
	if status := run(&out, &out, ourFile, server.URL+"/vault.yml", "intended.yaml"); status != 0 {
		t.Errorf("status %d: %s", status, out.String())
	}
	out.Reset()
	if status := run(&out, &out, ourFile, server.URL+"/gone.yml", "intended.yaml"); status != 2 || !strings.Contains(out.String(), "404") {
		t.Errorf("status %d: %s", status, out.String())
	}
	if status := run(&out, &out, ourFile, "", "intended.yaml"); status != 2 {
		t.Errorf("no upstream: status %d", status)
	}
}

// Every operation is compared, and a row says which.
func TestDifferences_ComparesEveryOperation(t *testing.T) {
	t.Parallel()
	const second = "  /vault/links:\n    get:\n      operationId: linksAll\n      responses:\n        '200': {description: x}\n"
	both := replaced(t, "paths:\n", "paths:\n"+second)
	ours := filepath.Join(t.TempDir(), "ours.yaml")
	if err := os.WriteFile(ours, []byte(both), 0o600); err != nil {
		t.Fatal(err)
	}
	for changed, want := range map[string]string{
		strings.Replace(both, "'200': {description: x}", "'201': {description: x}", 1): "GET /vault/links: operation response 201 present -",
		strings.Replace(both, "default: 1h", "default: 2h", 1):                         "POST /vault/sessions: request settings.session_length default 2h 1h",
		ourText(t): "GET /vault/links: operation path absent, and none of 1 operations is about a link GET /vault/links",
	} {
		upstream := filepath.Join(t.TempDir(), "upstream.yaml")
		if err := os.WriteFile(upstream, []byte(changed), 0o600); err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		if status := run(&out, &out, ours, upstream, os.DevNull); status != 1 || !strings.Contains(columnsJoined(out.String()), want) {
			t.Errorf("status %d, no row %q in:\n%s", status, want, out.String())
		}
	}
}

// The list is exactly as long as it needs to be.
func TestTheVendorsDescriptionDiffersOnlyAsIntended(t *testing.T) {
	t.Parallel()
	if _, err := os.Stat(upstreamFile); err != nil {
		t.Skip("the vendor's description is not here")
	}
	var out bytes.Buffer
	status := run(&out, &out, "../../openapi.yaml", upstreamFile, "intended.yaml")
	if status != 0 || strings.Contains(out.String(), "remove it") {
		t.Errorf("status %d:\n%s", status, out.String())
	}

	// An intention for one status does not cover another.
	text, err := os.ReadFile(upstreamFile)
	if err != nil {
		t.Fatal(err)
	}
	changed := filepath.Join(t.TempDir(), "upstream.yaml")
	gone := strings.Replace(string(text), "downstream_errors:", "upstream_errors:", 1)
	if err := os.WriteFile(changed, []byte(gone), 0o600); err != nil {
		t.Fatal(err)
	}
	out.Reset()
	status = run(&out, &out, "../../openapi.yaml", changed, "intended.yaml")
	if status != 1 || !strings.Contains(columnsJoined(out.String()), "response 400 property downstream_errors - array of object") {
		t.Errorf("without downstream_errors on 400: status %d:\n%s", status, out.String())
	}
}
