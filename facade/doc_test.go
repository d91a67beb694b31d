package facade

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/apideck-community/vault-go/gen"
)

func TestManualStatesTheFiguresOfTheCode(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	manual := strings.Join(strings.Fields(strings.ReplaceAll(string(source), "//\t", "")), " ")
	manual = strings.ReplaceAll(manual, " // ", " ")

	retry := DefaultRetryConfig()
	transport := defaultTransport()
	ms := func(d time.Duration) string { return fmt.Sprintf("%d ms", d.Milliseconds()) }
	s := func(d time.Duration) string { return fmt.Sprintf("%g s", d.Seconds()) }
	last := len(retry.StatusCodes) - 1
	statuses := strings.Trim(strings.ReplaceAll(fmt.Sprint(retry.StatusCodes[:last]), " ", ", "), "[]")
	for _, want := range []string{
		fmt.Sprintf("at most %d attempts", retry.MaxAttempts),
		fmt.Sprintf("the statuses %s and %d,", statuses, retry.StatusCodes[last]),
		"up to " + ms(retry.InitialInterval) + " before the second attempt",
		map[float64]string{2: "up to twice that before the next"}[retry.Exponent],
		"at most " + s(retry.MaxInterval) + ", at least " + ms(minWait),
		"begins with up to " + s(rateLimitInterval),
		"Retry-After is above " + s(maxRetryAfter),
		fmt.Sprintf("It holds %d retries", budgetCapacity/budgetRetry),
		map[int]string{10: "gives back a tenth"}[budgetRetry],
		fmt.Sprintf("at most N + %d attempts", budgetCapacity/budgetRetry),
		"[RetryConfig.MaxElapsedTime], " + s(retry.MaxElapsedTime),
		"last byte of the answer: " + s(defaults().timeout),
		s(transport.TLSHandshakeTimeout) + " for the TLS handshake",
		s(transport.ResponseHeaderTimeout) + " for the headers",
		fmt.Sprintf("up to %d idle connections to a host, each for %s", transport.MaxIdleConnsPerHost, s(transport.IdleConnTimeout)),
		fmt.Sprintf("more than %d KiB is not sent", maxRequestBody>>10),
		fmt.Sprintf("read up to %d MiB", maxResponseBody>>20),
		fmt.Sprintf("up to %d KiB. Redirects", transport.MaxResponseHeaderBytes>>10),
		"else " + EnvAPIKey, "else " + EnvAppID, "else " + EnvConsumerID, "else " + EnvBaseURL + ", else " + gen.ServerURLProduction,
	} {
		if want == "" || !strings.Contains(manual, want) {
			t.Errorf("doc.go does not say %q", want)
		}
	}
}
