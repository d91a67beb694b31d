package facade

import "runtime"

const version = "0.1.0"

const userAgent = "vault-go/" + version + " (" + runtime.GOOS + "; " + runtime.GOARCH + ")"

// fullUserAgent returns the User-Agent header, with the product of WithUserAgent.
func (c *config) fullUserAgent() string {
	if c.userAgent.value == "" {
		return userAgent
	}
	return c.userAgent.value + " " + userAgent
}
