// Runs the script of examples/vault-js with the vendor's Vault JS, unchanged, in a
// minimal fake window.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import vm from 'node:vm'

const page = name => readFileSync(path.join(import.meta.dirname, '../../examples/vault-js/page', name), 'utf8')
const vaultJS = readFileSync(path.join(import.meta.dirname, 'node_modules/@apideck/vault-js/dist/vault-js.umd.production.min.js'))

// open returns the page's elements, and functions to press its second button and
// to post a message to it.
function open(script, respond) {
  const element = dataset => Object.assign(new EventTarget(), { dataset, style: {}, focus() { this.focused = true } })
  const all = element({}), one = element({ unifiedApi: 'crm', serviceId: 'hubspot' })
  const shown = { status: {}, problem: {} }
  const frame = { style: {}, contentWindow: { postMessage: (message, origin) => { frame.got = { ...message, origin } } } }
  const window = Object.assign(new EventTarget(), {
    fetch: async (url, { method }) => respond(`${method} ${url}`), setTimeout,
    document: {
      querySelectorAll: () => [all, one], getElementById: id => shown[id], createElement: () => frame,
      body: { appendChild() { frame.open = true }, removeChild() { frame.open = false } },
    },
  })
  vm.createContext(window.window = window.self = window)
  vm.runInContext(script, window)
  vm.runInContext(`(() => { ${page('page.js')} })()`, window)
  const press = async () => { one.dispatchEvent(new Event('click')); await new Promise(setImmediate) }
  const say = data => window.dispatchEvent(Object.assign(new Event('message'), { data }))
  return { all, one, shown, frame, press, say }
}

test('index.html has the integrity hash of the Vault JS release', () => {
  const hash = createHash('sha384').update(vaultJS).digest('base64')
  assert.match(page('index.html'), new RegExp(`vault-js@1\\.8\\.1/[^>]*integrity="sha384-${hash.replaceAll('+', '\\+')}"`))
})

test('the button opens one integration, and the page shows its new state', async () => {
  const { one, shown, frame, press, say } = open(vaultJS.toString(), call => {
    assert.equal(call, 'POST vault-token')
    return Response.json({ token: 'secret' })
  })
  await press()
  assert.ok(frame.open)
  say('on-ready')
  assert.deepEqual(frame.got, { token: 'secret', unifiedApi: 'crm', serviceId: 'hubspot', origin: 'https://vaultjs.apideck.com' })
  say({ type: 'on-connection-change', data: { name: 'HubSpot', state: 'callable' } })
  assert.equal(shown.status.textContent, 'HubSpot is callable.')
  say('on-close')
  assert.ok(one.focused)
})

test('the page shows a failed token request', async () => {
  const { shown, frame, press } = open(vaultJS.toString(), () => new Response('Please sign in.', { status: 401 }))
  await press()
  assert.equal(shown.problem.textContent, 'Please sign in.')
  assert.ok(!frame.open)
})

test('the page says that Vault JS is missing', () => {
  const { all, one, shown } = open('', () => assert.fail('a token was fetched'))
  assert.ok(all.disabled && one.disabled)
  assert.match(shown.problem.textContent, /allow scripts of unpkg\.com/)
})
