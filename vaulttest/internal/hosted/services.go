package hosted

import (
	"cmp"
	"fmt"
	"hash/fnv"
	"regexp"
	"slices"
	"strings"

	"github.com/apideck-community/vault-go/gen"
)

// makers are the first words of the invented services' names.
var makers = []string{"Alder", "Birch", "Cedar", "Dune", "Ember", "Fjord", "Grove", "Harbor", "Isle", "Juniper", "Kelp", "Lagoon"}

// perAPI is how many services each unified API has.
const perAPI = 4

// services returns the invented services of a unified API, such as "Alder CRM"
// with the id "alder-crm". They follow from the id of the API, so that one that
// the contract gains has services too.
func services(api gen.UnifiedAPI) []Connection {
	h := fnv.New32a()
	h.Write([]byte(api))
	found := make([]Connection, perAPI)
	for i := range found {
		maker := makers[(int(h.Sum32()%uint32(len(makers)))+i)%len(makers)]
		id := strings.ToLower(maker) + "-" + string(api)
		found[i] = Connection{UnifiedAPI: api, ServiceID: id, Name: maker + " " + title(words(api)), State: Available}
	}
	return found
}

var serviceID = regexp.MustCompile(`^[a-z0-9]+([-_][a-z0-9]+)*$`)

// service returns one service of a unified API. An id that is not among the
// invented ones is a service too, named after its id: tests use real ids.
func service(api gen.UnifiedAPI, id string) (Connection, bool) {
	for _, s := range services(api) {
		if s.ServiceID == id {
			return s, true
		}
	}
	name := title(strings.NewReplacer("-", " ", "_", " ").Replace(id))
	return Connection{UnifiedAPI: api, ServiceID: id, Name: name, State: Available}, len(id) <= 64 && serviceID.MatchString(id)
}

// stateOrder sorts what needs the consumer's attention first.
var stateOrder = []State{Authorized, Added, Callable, Available}

// catalog returns the services of a unified API as one consumer sees them: those
// with a connection first, the rest by name.
func catalog(api gen.UnifiedAPI, connections []Connection) []Connection {
	all := services(api)
	for _, c := range connections {
		if c.UnifiedAPI != api {
			continue
		}
		if i := slices.IndexFunc(all, c.same); i >= 0 {
			all[i] = c
		} else {
			all = append(all, c)
		}
	}
	slices.SortStableFunc(all, func(a, b Connection) int {
		return cmp.Or(slices.Index(stateOrder, a.State)-slices.Index(stateOrder, b.State), cmp.Compare(a.Name, b.Name))
	})
	return all
}

// words returns an id as people read it: "file-storage" is "File storage",
// "crm" is "CRM".
func words(id any) string {
	s := fmt.Sprint(id)
	if slices.Contains([]string{"ats", "crm", "csp", "hris", "pos", "sms"}, s) {
		return strings.ToUpper(s)
	}
	if s == "" {
		return ""
	}
	return strings.ToUpper(s[:1]) + strings.ReplaceAll(s[1:], "-", " ")
}

// title returns s with a capital at the start of each word.
func title(s string) string {
	fields := strings.Fields(s)
	for i, f := range fields {
		fields[i] = strings.ToUpper(f[:1]) + f[1:]
	}
	return strings.Join(fields, " ")
}
