/** What a server that speaks TLS needs to be reached by strangers for years. Neighbours: aedes-broker.ts and http-server.ts make the server and say how long a handshake may take. */
import type { Server } from 'node:tls';
import type { Clock, Logger } from '@slmm/shared';
import { type CertificateFiles, serveCertificate } from './certificate.ts';
import { boundHandshakes } from './handshakes.ts';

export interface EncryptParts {
  readonly clock: Clock;
  readonly log: Logger;
  /** Told of an address whose connection was closed because too many are at their handshake. */
  readonly refused: (address: string) => void;
}

/** Gives the server its certificate, renewed ones too, and bounds handshakes. Throws a `CertificateError`. What it returns is to be called when the server closes. */
export function encrypt(server: Server, files: CertificateFiles, { clock, log, refused }: EncryptParts): () => void {
  const stopRenewals = serveCertificate(server, files, { clock, log });
  const endHandshakes = boundHandshakes(server, refused);
  return () => {
    stopRenewals();
    endHandshakes();
  };
}
