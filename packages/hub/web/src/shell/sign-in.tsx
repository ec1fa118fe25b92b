/** A plain form that goes where the printed sign-in link goes: it works without any script of ours. */
export function SignIn() {
  return (
    <section class="panel sign-in">
      <h1>Sign in</h1>
      <p>The hub prints a sign-in link when it starts. Open that link, or paste the token from it here.</p>
      <form action="/sign-in" method="get">
        <label for="token">Token</label>
        <input id="token" name="token" type="password" autocomplete="current-password" required spellcheck={false} />
        <button type="submit">Sign in</button>
      </form>
    </section>
  );
}
