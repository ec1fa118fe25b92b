/** Why a connection to the broker failed, with what to do where Node's own words leave that open. Pure. */

const UNKNOWN_ISSUER: ReadonlySet<string> = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);

/** One line for the log; the error's own message where nothing better is known. */
export function connectFault(error: Error): string {
  const code = 'code' in error ? String(error.code) : '';
  if (UNKNOWN_ISSUER.has(code))
    return `${error.message}: nobody this machine trusts has issued the broker's certificate; name its issuer's PEM file in NODE_EXTRA_CA_CERTS`;
  if (code === 'CERT_HAS_EXPIRED') return `${error.message}: renew the broker's certificate, or set this machine's clock`;
  if (code === 'CERT_NOT_YET_VALID') return `${error.message}: set this machine's clock`;
  if (code === 'ERR_SSL_WRONG_VERSION_NUMBER' || (code === 'EPROTO' && error.message.includes('wrong version number')))
    return 'the port speaks no TLS; use mqtt:// (or ws://), or the port that does';
  return error.message;
}
