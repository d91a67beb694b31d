package facade

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// The manual states the figures that the code has.
func TestDoc_StatesTheDefaults(t *testing.T) {
	manual, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Join(strings.Fields(strings.ReplaceAll(string(manual), "\n//", " ")), " ")
	retry, transport := DefaultRetryConfig(), newTransport()
	codes := strings.Trim(strings.ReplaceAll(fmt.Sprint(retry.StatusCodes), " ", ", "), "[]")
	last := strings.LastIndex(codes, ", ")
	for _, want := range []string{
		fmt.Sprintf("%d attempts", retry.MaxAttempts),
		codes[:last] + " and " + codes[last+2:],
		fmt.Sprintf("%d ms", retry.InitialInterval.Milliseconds()),
		fmt.Sprintf("%d ms", minBackoff.Milliseconds()),
		fmt.Sprintf("%g s", retry.MaxInterval.Seconds()),
		fmt.Sprintf("%g s", retry.MaxElapsedTime.Seconds()),
		fmt.Sprintf("%g s", maxRetryAfter.Seconds()),
		fmt.Sprintf("%g s", transport.TLSHandshakeTimeout.Seconds()),
		fmt.Sprintf("%g s", transport.IdleConnTimeout.Seconds()),
		fmt.Sprintf("%d retries", budgetCapacity),
		fmt.Sprintf("%d idle connections", transport.MaxIdleConnsPerHost),
		fmt.Sprintf("%d KiB", transport.MaxResponseHeaderBytes>>10),
		fmt.Sprintf("%d MiB", maxResponseBody>>20),
	} {
		if !strings.Contains(text, want) {
			t.Errorf("doc.go does not say %q", want)
		}
	}
}
