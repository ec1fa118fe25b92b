/**
 * A certificate with its key, from PEM files that somebody renews. Neighbours: aedes-broker.ts and http-server.ts serve with it, settings.ts names the files.
 */
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createSecureContext, type SecureContextOptions, type Server } from 'node:tls';
import type { Clock, Logger } from '@slmm/shared';

/** How often the files are looked at: a renewed certificate is in force an hour later, without a restart. */
const LOOK_EVERY_MS = 3_600_000;
/** Who renews has failed when a certificate comes so near its end. */
const NEARLY_EXPIRED_MS = 7 * 86_400_000;

/** Paths of PEM files: the certificate with those between it and its root, and its key. */
export interface CertificateFiles {
  readonly cert: string;
  readonly key: string;
}

/** The files cannot be served with. Its message is for the person who named them. */
export class CertificateError extends Error {
  override readonly name = 'CertificateError';
}

/** What a server is made with: TLS 1.2 and later. Throws a `CertificateError` when a file cannot be read or the two do not belong together. */
export function readCertificate(files: CertificateFiles): SecureContextOptions {
  const context: SecureContextOptions = { cert: read(files.cert), key: read(files.key), minVersion: 'TLSv1.2' };
  try {
    createSecureContext(context);
  } catch (error) {
    throw new CertificateError(`${files.cert} and ${files.key} are no certificate and its key: ${messageOf(error)}`, {
      cause: error,
    });
  }
  return context;
}

/** Gives the server what the files hold, now (as `readCertificate`) and whenever that has changed, and warns a week before the certificate ends. Returns what stops it. */
export function serveCertificate(
  server: Server,
  files: CertificateFiles,
  { clock, log }: { clock: Clock; log: Logger },
): () => void {
  let inForce = readCertificate(files);
  server.setSecureContext(inForce);
  let cancel = (): void => undefined;
  const warnOfItsEnd = (): void => {
    const { validTo } = new X509Certificate(String(inForce.cert));
    if (Date.parse(validTo) - clock.nowMs() < NEARLY_EXPIRED_MS)
      log.warn({ cert: files.cert, validTo }, 'the certificate ends soon or has ended; put a new one in its place');
  };
  const look = (): void => {
    try {
      const found = readCertificate(files);
      if (found.cert !== inForce.cert || found.key !== inForce.key) {
        server.setSecureContext(found);
        inForce = found;
        log.info({ cert: files.cert }, 'the renewed certificate is in force');
      }
    } catch (error) {
      log.error({ err: error }, 'the certificate cannot be read again; the one before stays in force');
    }
    warnOfItsEnd();
    cancel = clock.after(LOOK_EVERY_MS, look);
  };
  warnOfItsEnd();
  cancel = clock.after(LOOK_EVERY_MS, look);
  return () => cancel();
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new CertificateError(`${path} cannot be read: ${messageOf(error)}`, { cause: error });
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
