export { type LiveFrame, type LiveMessage, type LiveRequest, liveRequestSchema } from './live-message.ts';
