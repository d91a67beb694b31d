package errors

import (
	"os"
	"strings"
	"testing"
)

// TestMain unsets the variables that the client of the examples reads.
func TestMain(m *testing.M) {
	for _, variable := range os.Environ() {
		name, _, _ := strings.Cut(variable, "=")
		if strings.HasPrefix(name, "APIDECK_") {
			os.Unsetenv(name)
		}
	}
	os.Exit(m.Run())
}
