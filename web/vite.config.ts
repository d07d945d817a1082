import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

const at = (path: string) => decodeURIComponent(new URL(path, import.meta.url).pathname);

export default defineConfig(({ mode }) => ({
  plugins: [react()],
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
