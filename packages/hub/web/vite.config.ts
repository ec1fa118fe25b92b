import { preact } from '@preact/preset-vite';
import { defineConfig } from 'vite';

/** `SLMM_HUB` names the hub that `vite dev` talks to. */
const hub = process.env['SLMM_HUB'] ?? 'http://127.0.0.1:8100';

export default defineConfig({
  plugins: [preact()],
  resolve: { conditions: ['source', 'import', 'module', 'browser', 'default'] },
  build: { outDir: 'dist', emptyOutDir: true, target: 'es2022', assetsInlineLimit: 0 },
  server: { proxy: { '/api': { target: hub, ws: true }, '/sign-in': hub, '/health': hub } },
});
