// The vendor's own clients for JavaScript, unchanged but for the base URL,
// against examples/mock-vault: one session each, and every error they have a
// type for. Run it with `make clients`.
import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import readline from 'node:readline'
import { after, test } from 'node:test'
import { Apideck } from '@apideck/unify'
import * as errors from '@apideck/unify/models/errors/index.js'
import { Apideck as OldApideck } from '@apideck/node'

const dir = mkdtempSync(path.join(tmpdir(), 'mock-vault-'))
after(() => rmSync(dir, { recursive: true }))
const command = path.join(dir, 'mock-vault')
execFileSync('go', ['build', '-C', path.join(import.meta.dirname, '../..'), '-o', command, './examples/mock-vault'])

// withVault runs f with the address of a stand-in that is started for it.
async function withVault(flags, f) {
  const server = spawn(command, ['-addr', '127.0.0.1:0', '-api-key', 'right', ...flags], { stdio: ['ignore', 'pipe', 'inherit'] })
  try {
    const [line] = await once(readline.createInterface(server.stdout), 'line')
    await f(line.replace('listening on ', ''))
  } finally {
    server.kill('SIGTERM')
    const [code] = await once(server, 'exit')
    assert.equal(code, 0)
  }
}

const session = {
  consumerMetadata: { accountName: 'SpaceX', userName: 'Elon Musk', email: 'elon@musk.com', image: 'https://www.spacex.com/static/images/share.jpg' },
  redirectUri: 'https://mysaas.com/dashboard',
  settings: { unifiedApis: ['crm'], sessionLength: '30m', allowActions: [], showLogs: false },
  theme: { vaultName: 'Intercom', primaryColor: '#286efa', sidepanelBackgroundColor: '#286efa', sidepanelTextColor: '#FFFFFF' },
  customConsumerSettings: { feature_flag_1: true, tax_rates: [{ id: '6', label: '6%' }] },
}

const current = (serverURL, apiKey = 'right') =>
  new Apideck({ serverURL, apiKey, appId: 'app', consumerId: 'account:1' }).vault.sessions.create({ session })

test('@apideck/unify creates a session whose page opens', () =>
  withVault([], async url => {
    const { createSessionResponse } = await current(url)
    assert.equal(createSessionResponse.statusCode, 200)
    const page = await fetch(createSessionResponse.data.sessionUri)
    assert.equal(page.status, 200)
    const text = await page.text()
    assert.match(text, /<bdi>Intercom<\/bdi>/)
    assert.doesNotMatch(text, /<button|<a [^>]*data-entry="logs"/) // no action is allowed, and logs are hidden
  }))

for (const [status, type, typeName] of [
  [400, errors.BadRequestResponse, 'RequestValidationError'],
  [401, errors.UnauthorizedResponse, 'UnauthorizedError'],
  [402, errors.PaymentRequiredResponse, 'RequestLimitError'],
  [404, errors.NotFoundResponse, 'EntityNotFoundError'],
  [422, errors.UnprocessableResponse, 'InvalidStateError'],
]) {
  test(`@apideck/unify: ${status} is a ${type.name}`, () =>
    withVault(['-fail', `${status}:1`], url =>
      assert.rejects(current(url), err => {
        assert.ok(err instanceof type, `${err.constructor.name}: ${err.message}`)
        assert.equal(err.statusCode, status)
        assert.equal(err.typeName, typeName)
        assert.ok(err.detail)
        return true
      })))
}

test('@apideck/unify: a wrong key is an UnauthorizedResponse without a script', () =>
  withVault([], url => assert.rejects(current(url, 'wrong'), errors.UnauthorizedResponse)))

test('@apideck/node, which is deprecated, creates a session', () =>
  withVault([], async basePath => {
    const { vault } = new OldApideck({ basePath, apiKey: 'right', appId: 'app', consumerId: 'account:1' })
    const body = {
      consumer_metadata: { account_name: 'SpaceX' }, redirect_uri: session.redirectUri,
      settings: { unified_apis: ['crm'], session_length: '30m' }, theme: { vault_name: 'Intercom' },
    }
    const { data } = await vault.sessionsCreate({ session: body })
    assert.match(data.session_uri, new RegExp(`^${basePath}/session/`))
  }))
