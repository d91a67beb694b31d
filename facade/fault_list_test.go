package facade_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

func TestFaults_EveryRowHasATest(t *testing.T) {
	var source strings.Builder
	files, _ := filepath.Glob("*_test.go")
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
