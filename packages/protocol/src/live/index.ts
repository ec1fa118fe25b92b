export type { GapCause } from './gap-cause.ts';
export { type LiveAlert, type LiveFrame, type LiveMessage, type LiveRequest, liveRequestSchema } from './live-message.ts';
export type {
  CoverageFigures,
  CoverageGap,
  CoverageReport,
  EdgeOverview,
  ReadingsPage,
  SessionView,
  StoredFrame,
  UnitOverview,
  UnitSetup,
} from './overview.ts';
