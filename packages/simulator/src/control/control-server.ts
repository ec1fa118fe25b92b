import http from 'node:http';
import { answerControl, type ControlPlace } from './control-routes.ts';
import { mistake, readJson, sendJson } from './json-http.ts';

/** Opens the control port (HTTP and JSON, no access control: it belongs on loopback or a test network). Port 0 takes a free one. */
export async function startControlServer(
  place: ControlPlace & { readonly host: string; readonly port: number },
): Promise<{ readonly port: number; close(): Promise<void> }> {
  const answer = async (request: http.IncomingMessage, response: http.ServerResponse): Promise<void> => {
    const body = await readJson(request);
    if (body.kind === 'mistake') {
      response.setHeader('connection', 'close');
      sendJson(response, mistake(body.status, body.reason));
      return;
    }
    const path = (request.url ?? '/').split('?')[0] ?? '/';
    sendJson(response, answerControl(place, request.method ?? 'GET', path.replace(/(?<=.)\/$/, ''), body.value));
  };
  const server = http.createServer((request, response) => {
    answer(request, response).catch(() => response.destroy());
  });
  server.headersTimeout = 10_000;
  server.requestTimeout = 30_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: place.host, port: place.port }, resolve);
  });
  const address = server.address();
  return {
    port: address !== null && typeof address !== 'string' ? address.port : place.port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
