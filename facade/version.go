package facade

import "runtime"

const version = "0.1.0"

const userAgent = "vault-go/" + version + " (" + runtime.GOOS + "; " + runtime.GOARCH + ")"
