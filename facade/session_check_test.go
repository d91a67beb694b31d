package facade

import (
	"bufio"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"

	"github.com/apideck-community/vault-go/gen"
)

// jwt returns a token with these claims.
func jwt(claims string) string {
	return "e30." + base64.RawURLEncoding.EncodeToString([]byte(claims)) + ".c2ln"
}

func TestSessionReason_URI(t *testing.T) {
	const notURL, notHTTPS = "session_uri is not a valid absolute URL", "session_uri is not an https URL"
	tests := []struct {
		row    int
		uri    string
		https  bool // the base URL is https
		reason string
	}{
		{24, "https://h/t", true, ""},
		{24, "https://[::1]:8443/", true, ""},
		{24, "HTTPS://h", true, ""},
		{24, "http://h/t", false, ""},
		{22, "", true, "session_uri is missing or not a string"},
		{64, "http://h/t", true, notHTTPS},
		{64, "ftp://h/t", false, notHTTPS},
		{64, "//h/t", false, notHTTPS},
		{64, "javascript:alert(1)", true, notURL},
		{64, "https:/x", true, notURL},
		{64, "https://h/\ufffd", true, notURL}, // what encoding/json makes of invalid UTF-8
		{64, "https://h/a b", true, notURL},
		{64, " https://h/", true, notURL},
		{64, "https://%z/t", true, notURL},
		{64, `https://h\\evil.test`, true, notURL},
		{64, "https://h:abc", true, notURL},
		{99, "https://u@h/t", true, notURL},
		{99, "https://h<script>/t", true, notURL}, // see TestValidHost
	}
	for _, test := range tests {
		t.Run(fmt.Sprintf("row %d %s", test.row, test.uri), func(t *testing.T) {
			data := gen.SessionData{SessionURI: test.uri, SessionToken: "t"}
			if got := sessionReason(data, testConsumer, test.https); got != test.reason {
				t.Errorf("got %q, want %q", got, test.reason)
			}
		})
	}
}

func TestSessionReason_Token(t *testing.T) {
	const invalid, another = "session_token is not a valid token", "session_token is for another consumer"
	tests := []struct {
		row    int
		token  string
		reason string
	}{
		{22, "", "session_token is missing or not a string"},
		{64, "\ufffd", invalid},
		{64, "a\nb", invalid},
		{64, "a\u0085", invalid},
		{64, " a", invalid},
		{91, "opaque", ""},
		{91, "a.b.c", ""},
		{91, jwt(`{}`), ""},
		{91, jwt(`{"consumer_id":""}`), ""},
		{91, jwt(`{"consumer_id":7}`), ""},
		{91, jwt(`{"consumer_id":"account:1"}`), ""},
		{91, jwt(`{"consumer_id":"ACCOUNT:1"}`), ""},
		{91, jwt(`{"consumer_id":"account:2"}`), another},
		{91, jwt(`{"consumer_id":"account:11"}`), another},
		{91, jwt(`{"consumer_id":"account:1","consumer_id":"account:2"}`), another},
		{91, jwt(`{"exp":1,"consumer_id":" account:1"}`), another},
	}
	for _, test := range tests {
		t.Run(fmt.Sprintf("row %d %q", test.row, test.token), func(t *testing.T) {
			data := gen.SessionData{SessionURI: testURI, SessionToken: test.token}
			if got := sessionReason(data, "account:1", true); got != test.reason {
				t.Errorf("got %q, want %q", got, test.reason)
			}
		})
	}
}

func TestDecodeClaims(t *testing.T) {
	for token, want := range map[string]bool{
		jwt(`{"exp":1}`):                  true,
		jwt(`{"exp":"1"}`):                false,
		jwt(`null`):                       true,
		jwt(`{`):                          false,
		jwt(`{"exp":1}`) + ".d":           false,
		"e30." + "eyJleHAiOjF9":           false,
		"e30." + "eyJleHAiOjF9=" + ".sig": false,
		"a.!.c":                           false,
		"":                                false,
	} {
		var claims struct{ Exp float64 }
		if got := decodeClaims(token, &claims); got != want {
			t.Errorf("%s: got %v, %v", token, got, claims)
		}
	}
}

// Over TCP, because net/http closes a connection on which a response comes that
// nobody waits for: the second response is only sent when the next request has begun.
func TestSessionsCreate_ResponseToAnotherConsumer(t *testing.T) { // row 91
	body := strings.ReplaceAll(sessionJSON, testToken, jwt(`{"consumer_id":"first"}`))
	forFirst := sized("HTTP/1.1 200 OK\r\n", body)
	respondTwice := func(conn *net.TCPConn) {
		r := bufio.NewReader(conn)
		readRequest(r)
		io.WriteString(conn, forFirst)
		r.Peek(1) // the next request
		io.WriteString(conn, forFirst)
		readRequest(r)
		conn.Read(make([]byte, 1)) // until the client closes the connection
	}
	c := newNetClient(t, newTransport(), newRawServer(t, respondTwice, send(wholeResponse)))

	first := outcomeOf(createSession(t, c, WithConsumerID("first")))
	if first != aSession(1) {
		t.Fatalf("got %v", first)
	}
	anInvalidResponse(200, "session_token is for another consumer").check(t, c)
	aSession(1).check(t, c) // over another connection
}

func TestSessionsCreate_RequiresHTTPS(t *testing.T) { // row 64
	insecure := respond(200, strings.Replace(sessionJSON, "https:", "http:", 1))
	c := newClient(t, insecure.option(), WithBaseURL("https://api.test"))
	anInvalidResponse(200, "not an https URL").check(t, c)
}
