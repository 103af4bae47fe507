import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';

// In development the API is another process; the built console is served by the API itself.
const api = 'http://127.0.0.1:3000';
const compressible = /\.(js|css|svg)$/;

/** Compresses what is served, once, instead of for each request. */
function compress(): Plugin {
  return {
    name: 'compress',
    apply: 'build',
    closeBundle() {
      for (const entry of readdirSync('dist', { recursive: true, encoding: 'utf8' })) {
        if (!compressible.test(entry)) continue;
        const path = join('dist', entry);
        const plain = readFileSync(path);
        writeFileSync(`${path}.br`, brotliCompressSync(plain));
        writeFileSync(`${path}.gz`, gzipSync(plain, { level: 9 }));
      }
    },
  };
}

export default defineConfig({
  plugins: [react(), compress()],
  server: { proxy: Object.fromEntries(['/api', '/admin', '/openapi', '/docs', '/metrics'].map(path => [path, api])) },
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    target: 'es2022',
    // Colours for light and dark are left to the browser, which knows what Mantine has chosen.
    cssTarget: ['chrome123', 'safari17.5', 'firefox120'],
    // An image as data would need a weaker content security policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 700,
  },
});
