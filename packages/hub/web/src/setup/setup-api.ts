import type { EdgeOverview } from '@slmm/protocol/live';
import { type Answer, getJson, sendJson } from '../api/hub-api.ts';

/** What a person may set of a unit, in the words of `/api/nl43`. What is absent stays as it is. */
export interface UnitForm {
  readonly host: string;
  readonly tcp_port: number;
  readonly edge_id?: string;
  readonly acquisition: string;
  readonly timezone?: string;
  readonly monitor_enabled: boolean;
  readonly poll_interval_seconds: number;
  readonly tcp_enabled: boolean;
  readonly ftp_enabled: boolean;
  readonly ftp_port: number;
  readonly ftp_username?: string;
  readonly ftp_password?: string;
}

const unitPath = (unit: string): string => `/api/nl43/${encodeURIComponent(unit)}/config`;

export const readEdges = (): Promise<Answer<{ readonly edges: readonly EdgeOverview[] }>> => getJson('/api/v1/edges');

/** An edge that was enrolled. `broker`: where it signs in, at a port of the hub or at an external broker, which knows no secret of the hub. */
export interface EnrolledEdge {
  readonly edge: string;
  readonly secret: string;
  readonly broker: { readonly port: number | null; readonly tls: boolean | null; readonly url: string | null };
}

/** Enrols an edge; `renew`: gives an enrolled one a new secret. The secret is in this answer and nowhere else. */
export const enrolEdge = (edge: string, renew: boolean): Promise<Answer<EnrolledEdge>> =>
  sendJson('POST', '/api/v1/edges', { edge, renew });

export const revokeEdge = (edge: string): Promise<Answer<null>> =>
  sendJson('DELETE', `/api/v1/edges/${encodeURIComponent(edge)}`);

export const addUnit = (unit: string, form: UnitForm): Promise<Answer<unknown>> =>
  sendJson('POST', '/api/nl43/roster', { unit_id: unit, ...form });

export const changeUnit = (unit: string, form: UnitForm): Promise<Answer<unknown>> => sendJson('PUT', unitPath(unit), form);

export const removeUnit = (unit: string): Promise<Answer<unknown>> => sendJson('DELETE', unitPath(unit));
