import { documentRoutes } from './openapi/routes.ts';
import { alertRoutes } from './nl43/alerts.ts';
import { configRoutes } from './nl43/config.ts';
import { connectionRoutes } from './nl43/connections.ts';
import { cycleRoutes } from './nl43/device/cycles.ts';
import { fileRoutes } from './nl43/device/files.ts';
import { liveRoutes } from './nl43/device/live.ts';
import { orderRoutes } from './nl43/device/orders.ts';
import { questionRoutes } from './nl43/device/questions.ts';
import { settingRoutes } from './nl43/device/settings.ts';
import { diagnosticRoutes } from './nl43/diagnostics.ts';
import { historyRoutes } from './nl43/history.ts';
import { logRoutes } from './nl43/logs.ts';
import { monitorRoutes } from './nl43/monitors.ts';
import { rosterRoutes } from './nl43/roster.ts';
import { statusRoutes } from './nl43/status.ts';
import { healthRoutes } from './root/health.ts';
import type { Route } from './route.ts';
import { commandRoutes } from './v1/commands.ts';
import { coverageRoutes } from './v1/coverage.ts';
import { edgeRoutes } from './v1/edges.ts';
import { calibrationRoutes } from './v1/history/calibrations.ts';
import { exportRoutes } from './v1/history/export.ts';
import { leqRoutes } from './v1/history/leq.ts';
import { levelRoutes } from './v1/history/levels.ts';
import { maskRoutes } from './v1/history/masks.ts';
import { periodRoutes } from './v1/history/periods.ts';
import { schemeRoutes } from './v1/history/schemes.ts';
import { eventRoutes } from './v1/events.ts';
import { readingRoutes } from './v1/readings.ts';
import { notificationRoutes } from './v1/notifications.ts';
import { receiverRoutes } from './v1/receivers.ts';
import { silenceRoutes } from './v1/silences.ts';
import { ruleRoutes } from './v1/rules.ts';
import { sessionRoutes } from './v1/session.ts';
import { tokenRoutes } from './v1/tokens.ts';
import { unitRoutes } from './v1/units.ts';

/** Every REST route of the hub. The server registers this table and nothing else; the documents are made from it. */
export function allRoutes(): readonly Route[] {
  const routes: readonly Route[] = [
    ...healthRoutes,
    // Before those whose first word is a unit: `_system` is none.
    ...connectionRoutes,
    ...monitorRoutes,
    ...rosterRoutes,
    ...configRoutes,
    ...statusRoutes,
    ...liveRoutes,
    ...questionRoutes,
    ...orderRoutes,
    ...settingRoutes,
    ...cycleRoutes,
    ...fileRoutes,
    ...diagnosticRoutes,
    ...logRoutes,
    ...historyRoutes,
    ...alertRoutes,
    ...unitRoutes(),
    ...commandRoutes,
    ...readingRoutes,
    ...coverageRoutes,
    ...levelRoutes,
    ...leqRoutes,
    ...periodRoutes,
    ...schemeRoutes,
    ...maskRoutes,
    ...calibrationRoutes,
    ...exportRoutes,
    ...edgeRoutes,
    ...tokenRoutes,
    ...sessionRoutes,
    ...ruleRoutes,
    ...eventRoutes,
    ...receiverRoutes,
    ...silenceRoutes,
    ...notificationRoutes,
  ];
  return [...routes, ...documentRoutes(routes)];
}
