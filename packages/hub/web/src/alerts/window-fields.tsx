import type { FormWindow, RuleForm } from './rule-form-model.ts';

const DAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];

interface Properties {
  readonly form: RuleForm;
  readonly set: (more: Partial<RuleForm>) => void;
  readonly everyDay: readonly number[];
}

/** When the rule applies: weekdays and times in the unit's own zone. */
export function WindowFields({ form, set, everyDay }: Properties) {
  const change = (place: number, more: Partial<FormWindow>): void =>
    set({ windows: form.windows.map((window, index) => (index === place ? { ...window, ...more } : window)) });
  return (
    <fieldset class="wide">
      <legend>When</legend>
      {form.windows.length === 0 && <p class="hint">Always.</p>}
      {form.windows.map((window, place) => (
        <div class="window" key={place} role="group" aria-label={`Window ${place + 1}`}>
          <span class="days">
            {DAYS.map((name, index) => (
              <label key={name} class="check">
                <input
                  type="checkbox"
                  checked={window.days.includes(index + 1)}
                  onChange={(input) =>
                    change(place, {
                      days: input.currentTarget.checked
                        ? [...window.days, index + 1]
                        : window.days.filter((day) => day !== index + 1),
                    })
                  }
                />
                {name}
              </label>
            ))}
          </span>
          <label>
            From
            <input type="time" value={window.from} onInput={(input) => change(place, { from: input.currentTarget.value })} />
          </label>
          <label>
            To
            <input type="time" value={window.to} onInput={(input) => change(place, { to: input.currentTarget.value })} />
          </label>
          {window.thresholds !== null && <span class="hint">own thresholds {window.thresholds.join(' / ')}</span>}
          <button
            type="button"
            class="quiet"
            onClick={() => set({ windows: form.windows.filter((_, index) => index !== place) })}
          >
            Remove window
          </button>
        </div>
      ))}
      <p>
        <button
          type="button"
          class="quiet"
          onClick={() => set({ windows: [...form.windows, { days: everyDay, from: '07:00', to: '19:00', thresholds: null }] })}
        >
          Add window
        </button>
      </p>
      {form.windows.length > 0 && (
        <label>
          Holidays (dates like 2026-12-25)
          <input value={form.holidays} onInput={(input) => set({ holidays: input.currentTarget.value })} />
        </label>
      )}
      {form.windows.length > 0 && (
        <label class="check">
          <input
            type="checkbox"
            checked={form.sundayOnHolidays}
            onChange={(input) => set({ sundayOnHolidays: input.currentTarget.checked })}
          />
          Holidays are like Sundays
        </label>
      )}
    </fieldset>
  );
}
