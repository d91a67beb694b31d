module github.com/apideck-community/vault-go/test/bench

go 1.26.0

require github.com/apideck-community/vault-go v0.0.0

replace github.com/apideck-community/vault-go => ../../
