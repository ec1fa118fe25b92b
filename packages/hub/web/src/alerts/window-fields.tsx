import { type FormWindow, LEVEL_NAMES, LEVEL_TEXTS, type RuleForm } from './rule-form-model.ts';

const DAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];

interface Properties {
  readonly form: RuleForm;
  readonly set: (more: Partial<RuleForm>) => void;
  readonly everyDay: readonly number[];
  /** Unit of the thresholds; `null` where the metric has none. */
  readonly unit: string | null;
}

/** When the rule applies: weekdays and times in the unit's own zone. */
export function WindowFields({ form, set, everyDay, unit }: Properties) {
  const levels = unit === null ? [] : LEVEL_NAMES.filter((name) => form[name].trim() !== '');
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
          {levels.length > 0 && (
            <label class="check">
              <input
                type="checkbox"
                checked={window.own !== null}
                onChange={(input) =>
                  change(place, {
                    own: input.currentTarget.checked ? { warn: form.warn, alarm: form.alarm, critical: form.critical } : null,
                  })
                }
              />
              own thresholds
            </label>
          )}
          {window.own !== null &&
            levels.map((level) => (
              <label key={level}>
                {LEVEL_TEXTS[level]}
                <span class="with-unit">
                  <input
                    inputMode="decimal"
                    type="number"
                    step="any"
                    value={window.own?.[level] ?? ''}
                    onInput={(input) =>
                      change(place, { own: window.own === null ? null : { ...window.own, [level]: input.currentTarget.value } })
                    }
                  />
                  {unit}
                </span>
              </label>
            ))}
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
          onClick={() => set({ windows: [...form.windows, { days: everyDay, from: '07:00', to: '19:00', own: null }] })}
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
