package errors

// body is the body of a response. It is a function so that fmt does not print
// the bytes, whatever the verb.
type body func() []byte

func keep(b []byte) body { return func() []byte { return b } }

func (b body) bytes() []byte {
	if b == nil {
		return nil
	}
	return b()
}
