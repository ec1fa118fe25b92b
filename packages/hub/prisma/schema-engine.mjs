// Prisma's schema engine, from its WebAssembly package: for drafting migrations and for the test that compares them with the schemas.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils';

/** The engine asks a database only for its name and version before it compares two schema files. */
function stubFactory(kind) {
  const connection = {
    provider: kind,
    adapterName: 'stub',
    getConnectionInfo: () => ({ schemaName: kind === 'sqlite' ? 'main' : 'public', supportsRelationJoins: true }),
    queryRaw: async () => ({ columnNames: ['a', 'b', 'c'], columnTypes: [7, 7, 0], rows: [] }),
    executeRaw: async () => 0,
    executeScript: async () => undefined,
    dispose: async () => undefined,
  };
  const connect = async () => connection;
  return { provider: kind, adapterName: 'stub', connect, connectToShadowDb: connect };
}

async function loadEngine() {
  const folder = dirname(createRequire(import.meta.url).resolve('@prisma/schema-engine-wasm'));
  const bindings = await import(pathToFileURL(join(folder, 'schema_engine_bg.js')).href);
  const code = readFileSync(join(folder, 'schema_engine_bg.wasm'));
  const { instance } = await WebAssembly.instantiate(code, { './schema_engine_bg.js': bindings });
  bindings.__wbg_set_wasm(instance.exports);
  instance.exports.__wbindgen_start();
  return bindings.SchemaEngine;
}

/** SQL from one schema text (`null`: an empty database) to another. `kind`: `sqlite` or `postgres`. */
export async function schemaDiff(kind, from, to) {
  const SchemaEngine = await loadEngine();
  const files = (content) => [{ path: 'schema.prisma', content }];
  const engine = await SchemaEngine.new(
    { datamodels: [['schema.prisma', to]] },
    () => undefined,
    bindMigrationAwareSqlAdapterFactory(stubFactory(kind)),
  );
  const result = await engine.diff({
    from: from === null ? { tag: 'empty' } : { tag: 'schemaDatamodel', files: files(from) },
    to: { tag: 'schemaDatamodel', files: files(to) },
    script: true,
    exitCode: true,
    filters: { externalTables: [], externalEnums: [] },
    shadowDatabaseUrl: null,
  });
  engine.free();
  return result.stdout ?? '';
}
