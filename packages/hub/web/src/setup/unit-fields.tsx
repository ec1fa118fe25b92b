import type { UnitOverview } from '@slmm/protocol/live';

/** What a unit is as long as nobody has said anything else; the hub's own defaults. */
const NEW_UNIT: Pick<UnitOverview, 'edge' | 'timezone' | 'config'> = {
  edge: null,
  timezone: '',
  config: {
    host: '',
    tcp_port: 2255,
    ftp_port: 21,
    tcp_enabled: true,
    ftp_enabled: false,
    web_enabled: false,
    poll_enabled: true,
    poll_interval_seconds: 60,
    monitor_enabled: true,
    acquisition: 'dod',
  },
};

/** The fields of one unit; `null`: of a new one. */
export function UnitFields({ overview, edges }: { readonly overview: UnitOverview | null; readonly edges: readonly string[] }) {
  const { edge, timezone, config } = overview ?? NEW_UNIT;
  return (
    <>
      {overview === null && (
        <label>
          Unit id (stands in every topic and cannot be changed)
          <input name="unit" required pattern="[A-Za-z0-9][A-Za-z0-9._\-]{0,63}" placeholder="NL43-01" autocomplete="off" />
        </label>
      )}
      <fieldset>
        <legend>Meter</legend>
        <label>
          Address on the edge’s network
          <input name="host" required maxLength={253} defaultValue={config.host} placeholder="192.168.1.10" />
        </label>
        <label>
          Port
          <input name="tcp_port" type="number" min="1" max="65535" required defaultValue={String(config.tcp_port)} />
        </label>
        <label>
          Edge
          <select name="edge_id" defaultValue={edge ?? ''}>
            <option value="">{edge === null ? 'the only one there is, or none' : edge}</option>
            {edges
              .filter((one) => one !== edge)
              .map((one) => (
                <option key={one}>{one}</option>
              ))}
          </select>
        </label>
        <label class="check">
          <input name="tcp_enabled" type="checkbox" defaultChecked={config.tcp_enabled} /> Ask this meter (off: its slot is left
          alone)
        </label>
      </fieldset>
      <fieldset>
        <legend>Reading</legend>
        <label>
          Source
          <select name="acquisition" defaultValue={config.acquisition}>
            <option value="dod">display values (DOD), Leq estimated from Lp</option>
            <option value="drd">10 Hz stream (DRD), exact Leq</option>
          </select>
        </label>
        <label class="check">
          <input name="monitor_enabled" type="checkbox" defaultChecked={config.monitor_enabled} /> As fast as the meter allows
        </label>
        <label>
          Otherwise every (seconds)
          <input
            name="poll_interval_seconds"
            type="number"
            min="30"
            max="21600"
            required
            defaultValue={String(config.poll_interval_seconds)}
          />
        </label>
        <label>
          Time zone of its days
          <input name="timezone" defaultValue={timezone} placeholder="Europe/Berlin" />
        </label>
      </fieldset>
      <fieldset>
        <legend>Files on its card (FTP)</legend>
        <label class="check">
          <input name="ftp_enabled" type="checkbox" defaultChecked={config.ftp_enabled} /> Answer Terra-View's questions about the
          card
        </label>
        <label>
          FTP port
          <input name="ftp_port" type="number" min="1" max="65535" required defaultValue={String(config.ftp_port)} />
        </label>
        <label>
          User
          <input name="ftp_username" maxLength={64} autocomplete="off" placeholder={overview === null ? 'USER' : 'as it is'} />
        </label>
        <label>
          Password
          <input
            name="ftp_password"
            type="password"
            maxLength={64}
            autocomplete="new-password"
            placeholder={overview === null ? '' : 'as it is'}
          />
        </label>
      </fieldset>
    </>
  );
}
