import react from '@vitejs/plugin-react';
import type { Plugin } from 'vite';
import { defineConfig } from 'vitest/config';

const at = (path: string) => decodeURIComponent(new URL(path, import.meta.url).pathname);

/** What the built page may do: talk to its own server, nothing else. (The dev server needs inline scripts.) */
const contentSecurityPolicy: Plugin = {
  name: 'content-security-policy',
  apply: 'build',
  transformIndexHtml: () => [
    {
      tag: 'meta',
      attrs: {
        'http-equiv': 'Content-Security-Policy',
        content:
          "default-src 'self'; img-src 'self' data:; media-src 'self' blob: mediastream:; object-src 'none'; base-uri 'none'; form-action 'self'",
      },
      injectTo: 'head-prepend',
    },
  ],
};

export default defineConfig(({ mode }) => ({
  plugins: [react(), contentSecurityPolicy],
  resolve: {
    // `--mode fake` swaps the server for one in memory, for looking at the pages. It never reaches a build.
    alias: mode === 'fake' ? [{ find: /^\.\.\/backend$/, replacement: at('./test/fake/backend.ts') }] : [],
  },
  server: {
    proxy: {
      '/api': 'http://localhost:4501',
      '/socket.io': { target: 'http://localhost:4501', ws: true },
    },
  },
  build: { target: 'es2022', sourcemap: false, chunkSizeWarningLimit: 400 },
  test: { include: ['{sdk,src,test}/**/*.test.{ts,tsx}'], environment: 'node' },
}));
