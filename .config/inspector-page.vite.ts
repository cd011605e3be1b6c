import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { defineConfig, type Plugin } from 'vite';

const root = fileURLToPath(new URL('..', import.meta.url));
const here = (path: string): string => `${root}src/inspector/page/${path}`;

/** The licences of what is bundled, in a file beside it. */
function notice(packages: readonly string[]): Plugin {
  const text = packages.map((name) => {
    const { version } = JSON.parse(readFileSync(`${root}node_modules/${name}/package.json`, 'utf8')) as {
      version: string;
    };
    return `${name} ${version}\n\n${readFileSync(`${root}node_modules/${name}/LICENSE`, 'utf8').trim()}\n`;
  });
  return {
    name: 'notice',
    generateBundle() {
      const head = 'The page of the plimsoll inspector contains:\n\n';
      this.emitFile({ type: 'asset', fileName: 'notice.txt', source: head + text.join(`\n${'-'.repeat(80)}\n\n`) });
      this.emitFile({ type: 'asset', fileName: 'index.html', source: readFileSync(here('index.html'), 'utf8') });
    },
  };
}

/** Builds the inspector's page into `src/inspector/assets`, which is committed: `npm start -- --inspect` needs no build. */
export default defineConfig({
  root: here(''),
  logLevel: 'warn',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  plugins: [notice(['preact', 'uplot'])],
  build: {
    outDir: `${root}src/inspector/assets`,
    emptyOutDir: true,
    target: 'es2022',
    modulePreload: false,
    rollupOptions: {
      input: here('main.tsx'),
      output: { entryFileNames: 'app.js', assetFileNames: 'app.[ext]', codeSplitting: false },
    },
  },
});
