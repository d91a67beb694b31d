// A token is fetched when the customer asks for it, handed to Vault JS and kept
// nowhere: not in a variable that lives on, not in localStorage.
document.getElementById('integrations').addEventListener('click', async () => {
  const problem = document.getElementById('problem');
  problem.textContent = '';
  const answer = await fetch('vault-token', { method: 'POST' });
  if (!answer.ok) {
    problem.textContent = await answer.text();
    return;
  }
  const { token } = await answer.json();
  ApideckVault.open({ token });
});
