/** The text fields of a form by name, as a person filled them in; boxes that are not ticked are absent. */
export function textFields(form: HTMLFormElement): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  for (const [name, value] of new FormData(form)) if (typeof value === 'string') fields.set(name, value.trim());
  return fields;
}
