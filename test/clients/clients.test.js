// Runs the vendor's JavaScript clients, unchanged except for the base URL, against
// examples/mock-vault, which is scripted through /__admin. Run it with
// `make clients`.
import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import readline from 'node:readline'
import { after, before, beforeEach, test } from 'node:test'
import { Apideck } from '@apideck/unify'
import * as errors from '@apideck/unify/models/errors/index.js'
import { Apideck as OldApideck } from '@apideck/node'

const dir = mkdtempSync(path.join(tmpdir(), 'mock-vault-'))
let server, url

before(async () => {
  const command = path.join(dir, 'mock-vault')
  execFileSync('go', ['build', '-C', path.join(import.meta.dirname, '../..'), '-o', command, './examples/mock-vault'])
  server = spawn(command, ['-addr', '127.0.0.1:0', '-api-key', 'right'], { stdio: ['ignore', 'pipe', 'inherit'] })
  const lines = readline.createInterface(server.stdout)
  url = (await once(lines, 'line'))[0].replace('listening on ', '')
})

after(async () => {
  server.kill('SIGTERM')
  const [code] = await once(server, 'exit')
  rmSync(dir, { recursive: true })
  assert.equal(code, 0)
})

async function admin(action, body, method = 'POST') {
  const response = await fetch(`${url}/__admin/${action}`, body && { method, body })
  assert.ok(response.ok, await response.clone().text())
  return response
}

const script = (...replies) => admin('replies', JSON.stringify(replies))
const requests = async () => (await admin('requests')).json()
beforeEach(() => admin('reset', 'now'))

const session = {
  consumerMetadata: { accountName: 'SpaceX', userName: 'Elon Musk', email: 'elon@musk.com', image: 'https://www.spacex.com/static/images/share.jpg' },
  redirectUri: 'https://mysaas.com/dashboard',
  settings: { unifiedApis: ['crm'], sessionLength: '30m', allowActions: [], showLogs: false },
  theme: { vaultName: 'Intercom', primaryColor: '#286efa', sidepanelBackgroundColor: '#286efa', sidepanelTextColor: '#FFFFFF' },
  customConsumerSettings: { feature_flag_1: true, tax_rates: [{ id: '6', label: '6%' }] },
}

const create = ({ apiKey = 'right', ...options } = {}) =>
  new Apideck({ serverURL: url, apiKey, appId: 'app', consumerId: 'account:1' }).vault.sessions.create({ session }, options)

const retries = {
  strategy: 'backoff', retryConnectionErrors: true,
  backoff: { initialInterval: 1, maxInterval: 10, exponent: 1.5, maxElapsedTime: 5000 },
}

test('@apideck/unify creates a session whose page opens', async () => {
  const { createSessionResponse } = await create()
  assert.equal(createSessionResponse.statusCode, 200)
  const page = await fetch(createSessionResponse.data.sessionUri)
  assert.equal(page.status, 200)
  const text = await page.text()
  assert.match(text, /<bdi>Intercom<\/bdi>/)
  assert.doesNotMatch(text, /<a [^>]*data-entry="logs"/) // logs are hidden
})

for (const [status, type, typeName] of [
  [400, errors.BadRequestResponse, 'RequestValidationError'],
  [401, errors.UnauthorizedResponse, 'UnauthorizedError'],
  [402, errors.PaymentRequiredResponse, 'RequestLimitError'],
  [404, errors.NotFoundResponse, 'EntityNotFoundError'],
  [422, errors.UnprocessableResponse, 'InvalidStateError'],
]) {
  test(`@apideck/unify: ${status} is a ${type.name}`, async () => {
    await script({ status })
    await assert.rejects(create(), err => {
      assert.ok(err instanceof type, `${err.constructor.name}: ${err.message}`)
      assert.equal(err.statusCode, status)
      assert.equal(err.typeName, typeName)
      assert.ok(err.detail)
      return true
    })
  })
}

test('@apideck/unify: a wrong key is an UnauthorizedResponse', () =>
  assert.rejects(create({ apiKey: 'wrong' }), errors.UnauthorizedResponse))

test('@apideck/unify retries a 429', async () => {
  await script({ status: 429 })
  await assert.rejects(create({ retries }), { name: 'APIError', message: /Status 429/ }) // 429 is not a default
  await script({ status: 429 })
  await create({ retries, retryCodes: ['429'] })
  assert.equal((await requests()).length, 3)
})

test('@apideck/unify retries a dropped connection', async () => {
  await script({ drop: true })
  await assert.rejects(create({ retries: { strategy: 'none' } }), { name: 'ConnectionError' })
  await script({ drop: true })
  await create({ retries })
  const seen = await requests()
  assert.equal(seen.length, 3)
  assert.equal(JSON.parse(seen[2].body).redirect_uri, session.redirectUri)
})

test('@apideck/unify reads the connections that a consumer has made', async () => {
  await admin('connections?consumer_id=account:1', JSON.stringify([
    { unified_api: 'crm', service_id: 'salesforce', state: 'callable' },
    { unified_api: 'ats', service_id: 'lever', state: 'invalid', enabled: false },
  ]), 'PUT')
  const { connections } = new Apideck({ serverURL: url, apiKey: 'right', appId: 'app', consumerId: 'account:1' }).vault
  const states = async api => (await connections.list({ api })).getConnectionsResponse.data.map(c => `${c.id} ${c.state} ${c.enabled}`)
  assert.deepEqual(await states(), ['crm+salesforce callable true', 'ats+lever invalid false'])
  assert.deepEqual(await states('crm'), ['crm+salesforce callable true'])
  const { getConnectionResponse } = await connections.get({ unifiedApi: 'crm', serviceId: 'salesforce' })
  assert.deepEqual(getConnectionResponse.data, {
    id: 'crm+salesforce', serviceId: 'salesforce', name: 'Salesforce', unifiedApi: 'crm', state: 'callable', enabled: true,
  })
  await assert.rejects(connections.get({ unifiedApi: 'crm', serviceId: 'hubspot' }), errors.NotFoundResponse)
})

test('@apideck/node, which is deprecated, creates a session', async () => {
  const { vault } = new OldApideck({ basePath: url, apiKey: 'right', appId: 'app', consumerId: 'account:1' })
  const body = {
    consumer_metadata: { account_name: 'SpaceX' }, redirect_uri: session.redirectUri,
    settings: { unified_apis: ['crm'], session_length: '30m' }, theme: { vault_name: 'Intercom' },
  }
  const { data } = await vault.sessionsCreate({ session: body })
  assert.match(data.session_uri, new RegExp(`^${url}/session/`))
})
