import { randomUUID } from 'node:crypto';
import express, { type Express, type NextFunction, type Request, type Response } from 'express';
import helmet from 'helmet';
import { allRoutes } from '../../api/routes.ts';
import { servePage } from './page.ts';
import { registerRoutes, surfaceOf } from './register-routes.ts';
import type { Gate } from './serve-route.ts';
import { serveSignIn } from './sign-in.ts';
import { writeAnswer } from './write-answer.ts';

/** The REST application: headers, routes, sign-in, page, and what is said when none of them fits. */
export function createHttpApp(gate: Gate, webRoot: string | null): Express {
  const { services, authentication } = gate;
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.use(securityHeaders());
  registerRoutes(app, allRoutes(), gate);
  app.get('/sign-in', serveSignIn(services, authentication));
  servePage(app, webRoot);
  app.use((request: Request, response: Response) => {
    writeAnswer(response, surfaceOf(request.path).noRoute());
  });
  // Express knows an error handler by its four parameters.
  app.use((error: unknown, request: Request, response: Response, _next: NextFunction) => {
    const surface = surfaceOf(request.path);
    if (isBadRequest(error)) {
      writeAnswer(response, surface.noRoute());
      return;
    }
    const id = randomUUID();
    services.log.error({ err: error, id, method: request.method }, 'a request failed inside the hub');
    if (response.headersSent) response.destroy();
    else writeAnswer(response, surface.broken(id));
  });
  return app;
}

/** The page loads everything from its own origin. HSTS is for whoever owns the name, with all its ports: an operator sets it in front of the hub. */
function securityHeaders() {
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        'default-src': ["'self'"],
        'img-src': ["'self'", 'data:'],
        'object-src': ["'none'"],
        'base-uri': ["'none'"],
        'form-action': ["'self'"],
        'frame-ancestors': ["'self'"],
      },
    },
    strictTransportSecurity: false,
  });
}

/** An address that cannot be decoded, or a file name that is none. */
function isBadRequest(error: unknown): boolean {
  const status = typeof error === 'object' && error !== null && 'status' in error ? error.status : null;
  return typeof status === 'number' && status >= 400 && status < 500;
}
