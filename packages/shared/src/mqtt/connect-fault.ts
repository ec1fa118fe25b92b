/** Why a connection to a broker failed, with what to do where Node's own words leave that open. Pure. Neighbours: the MQTT adapters of edge and hub. */

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
  if (code === 'ECONNRESET' && error.message.includes('before secure TLS connection'))
    return 'the other end closed the connection instead of agreeing on TLS; does the port speak mqtt:// (or ws://)?';
  return error.message;
}

/** One line for the log when a broker at this URL closed the connection without a word in answer to CONNECT. */
export function unansweredFault(url: string): string {
  const isPlain = /^(mqtt|ws):/.test(url);
  return `the broker closed the connection without an answer${isPlain ? '; does its port speak mqtts:// (or wss://)?' : ''}`;
}
