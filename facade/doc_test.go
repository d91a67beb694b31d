package facade_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/apideck-community/vault-go/facade"
)

// The manual states the figures that the code has.
func TestDoc_StatesTheDefaults(t *testing.T) {
	manual, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Join(strings.Fields(strings.ReplaceAll(string(manual), "\n//", " ")), " ")
	retry, transport := facade.DefaultRetryConfig(), facade.DefaultTransport()
	codes := strings.Trim(strings.ReplaceAll(fmt.Sprint(retry.StatusCodes), " ", ", "), "[]")
	last := strings.LastIndex(codes, ", ")
	for _, want := range []string{
		fmt.Sprintf("%d attempts", retry.MaxAttempts),
		codes[:last] + " and " + codes[last+2:],
		fmt.Sprintf("%d ms", retry.InitialInterval.Milliseconds()),
		fmt.Sprintf("%d ms", facade.MinBackoff.Milliseconds()),
		fmt.Sprintf("%g s", retry.MaxInterval.Seconds()),
		fmt.Sprintf("%g s", retry.MaxElapsedTime.Seconds()),
		fmt.Sprintf("%g s", facade.MaxRetryAfter.Seconds()),
		fmt.Sprintf("%g s", transport.TLSHandshakeTimeout.Seconds()),
		fmt.Sprintf("%g s", transport.IdleConnTimeout.Seconds()),
		fmt.Sprintf("%d retries", facade.BudgetCapacity),
		fmt.Sprintf("%d idle connections", transport.MaxIdleConnsPerHost),
		fmt.Sprintf("%d KiB", transport.MaxResponseHeaderBytes>>10),
		fmt.Sprintf("%d MiB", facade.MaxResponseBody>>20),
	} {
		if !strings.Contains(text, want) {
			t.Errorf("doc.go does not say %q", want)
		}
	}
}

func TestFaults_EveryRowHasATest(t *testing.T) {
	var source strings.Builder
	files, _ := filepath.Glob("../*/*_test.go")
	for _, file := range append(files, "FAULTS.md") {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		source.Write(text)
	}
	rows := regexp.MustCompile(`(?m)^\| (\d+) \|.*\| ([^|]+) \|$`).FindAllStringSubmatch(source.String(), -1)
	if len(rows) < 85 {
		t.Errorf("%d rows", len(rows))
	}
	for i, row := range rows {
		for name := range strings.SplitSeq(row[2], ", ") {
			if row[1] != strconv.Itoa(i+1) || !strings.Contains(source.String(), "func "+name+"(t *testing.T)") {
				t.Errorf("row %s, the %d. of the list: is there a test %s?", row[1], i+1, name)
			}
		}
	}
}
