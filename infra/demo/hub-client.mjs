// The few questions the demo asks its hub, over the same REST everybody else uses.

const PATIENCE_MS = 10_000;

export class HubClient {
  #address;
  #token;

  constructor(address, token) {
    this.#address = address;
    this.#token = token;
  }

  async isReady() {
    const answer = await this.#ask('GET', '/health').catch(() => null);
    return answer !== null && answer.status === 200;
  }

  /** Enrols the edge, or renews its secret when the hub knows it already. Answers the secret. */
  async enrolEdge(edge) {
    const answer = await this.#ask('POST', '/api/v1/edges', { edge, renew: true });
    const secret = answer.body?.secret;
    if (typeof secret === 'string') return secret;
    throw new Error(`The hub did not enrol the edge: ${describe(answer)}${hint(answer)}`);
  }

  /** Sets a unit up, or brings it in line with where its meter listens this time. Answers whether the hub did not know it. */
  async putUnit(unit, edge, meter) {
    const known = await this.#ask('GET', `/api/v1/units/${encodeURIComponent(unit)}`);
    const now = known.body?.config;
    if (
      known.status === 200 &&
      known.body.edge === edge &&
      now.host === meter.host &&
      now.tcp_port === meter.port &&
      now.ftp_port === meter.ftpPort
    )
      return false;
    const place = { host: meter.host, tcp_port: meter.port, ftp_port: meter.ftpPort, tcp_enabled: true };
    const created = await this.#ask('POST', '/api/nl43/roster', {
      unit_id: unit,
      edge_id: edge,
      ...place,
      ftp_enabled: true,
      ftp_username: 'USER',
      ftp_password: '0000',
    });
    if (created.status < 300) return true;
    if (created.status !== 409) throw new Error(`The hub did not take unit ${unit}: ${describe(created)}`);
    const changed = await this.#ask('PUT', `/api/nl43/${encodeURIComponent(unit)}/config`, { ...place, edge_id: edge });
    if (changed.status >= 300) throw new Error(`The hub did not change unit ${unit}: ${describe(changed)}`);
    return false;
  }

  /** A rule that vehicles set off every other minute, so that there is something to see under Alerts. It tells nobody. */
  async addExampleRule(unit) {
    const answer = await this.#ask('POST', '/api/v1/rules', {
      unit,
      name: 'Loud vehicle (example)',
      metric: { kind: 'lp' },
      levels: [
        { name: 'warn', threshold: 60 },
        { name: 'alarm', threshold: 68 },
      ],
      clear_margin: 5,
      clear_hold_s: 5,
      merge_s: 30,
    });
    if (answer.status >= 300) throw new Error(`The hub did not take the example rule: ${describe(answer)}`);
  }

  /** `[unit, Lp]` of these units once each has a fresh frame; `null` before. */
  async levels(units) {
    const answer = await this.#ask('GET', '/api/v1/units').catch(() => null);
    if (answer === null || answer.status !== 200) return null;
    const found = units.map((unit) => [unit, freshLevel(answer.body.units.find((one) => one.unit === unit))]);
    return found.every(([, level]) => level !== null) ? found : null;
  }

  async #ask(method, path, body) {
    const response = await fetch(`${this.#address}${path}`, {
      method,
      headers: {
        ...(this.#token === null ? {} : { authorization: `Bearer ${this.#token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    const text = await response.text();
    return { status: response.status, body: parsed(text), text };
  }
}

/** A level of the last 15 s: what the hub still has from the last time does not count as live. */
function freshLevel(unit) {
  const frame = unit?.frame ?? null;
  return frame !== null && frame.lp !== null && Date.now() - Date.parse(frame.at) < 15_000 ? frame.lp : null;
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

const describe = (answer) => `${answer.status} ${answer.body?.detail ?? answer.text.slice(0, 200)}`;

function hint(answer) {
  if (answer.status !== 401 && answer.status !== 403) return '';
  return '\n  The database belongs to another administrator token: set SLMM_ADMIN_TOKEN to that one, or SLMM_DATA_DIR to a fresh directory.';
}
