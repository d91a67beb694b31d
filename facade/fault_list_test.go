package facade_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

func TestFaults_EveryRowNamesItsTests(t *testing.T) {
	t.Parallel()
	list, err := os.ReadFile("FAULTS.md")
	if err != nil {
		t.Fatal(err)
	}
	tests := map[string]string{} // their source by name
	files, _ := filepath.Glob("*_test.go")
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, source := range strings.Split(string(text), "\nfunc ")[1:] {
			name, _, _ := strings.Cut(source, "(")
			tests[name] = source
		}
	}
	rows := regexp.MustCompile(`(?m)^\| (\d+) \|.*\| ([^|]+) \|$`).FindAllStringSubmatch(string(list), -1)
	if len(rows) < 72 {
		t.Errorf("%d rows", len(rows))
	}
	for i, row := range rows {
		if row[1] != strconv.Itoa(i+1) {
			t.Errorf("row %s where %d is expected", row[1], i+1)
		}
		for name := range strings.SplitSeq(row[2], ", ") {
			if tests[name] == "" {
				t.Errorf("row %s: there is no %s", row[1], name)
			}
		}
	}
}
