// A token is fetched when the customer presses a button, handed to Vault JS and
// not stored: neither in a variable that lives on nor in localStorage.
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
      unifiedApi: button.dataset.unifiedApi, // without the two it shows all
      serviceId: button.dataset.serviceId,
      // Good enough for a message. Before you rely on a connection, read its
      // state from the API or a webhook: a browser can say anything.
      onConnectionChange: ({ name, state }) => { status.textContent = `${name} is ${state}.` },
      onClose: () => button.focus(),
    })
  } catch {
    problem.textContent = 'The integrations cannot be reached. Please try again.'
  }
}

if (window.ApideckVault) {
  buttons.forEach(button => button.addEventListener('click', () => openVault(button)))
} else { // blocked by an extension, a proxy, or because its hash is another
  buttons.forEach(button => { button.disabled = true })
  problem.textContent = 'The integrations could not be loaded. Please allow scripts of unpkg.com and load the page again.'
}
