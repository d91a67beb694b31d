// The token is fetched when the customer presses a button and passed to Vault JS.
// It is not stored, neither in a global variable nor in localStorage.
const buttons = document.querySelectorAll('button')
const status = document.getElementById('status')
const problem = document.getElementById('problem')

async function openVault(button) {
  status.textContent = problem.textContent = ''
  try {
    const response = await fetch('vault-token', { method: 'POST' })
    if (!response.ok) {
      problem.textContent = await response.text()
      return
    }
    const { token } = await response.json()
    window.ApideckVault.open({
      token,
      unifiedApi: button.dataset.unifiedApi, // without these two, Vault shows every integration
      serviceId: button.dataset.serviceId,
      // This is only for a message. Before you rely on a connection, get its
      // state from the API or a webhook: a browser can send anything.
      onConnectionChange: ({ name, state }) => { status.textContent = `${name} is ${state}.` },
      onClose: () => button.focus(),
    })
  } catch {
    problem.textContent = 'Your integrations cannot be opened. Please try again.'
  }
}

if (window.ApideckVault) {
  buttons.forEach(button => button.addEventListener('click', () => openVault(button)))
} else { // blocked by an extension or a proxy, or the hash does not match
  buttons.forEach(button => { button.disabled = true })
  problem.textContent = 'Your integrations could not be loaded. Please allow scripts of unpkg.com and reload the page.'
}
