// The token is fetched when the customer presses a button and passed to Vault JS.
// It is not stored, neither in a global variable nor in localStorage.
const buttons = document.querySelectorAll('button')
const status = document.getElementById('status')
const problem = document.getElementById('problem')
const secondsToOpen = 15
const framesLife = 600 // milliseconds: Vault JS removes a closed frame after up to 500, and would remove a new one

// setDisabled keeps a second press from opening a second session and frame.
function setDisabled(disabled) {
  buttons.forEach(button => { button.disabled = disabled })
}

async function openVault(button) {
  setDisabled(true)
  status.textContent = 'Opening your integrations…'
  problem.textContent = ''
  let timer
  const end = (message, afterMilliseconds) => {
    clearTimeout(timer)
    if (message) status.textContent = ''
    problem.textContent = message
    setTimeout(() => {
      setDisabled(false)
      button.focus()
    }, afterMilliseconds)
  }
  try {
    const response = await fetch('vault-token', { method: 'POST' })
    if (!response.ok) {
      end(await response.text(), 0)
      return
    }
    const { token } = await response.json()
    timer = setTimeout(() => {
      window.ApideckVault.close()
      end('Your integrations cannot be reached. Please allow vaultjs.apideck.com, or try again later.', framesLife)
    }, secondsToOpen * 1000)
    window.ApideckVault.open({
      token,
      unifiedApi: button.dataset.unifiedApi, // without these two, Vault shows every integration
      serviceId: button.dataset.serviceId,
      onReady: () => {
        clearTimeout(timer)
        status.textContent = ''
      },
      // This is only for a message. Before you rely on a connection, get its
      // state from the API or a webhook: a browser can send anything.
      onConnectionChange: ({ name, state }) => { status.textContent = `${name} is ${state}.` },
      onClose: () => end('', framesLife),
    })
    // Vault JS gives its frame no title, which screen readers announce.
    document.querySelector('iframe').title = 'Integrations'
  } catch {
    end('Your integrations cannot be opened. Please try again.', 0)
  }
}

if (window.ApideckVault) {
  buttons.forEach(button => button.addEventListener('click', () => openVault(button)))
} else { // blocked by an extension or a proxy, or the hash does not match
  setDisabled(true)
  problem.textContent = 'Your integrations could not be loaded. Please allow scripts of unpkg.com and reload the page.'
}
