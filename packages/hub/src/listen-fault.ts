/** The hub cannot listen where it should. Its message is for the person who started the hub. */
export class ListenError extends Error {
  override readonly name = 'ListenError';
}

/** Says in one line what to do when listening failed; other faults are returned as they are. */
export function listenFault(error: unknown, host: string, port: number, setting: string): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : null;
  if (code === 'EADDRINUSE')
    return new ListenError(`port ${port} on ${host} is taken; set ${setting} to another one`, { cause: error });
  if (code === 'EACCES')
    return new ListenError(`port ${port} on ${host} needs more rights than this user has; set ${setting} to one above 1023`, {
      cause: error,
    });
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND')
    return new ListenError(`this machine has no address ${host}; correct ${setting.replace('_PORT', '_HOST')}`, { cause: error });
  return error;
}
