import type { UnitForm } from './setup-api.ts';

/** What the fields of the form hold. A check box that is not ticked is absent. */
export function unitFormOf(fields: ReadonlyMap<string, string>): UnitForm {
  const text = (name: string): string => (fields.get(name) ?? '').trim();
  const said = <K extends string>(name: K): { readonly [key in K]?: string } =>
    text(name) === '' ? {} : ({ [name]: text(name) } as { readonly [key in K]?: string });
  return {
    host: text('host'),
    tcp_port: Number(text('tcp_port')),
    acquisition: text('acquisition'),
    monitor_enabled: fields.has('monitor_enabled'),
    poll_interval_seconds: Number(text('poll_interval_seconds')),
    tcp_enabled: fields.has('tcp_enabled'),
    ftp_enabled: fields.has('ftp_enabled'),
    ftp_port: Number(text('ftp_port')),
    ...said('edge_id'),
    ...said('timezone'),
    ...said('ftp_username'),
    // Left empty: the password stays as it is. The hub never shows it.
    ...said('ftp_password'),
  };
}
