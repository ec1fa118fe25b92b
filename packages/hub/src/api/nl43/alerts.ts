import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { ok, type Route, route } from '../route.ts';
import { monitorForRules } from '../monitored-unit.ts';
import type { ApiServices } from '../services.ts';
import { ruleFromSlmm, type SlmmRule, slmmEventAnswer, slmmRuleAnswer, slmmRuleSchema } from './alert-rule.ts';
import { eventAnswerSchema, ruleAnswerSchema } from './answers.ts';
import { fault } from './faults.ts';
import { integerField, lengthAtMost, textField } from './field.ts';
import { detailResponse, okResponse } from './responses.ts';
import { unitIdField, unitPathSchema } from './unit-fields.ts';

const MAX_EVENTS = 1000;
const rulePathSchema = z.object({ unit_id: unitIdField(), rule_id: integerField() });
const eventPathSchema = z.object({ unit_id: unitIdField(), event_id: integerField() });
const ruleResponse = okResponse('The rule', { rule: ruleAnswerSchema });

/** The family of `/api/nl43/{unit_id}/alerts`. Rules of ours are listed too; changing one here makes it one of SLMM's. */
export const alertRoutes: readonly Route[] = [
  route({
    method: 'get',
    path: '/api/nl43/{unit_id}/alerts/rules',
    surface: 'nl43',
    policy: 'read',
    summary: "A unit's alert rules",
    params: unitPathSchema,
    responses: { 200: okResponse('The rules', { rules: z.array(ruleAnswerSchema) }) },
    handle: ({ services, params }) => ok({ status: 'ok', rules: rulesOf(services, params.unit_id).map(slmmRuleAnswer) }),
  }),
  route({
    method: 'post',
    path: '/api/nl43/{unit_id}/alerts/rules',
    surface: 'nl43',
    policy: 'operate',
    summary: 'Adds a rule; it is checked when it is written',
    params: unitPathSchema,
    body: slmmRuleSchema,
    responses: { 200: ruleResponse, 409: detailResponse('The unit has as many rules as are evaluated') },
    handle: async ({ services, params, body }) => {
      const id = `slmm-${randomUUID().slice(0, 18)}`;
      const rule = ruleFromSlmm(id, params.unit_id, body);
      const refusal = services.alerts.engine.refusal(rule);
      if (refusal !== null) return fault(409, refusal);
      const record = await services.alerts.engine.putRule(rule, wordsOf(body));
      await monitorForRules(services, params.unit_id);
      return ok({ status: 'ok', rule: slmmRuleAnswer(record) });
    },
  }),
  route({
    method: 'put',
    path: '/api/nl43/{unit_id}/alerts/rules/{rule_id}',
    surface: 'nl43',
    policy: 'operate',
    summary: 'Writes a rule anew; what it had open ends',
    params: rulePathSchema,
    body: slmmRuleSchema,
    responses: { 200: ruleResponse, 404: detailResponse('There is no such rule') },
    handle: async ({ services, params, body }) => {
      const before = rulesOf(services, params.unit_id).find((one) => one.number === params.rule_id);
      if (before === undefined) return fault(404, 'Alert rule not found');
      const rule = { ...ruleFromSlmm(before.rule.id, params.unit_id, body), notify: before.rule.notify };
      const record = await services.alerts.engine.putRule(rule, wordsOf(body));
      await monitorForRules(services, params.unit_id);
      return ok({ status: 'ok', rule: slmmRuleAnswer(record) });
    },
  }),
  route({
    method: 'delete',
    path: '/api/nl43/{unit_id}/alerts/rules/{rule_id}',
    surface: 'nl43',
    policy: 'operate',
    summary: 'Deletes a rule; its events stay',
    params: rulePathSchema,
    responses: { 200: okResponse('It is gone', { deleted: z.int() }), 404: detailResponse('There is no such rule') },
    handle: async ({ services, params }) => {
      const before = rulesOf(services, params.unit_id).find((one) => one.number === params.rule_id);
      if (before === undefined) return fault(404, 'Alert rule not found');
      await services.alerts.engine.deleteRule(before.rule.id);
      return ok({ status: 'ok', deleted: params.rule_id });
    },
  }),
  route({
    method: 'get',
    path: '/api/nl43/{unit_id}/alerts/events',
    surface: 'nl43',
    policy: 'read',
    summary: "A unit's alert events, newest first",
    params: unitPathSchema,
    query: z.object({ limit: integerField().prefault(50), active_only: textField().optional() }),
    responses: { 200: okResponse('The events', { events: z.array(eventAnswerSchema) }) },
    handle: async ({ services, params, query }) => {
      const limit = Math.max(1, Math.min(MAX_EVENTS, query.limit));
      const activeOnly = ['1', 'true', 'yes', 'on'].includes(query.active_only?.toLowerCase() ?? '');
      const events = await services.alerts.store.events({
        unit: params.unit_id,
        limit,
        ...(activeOnly ? { status: 'active' as const } : {}),
      });
      const numbers = new Map(services.alerts.engine.rules().map(({ rule, number }) => [rule.id, number]));
      return ok({
        status: 'ok',
        events: events.map((event) =>
          slmmEventAnswer(
            services.alerts.engine.present(event),
            event.record.rule === null ? 0 : (numbers.get(event.record.rule) ?? 0),
          ),
        ),
      });
    },
  }),
  route({
    method: 'post',
    path: '/api/nl43/{unit_id}/alerts/events/{event_id}/ack',
    surface: 'nl43',
    policy: 'operate',
    summary: 'Says that somebody has seen the event',
    params: eventPathSchema,
    query: z.object({ by: textField({ maxLength: 100 }, lengthAtMost(100)).optional() }),
    responses: {
      200: okResponse('It is acknowledged', { acknowledged: z.int() }),
      404: detailResponse('There is no such event'),
    },
    handle: async ({ services, params, query, by }) => {
      const { event_id: number } = params;
      const event = Number.isSafeInteger(number) ? await services.alerts.store.eventByNumber(number) : null;
      if (event === null || event.record.unit !== params.unit_id) return fault(404, 'Alert event not found');
      await services.alerts.engine.acknowledge(event.record.id, query.by ?? by?.name ?? 'somebody');
      return ok({ status: 'ok', acknowledged: params.event_id });
    },
  }),
];

function rulesOf({ alerts }: ApiServices, unit: string) {
  return alerts.engine.rules().filter(({ rule }) => rule.unit === unit);
}

/** What SLMM would show of a rule and ours does not hold: kept as it was written. */
function wordsOf(body: SlmmRule): Readonly<Record<string, unknown>> {
  const {
    schedule_start: start = null,
    schedule_end: end = null,
    schedule_days: days = null,
    channels,
    recipients = null,
  } = body;
  return { schedule_start: start, schedule_end: end, schedule_days: days, channels, recipients };
}
