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

// open returns the page's elements and frames, and functions to press its second
// button, to post a message to it, and to let time pass.
function open(script, respond) {
  const element = dataset => Object.assign(new EventTarget(), { dataset, style: {}, focus() { this.focused = true } })
  const all = element({}), one = element({ unifiedApi: 'crm', serviceId: 'hubspot' })
  const shown = { status: {}, problem: {} }
  const frames = [], timers = []
  const newFrame = () => {
    const frame = { style: {}, sent: [] }
    frame.contentWindow = { postMessage: (message, origin) => frame.sent.push({ ...message, origin }) }
    return frame
  }
  const window = Object.assign(new EventTarget(), {
    fetch: async (url, { method }) => respond(`${method} ${url}`),
    setTimeout: (f, after) => timers.push({ f, after }),
    clearTimeout: id => { if (id) timers[id - 1].f = () => {} },
    document: {
      querySelectorAll: () => [all, one], querySelector: () => frames.at(-1),
      getElementById: id => shown[id], createElement: newFrame,
      body: { appendChild: frame => frames.push(frame), removeChild: frame => frames.splice(frames.indexOf(frame), 1) },
    },
  })
  vm.createContext(window.window = window.self = window)
  vm.runInContext(script, window)
  vm.runInContext(`(() => { ${page('page.js')} })()`, window)
  const press = async () => {
    if (!one.disabled) one.dispatchEvent(new Event('click'))
    await new Promise(setImmediate)
  }
  const say = data => window.dispatchEvent(Object.assign(new Event('message'), { data }))
  const pass = () => { // all timers, in the order of their time
    const due = timers.map(({ f, after }, i) => ({ f, after, i })).sort((a, b) => a.after - b.after)
    due.forEach(({ f, i }) => { timers[i].f = () => {}; f() })
  }
  return { all, one, shown, frames, press, say, pass }
}

test('index.html has the integrity hash of the Vault JS release', () => {
  const hash = createHash('sha384').update(vaultJS).digest('base64')
  assert.match(page('index.html'), new RegExp(`vault-js@1\\.8\\.1/[^>]*integrity="sha384-${hash.replaceAll('+', '\\+')}"`))
})

test('the button opens one integration, and the page shows its new state', async () => {
  let sessions = 0
  const { all, one, shown, frames, press, say, pass } = open(vaultJS.toString(), call => {
    assert.equal(call, 'POST vault-token')
    sessions++
    return Response.json({ token: 'secret' })
  })
  await Promise.all([press(), press()]) // a double click
  await press()
  assert.deepEqual([sessions, frames.length, frames[0].title], [1, 1, 'Integrations'])
  assert.match(shown.status.textContent, /^Opening/)
  say('on-ready')
  assert.equal(shown.status.textContent, '')
  assert.deepEqual(frames[0].sent, [{ token: 'secret', unifiedApi: 'crm', serviceId: 'hubspot', origin: 'https://vaultjs.apideck.com' }])
  say({ type: 'on-connection-change', data: { name: 'HubSpot', state: 'callable' } })
  say('on-close')
  assert.ok(one.disabled && all.disabled) // while Vault JS still removes the frame
  pass()
  assert.equal(shown.status.textContent, 'HubSpot is callable.')
  assert.equal(frames.length, 0)
  assert.ok(one.focused && !one.disabled && !all.disabled)
  await press()
  assert.deepEqual([sessions, frames.length], [2, 1])
})

test('the page says that the Vault page cannot be reached', async () => {
  const { one, shown, frames, press, pass } = open(vaultJS.toString(), () => Response.json({ token: 'secret' }))
  await press()
  pass() // without on-ready
  assert.match(shown.problem.textContent, /cannot be reached/)
  pass() // Vault JS removes the frame
  assert.equal(frames.length, 0)
  assert.ok(!one.disabled)
})

test('the page shows a failed token request', async () => {
  const { one, shown, frames, press, pass } = open(vaultJS.toString(), () => new Response('Please sign in.', { status: 401 }))
  await press()
  pass()
  assert.equal(shown.problem.textContent, 'Please sign in.')
  assert.ok(frames.length === 0 && !one.disabled)
})

test('the page says that Vault JS is missing', () => {
  const { all, one, shown } = open('', () => assert.fail('a token was fetched'))
  assert.ok(all.disabled && one.disabled)
  assert.match(shown.problem.textContent, /allow scripts of unpkg\.com/)
})
