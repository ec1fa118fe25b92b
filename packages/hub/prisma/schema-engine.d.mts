/** SQL from one schema text (`null`: an empty database) to another. */
export function schemaDiff(kind: 'sqlite' | 'postgres', from: string | null, to: string): Promise<string>;
