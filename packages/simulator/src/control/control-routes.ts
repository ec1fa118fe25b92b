/** The control port's routes: what tests and people ask of the simulator. Nothing here is part of a real meter. */
import { z } from 'zod';
import { FAULT_IDS, FAULTS, isFaultId } from '../faults/fault-table.ts';
import { playSeries, seriesOf } from '../levels/level-series.ts';
import type { NetworkedMeter } from '../networked-meter.ts';
import type { SimTime } from '../sim-time.ts';
import { type JsonAnswer, mistake, ok } from './json-http.ts';

export interface ControlPlace {
  readonly meters: ReadonlyMap<string, NetworkedMeter>;
  readonly time: SimTime;
}

const DEFAULT_BOOT_MS = 5_000;
const levelBody = z.strictObject({ db: z.number().min(-10).max(200).nullable() });
const seriesBody = z.strictObject({ levels: z.array(z.number()).min(1).max(200_000) });
const powerBody = z.strictObject({
  action: z.enum(['off', 'on', 'reboot', 'cycle', 'wake']),
  bootMs: z.int().min(0).max(3_600_000).default(DEFAULT_BOOT_MS),
});

/** Answers one request. `path` is without its query; `body` is parsed JSON or `undefined`. */
export function answerControl(place: ControlPlace, method: string, path: string, body: unknown): JsonAnswer {
  const [first, name, ...rest] = path.split('/').slice(1).map(decode);
  if (first === 'faults' && name === undefined) return only(method, 'GET', () => ok(faultTable()));
  if (first !== 'meters') return mistake(404, `there is no '${path}'; try /meters, /meters/{name} or /faults`);
  if (name === undefined || name === '') return only(method, 'GET', () => ok([...place.meters.values()].map(summary)));
  const meter = place.meters.get(name);
  if (meter === undefined) return mistake(404, `there is no meter '${name}'`);
  const [topic, id, ...more] = rest;
  if (more.length > 0) return mistake(404, `there is no '${path}'`);
  if (topic === 'faults') return answerFaults(meter, method, id, body);
  if (id !== undefined) return mistake(404, `there is no '${path}'`);
  switch (topic) {
    case undefined:
      return only(method, 'GET', () => ok({ ...summary(meter), faults: meter.faults.list(), ...meter.report }));
    case 'power':
      return only(method, 'POST', () => parsed(powerBody, body, ({ action, bootMs }) => setPower(meter, action, bootMs)));
    case 'level':
      return only(method, 'PUT', () =>
        parsed(levelBody, body, ({ db }) => {
          meter.holdLevel(db);
          return ok({ db });
        }),
      );
    case 'series':
      return only(method, 'PUT', () => parsed(seriesBody, body, ({ levels }) => setSeries(meter, levels, place.time)));
    default:
      return mistake(404, `there is no '${topic}' of a meter; there are faults, level, power and series`);
  }
}

function answerFaults(meter: NetworkedMeter, method: string, id: string | undefined, body: unknown): JsonAnswer {
  if (id === undefined) {
    if (method === 'GET') return ok(meter.faults.list());
    if (method !== 'DELETE') return mistake(405, 'GET or DELETE');
    for (const fault of meter.faults.list()) meter.clearFault(fault.id);
    return ok([]);
  }
  if (!isFaultId(id)) return mistake(404, `there is no fault '${id}'; there are ${FAULT_IDS.join(', ')}`);
  if (method === 'PUT') {
    const change = meter.setFault(id, body);
    return change.kind === 'ok' ? ok({ id, params: change.params }) : mistake(422, change.reason);
  }
  if (method === 'DELETE')
    return meter.clearFault(id) ? ok({ id, cleared: true }) : mistake(404, `${id} is not set on ${meter.name}`);
  if (method !== 'GET') return mistake(405, 'GET, PUT or DELETE');
  const params = meter.faults.get(id);
  return params === null ? mistake(404, `${id} is not set on ${meter.name}`) : ok({ id, params });
}

function summary(meter: NetworkedMeter): Record<string, unknown> {
  return {
    name: meter.name,
    host: meter.host,
    port: meter.port,
    ftpPort: meter.ftpPort,
    power: meter.condition.power,
    asleep: meter.condition.asleep,
    wedged: meter.condition.wedged,
    measure: meter.meter.run,
    paused: meter.meter.paused,
    heldDb: meter.heldDb,
  };
}

function faultTable(): unknown {
  return FAULT_IDS.map((id) => ({ id, says: FAULTS[id].says, defaults: FAULTS[id].params.parse({}) }));
}

function setPower(meter: NetworkedMeter, action: z.output<typeof powerBody>['action'], bootMs: number): JsonAnswer {
  if (action === 'off') meter.powerOff();
  else if (action === 'wake') meter.wake();
  else if (action === 'on' && meter.condition.power === 'on') return mistake(409, `${meter.name} has power`);
  else meter.powerOn(bootMs);
  return ok(summary(meter));
}

function setSeries(meter: NetworkedMeter, levels: readonly number[], time: SimTime): JsonAnswer {
  const series = seriesOf(levels);
  if (series.kind === 'mistake') return mistake(422, series.reason);
  meter.setSource(playSeries(series.levelsDb, time.nowMs()));
  return ok({ seconds: levels.length });
}

function parsed<S extends z.ZodType>(schema: S, body: unknown, use: (value: z.output<S>) => JsonAnswer): JsonAnswer {
  const result = schema.safeParse(body);
  if (result.success) return use(result.data);
  return mistake(422, result.error.issues.map((issue) => `${issue.path.join('.') || 'body'}: ${issue.message}`).join('; '));
}

function only(method: string, allowed: string, answer: () => JsonAnswer): JsonAnswer {
  return method === allowed ? answer() : mistake(405, `${allowed} only`);
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
