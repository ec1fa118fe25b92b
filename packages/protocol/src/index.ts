export { type Acknowledge, acknowledgeSchema } from './bus/acknowledge.ts';
export { type AlertEvent, alertEventSchema, alertNotificationSchema, type AlertState, alertStateSchema } from './bus/alert.ts';
export {
  type BackfillBatch,
  decodeBackfill,
  encodeBackfill,
  encodeLost,
  type LostRange,
  lostRangeSchema,
  MAX_BATCH_BYTES,
  MAX_BATCH_FRAMES,
  MAX_BATCH_RANGES,
} from './bus/backfill-batch.ts';
export { type Column, readColumn, writeColumn } from './bus/batch-column.ts';
export { type Command, type CommandError, commandErrorSchema, commandSchema, type Reply, replySchema } from './bus/command.ts';
export { decodeMessage, type Decoded, MAX_JSON_BYTES } from './bus/decode-message.ts';
export {
  type AppliedConfig,
  appliedConfigSchema,
  type Demand,
  demandSchema,
  type DesiredConfig,
  desiredConfigSchema,
  type DesiredUnit,
  desiredUnitSchema,
  hostSchema,
  portSchema,
  type ReceivedConfig,
  receivedConfig,
} from './bus/desired-config.ts';
export {
  type EdgeHealth,
  edgeHealthSchema,
  type EdgeInfo,
  edgeInfoSchema,
  type EdgeState,
  edgeStateSchema,
  type HubState,
  hubStateSchema,
  MAX_FORMER_EPOCHS,
} from './bus/edge-state.ts';
export { type FileChunkHeader, fileChunkHeaderSchema } from './bus/file-chunk.ts';
export { type Frame, frameSchema, type Interval, intervalSchema, quantizeFrame } from './bus/frame.ts';
export { idSchema, isId } from './bus/id.ts';
export {
  type CardEntry,
  cardEntrySchema,
  isOperation,
  type OperationArgs,
  type OperationName,
  type OperationResultOf,
  OPERATIONS,
} from './bus/operation.ts';
export { type Tick, tickSchema } from './bus/tick.ts';
export {
  epochSchema,
  instantSchema,
  isEpoch,
  LAST_INSTANT_MS,
  levelSchema,
  MAX_SEQ,
  type RunState,
  runStateSchema,
  seqSchema,
} from './bus/primitives.ts';
export { filters, type HubTopicKind, parseTopic, type Topic, topics, type UnitTopicKind } from './bus/topics.ts';
export {
  type Last,
  lastSchema,
  type Link,
  type LinkCause,
  linkCauseSchema,
  type LinkEvidence,
  linkEvidenceSchema,
  linkSchema,
  type UnitEvent,
  unitEventSchema,
  type UnitInfo,
  unitInfoSchema,
  type UnitState,
  unitStateSchema,
} from './bus/unit-state.ts';
export { BadBytes, ByteReader, ByteWriter } from './bus/varint-bytes.ts';
export { type GapCause, gapCauseSchema } from './live/gap-cause.ts';
export { type LiveAlert, type LiveFrame, type LiveMessage, type LiveRequest, liveRequestSchema } from './live/live-message.ts';
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
} from './live/overview.ts';
export {
  type AnswerForm,
  checkAnswer,
  type CheckedAnswer,
  encodeRequest,
  encodeSetting,
  type EncodedCommand,
  findCommand,
  LINE_END,
  runStateOf,
  STREAM_STOP_BYTE,
} from './meter/command.ts';
export { type Grammar } from './meter/command-grammar.ts';
export { type Command as MeterCommand, COMMANDS as METER_COMMANDS } from './meter/command-table.ts';
export { decodeDod, type DodChannel, type DodReading } from './meter/dod-line.ts';
export { decodeDrd, type DrdChannel, type DrdStatus, type DrdTick, ticksBetween } from './meter/drd-line.ts';
export { type DecodeFailure } from './meter/level-field.ts';
export { LineSplitter, type MeterToken } from './meter/line-splitter.ts';
export {
  formatMeterClock,
  isMeterClock,
  type MeterClock,
  meterClockFromNaiveMs,
  naiveMsOfMeterClock,
  parseMeterClock,
} from './meter/meter-clock.ts';
export { describeResultCode, parseResultCode, type ResultCode } from './meter/result-code.ts';
