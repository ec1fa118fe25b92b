import { useState } from 'preact/hooks';
import { readTheme, showTheme, THEMES } from './theme.ts';

const NAMES = { auto: 'Auto', light: 'Light', dark: 'Dark' } as const;

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
          {NAMES[name]}
        </label>
      ))}
    </fieldset>
  );
}
