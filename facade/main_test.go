package facade

import (
	"crypto/fips140"
	"os"
	"strings"
	"testing"
	"testing/synctest"
)

// TestMain unsets the variables that New and net/http read, so that the tests do
// not depend on the caller's environment.
func TestMain(m *testing.M) {
	for _, variable := range os.Environ() {
		name, _, _ := strings.Cut(variable, "=")
		upper := strings.ToUpper(name)
		if strings.HasPrefix(upper, "APIDECK_") || strings.HasSuffix(upper, "_PROXY") {
			os.Unsetenv(name)
		}
	}
	os.Exit(m.Run())
}

// bubble runs f on the virtual clock of testing/synctest, which also fails the
// test if a goroutine is left.
func bubble(t *testing.T, f func(*testing.T)) {
	t.Helper()
	if strings.Contains(os.Getenv("GODEBUG"), "asynctimerchan=1") {
		t.Skip("testing/synctest does not work with GODEBUG=asynctimerchan=1")
	}
	synctest.Test(t, f)
}

// inBubble runs f as a subtest on the virtual clock.
func inBubble(t *testing.T, name string, f func(*testing.T)) {
	t.Helper()
	t.Run(name, func(t *testing.T) { bubble(t, f) })
}

// needsEntropy skips a test on the virtual clock that needs crypto/rand.
func needsEntropy(tb testing.TB) {
	tb.Helper()
	if fips140.Enabled() {
		tb.Skip("in FIPS 140-3 mode crypto/rand does not work on the virtual clock")
	}
}

func needsHTTP2(tb testing.TB) {
	tb.Helper()
	if strings.Contains(os.Getenv("GODEBUG"), "http2client=0") {
		tb.Skip("HTTP/2 is turned off by GODEBUG=http2client=0")
	}
}
