import { useState } from 'preact/hooks';
import { readTheme, showTheme, THEMES } from './theme.ts';

const NAMES = { auto: 'Auto', light: 'Light', dark: 'Dark' } as const;
/** In place of the names where there is no room. Drawn as text, not as coloured pictures. */
const SIGNS = { auto: '\u25d0', light: '\u2600\ufe0e', dark: '\u263e\ufe0e' } as const;

export function ThemeSwitch() {
  const [theme, setTheme] = useState(readTheme);
  return (
    <fieldset class="switch">
      <legend class="unseen">Colours</legend>
      {THEMES.map((name) => (
        <label key={name} class={name === theme ? 'chosen' : ''}>
          <input
            type="radio"
            name="theme"
            class="unseen"
            checked={name === theme}
            onChange={() => {
              showTheme(name);
              setTheme(name);
              window.dispatchEvent(new Event('slmm-theme'));
            }}
          />
          <span class="word">{NAMES[name]}</span>
          <span class="sign" aria-hidden="true">
            {SIGNS[name]}
          </span>
        </label>
      ))}
    </fieldset>
  );
}
