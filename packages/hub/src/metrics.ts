/** What the hub counts, as Prometheus reads it at `/metrics`. One instance per hub, so that two hubs in one process stay apart. */
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

/** Counters by name; whoever counts something gets this object. Labels are few and bounded: no topics, no addresses, no ids a stranger can choose. */
export interface Metrics {
  readonly registry: Registry;
  /** Messages from edges, by kind of topic. */
  readonly busMessages: Counter<'kind'>;
  /** Messages that were not taken, by reason. */
  readonly busRefused: Counter<'reason'>;
  /** Connections refused or ended by the broker, by reason. */
  readonly brokerRefused: Counter<'reason'>;
  /** MQTT clients connected now, by kind. */
  readonly brokerClients: Gauge<'kind'>;
  /** Commands to edges, by how they ended. */
  readonly commands: Counter<'outcome'>;
  /** Frames, by what became of them: live, late, duplicate, refused. */
  readonly frames: Counter<'outcome'>;
  /** Seconds from the first frame of a group to its commit. */
  readonly commitSeconds: Histogram;
  /** Requests by route pattern, method and status. */
  readonly httpRequests: Counter<'route' | 'method' | 'status'>;
  /** WebSocket viewers connected now. */
  readonly viewers: Gauge;
  /** Frames that slow viewers did not get. */
  readonly viewerMissed: Counter;
}

/** `withProcess`: also memory, CPU and event-loop figures of the process. */
export function createMetrics(withProcess: boolean): Metrics {
  const registry = new Registry();
  const registers = [registry];
  if (withProcess) collectDefaultMetrics({ register: registry });
  const counter = <T extends string>(name: string, help: string, ...labelNames: T[]): Counter<T> =>
    new Counter({ name: `slmm_${name}`, help, labelNames, registers });
  const gauge = <T extends string>(name: string, help: string, ...labelNames: T[]): Gauge<T> =>
    new Gauge({ name: `slmm_${name}`, help, labelNames, registers });
  return {
    registry,
    busMessages: counter('bus_messages_total', 'Messages received from edges', 'kind'),
    busRefused: counter('bus_refused_total', 'Messages from the bus that were not taken', 'reason'),
    brokerRefused: counter('broker_refused_total', 'Connections and requests refused by the embedded broker', 'reason'),
    brokerClients: gauge('broker_clients', 'Clients connected to the embedded broker', 'kind'),
    commands: counter('commands_total', 'Commands sent to edges', 'outcome'),
    frames: counter('frames_total', 'Frames received', 'outcome'),
    commitSeconds: new Histogram({
      name: 'slmm_commit_seconds',
      help: 'Time from the first frame of a group to its commit',
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
      registers,
    }),
    httpRequests: counter('http_requests_total', 'HTTP requests answered', 'route', 'method', 'status'),
    viewers: gauge('viewers', 'WebSocket viewers connected'),
    viewerMissed: counter('viewer_missed_frames_total', 'Frames that slow viewers did not get'),
  };
}
