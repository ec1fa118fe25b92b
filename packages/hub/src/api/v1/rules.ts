import { randomUUID } from 'node:crypto';
import { idSchema } from '@slmm/protocol';
import { toInstant } from '@slmm/shared';
import { z } from 'zod';
import { mayDo } from '../../access/policy.ts';
import type { RuleRecord } from '../../alerts/alert-store.ts';
import { RULE_PRESETS } from '../../alerts/rules/presets.ts';
import { rehearsalProblem } from '../../alerts/rehearse.ts';
import { type Rule, ruleSchema } from '../../alerts/rules/rule.ts';
import { monitorForRules } from '../monitored-unit.ts';
import { ok, type Person, type Route, route } from '../route.ts';
import type { ApiServices } from '../services.ts';
import { eventAnswer, eventAnswerSchema, ruleAnswer, ruleAnswerSchema } from './alert-schemas.ts';
import { namePage, namePageQuery, nextMark } from './name-page.ts';
import { instant } from './parameters.ts';
import { problem } from './problem.ts';
import { CONFLICT, NOT_FOUND } from './responses.ts';

const rulePath = z.object({ rule: idSchema });
/** A rule without an id gets one. */
const draftSchema = z.preprocess(
  (body) =>
    typeof body === 'object' && body !== null && !('id' in body) ? { ...body, id: `r-${randomUUID().slice(0, 18)}` } : body,
  ruleSchema,
);
const answered = { description: 'The rule and where it stands', schema: ruleAnswerSchema };

/** `/api/v1/rules`: what is watched. */
export const ruleRoutes: readonly Route[] = [
  route({
    method: 'get',
    path: '/api/v1/rules',
    surface: 'v1',
    policy: 'read',
    summary: 'Rules, where each stands, and why it fires or does not',
    query: z.object({ unit: idSchema.optional(), ...namePageQuery }),
    responses: {
      200: { description: 'The rules', schema: z.object({ count: z.int(), next: nextMark, rules: z.array(ruleAnswerSchema) }) },
    },
    handle: ({ services, query, by }) => {
      const { engine } = services.alerts;
      const asked = engine
        .rules()
        .filter(
          ({ rule }) => (query.unit === undefined || rule.unit === query.unit) && by !== null && mayDo(by, 'read', rule.unit),
        );
      const { shown, next } = namePage(asked, query, ({ number }) => String(number).padStart(12, '0'));
      return ok({ count: shown.length, next, rules: shown.map((record) => answerOf(services, record)) });
    },
  }),
  route({
    method: 'post',
    path: '/api/v1/rules',
    surface: 'v1',
    policy: 'operate',
    summary: 'Writes a rule; it counts from the next reading on',
    body: draftSchema,
    unitOf: ({ body }) => body.unit,
    responses: { 201: answered, 409: CONFLICT },
    handle: async ({ services, body }) => {
      const { engine } = services.alerts;
      if (engine.rules().some(({ rule }) => rule.id === body.id))
        return problem(409, `There is a rule ${body.id} already. PUT /api/v1/rules/${body.id} changes it.`);
      const refusal = refusalOf(body, services);
      if (refusal !== null) return problem(422, refusal);
      const record = await engine.putRule(body);
      await monitorForRules(services, body.unit);
      return { status: 201, body: answerOf(services, record) };
    },
  }),
  route({
    method: 'post',
    path: '/api/v1/rules/rehearse',
    surface: 'v1',
    policy: 'read',
    summary:
      'Runs a draft over stored history: onsets and minutes in alarm by day, who would have been told, what it decided and why',
    body: z.object({ rule: draftSchema, from: instant, to: instant }),
    unitOf: ({ body }) => body.rule.unit,
    responses: {
      200: {
        description: 'What would have happened',
        schema: z.object({
          unit: z.string(),
          readings: z.int(),
          events: z.array(eventAnswerSchema),
          truncated: z.boolean(),
          days: z.array(z.object({ date: z.string(), onsets: z.int(), alarm_minutes: z.number(), readings: z.int() })),
          told: z.record(z.string(), z.int()),
          /** A line wherever it changed its mind, the first 500. */
          decisions: z.array(z.object({ at: z.string(), state: z.string(), reason: z.string() })),
          /** The value that came nearest to firing, or went furthest. */
          extreme: z.object({ at: z.string(), value: z.number() }).nullable(),
        }),
      },
    },
    handle: async ({ services, body: { rule, from, to } }) => {
      const refusal = rehearsalProblem(rule, from, to);
      if (refusal !== null) return problem(422, refusal);
      const result = await services.alerts.engine.rehearse(rule, from, to);
      return ok({
        unit: rule.unit,
        readings: result.readings,
        events: result.events.map((record, index) => eventAnswer({ number: index + 1, record })),
        truncated: result.truncated,
        days: result.days.map(({ date, onsets, alarmMinutes, readings }) => ({
          date,
          onsets,
          alarm_minutes: alarmMinutes,
          readings,
        })),
        told: result.told,
        decisions: result.decisions.map(({ atMs, state, reason }) => ({ at: toInstant(atMs), state, reason })),
        extreme: result.extreme === null ? null : { at: toInstant(result.extreme.atMs), value: result.extreme.value },
      });
    },
  }),
  route({
    method: 'get',
    path: '/api/v1/rules/presets',
    surface: 'v1',
    policy: 'read',
    summary: 'Rules to begin from; unit and receivers are yours to add',
    responses: {
      200: {
        description: 'The presets',
        schema: z.object({
          presets: z.array(
            z.object({ id: z.string(), name: z.string(), description: z.string(), rule: z.record(z.string(), z.unknown()) }),
          ),
        }),
      },
    },
    handle: () => ok({ presets: RULE_PRESETS.map((preset) => ({ ...preset, rule: { ...preset.rule } })) }),
  }),
  route({
    method: 'get',
    path: '/api/v1/rules/{rule}',
    surface: 'v1',
    policy: 'read',
    summary: 'One rule, where it stands, and why',
    params: rulePath,
    responses: { 200: answered, 404: NOT_FOUND },
    handle: ({ services, params, by }) => {
      const record = visibleRule(services, params.rule, by, 'read');
      return record === null ? noRule(params.rule) : ok(answerOf(services, record));
    },
  }),
  route({
    method: 'put',
    path: '/api/v1/rules/{rule}',
    surface: 'v1',
    policy: 'operate',
    summary: 'Writes the rule anew; what its old wording had open ends with the reason rule_changed',
    params: rulePath,
    body: draftSchema,
    unitOf: ({ body }) => body.unit,
    responses: { 200: answered, 404: NOT_FOUND },
    handle: async ({ services, params, body, by }) => {
      const before = visibleRule(services, params.rule, by, 'operate');
      if (before === null) return noRule(params.rule);
      const rule: Rule = { ...body, id: params.rule };
      const refusal = refusalOf(rule, services);
      if (refusal !== null) return problem(422, refusal);
      const record = await services.alerts.engine.putRule(rule);
      await monitorForRules(services, rule.unit);
      return ok(answerOf(services, record));
    },
  }),
  route({
    method: 'delete',
    path: '/api/v1/rules/{rule}',
    surface: 'v1',
    policy: 'operate',
    summary: 'Deletes a rule; its events stay',
    params: rulePath,
    responses: { 204: { description: 'It is gone' }, 404: NOT_FOUND },
    handle: async ({ services, params, by }) => {
      if (visibleRule(services, params.rule, by, 'operate') === null) return noRule(params.rule);
      await services.alerts.engine.deleteRule(params.rule);
      return { status: 204, body: null };
    },
  }),
];

function answerOf({ alerts: { engine } }: ApiServices, record: RuleRecord) {
  return ruleAnswer(record, engine.standing(record.rule.id), (id) => engine.isReceiver(id));
}

/** The rule, if it is there and the caller may do this to its unit. */
function visibleRule(services: ApiServices, id: string, by: Person | null, action: 'read' | 'operate'): RuleRecord | null {
  const record = services.alerts.engine.rules().find(({ rule }) => rule.id === id);
  return record !== undefined && by !== null && mayDo(by, action, record.rule.unit) ? record : null;
}

const noRule = (rule: string) => problem(404, `There is no rule ${rule}.`);

/** What only the hub can know about a rule: whether its unit and receivers exist, and the unit has room for it. */
function refusalOf(rule: Rule, { fleet, alerts }: ApiServices): string | null {
  if (fleet.unit(rule.unit) === null) return `There is no unit ${rule.unit}. Add it with POST /api/nl43/roster.`;
  return alerts.engine.refusal(rule);
}
