import 'uplot/dist/uPlot.min.css';
import './app.css';
import { render } from 'preact';
import { App } from './app.tsx';
import { Connection } from './connection.ts';

const KEY = 'plimsoll.token';

/** The token comes behind the `#`, stays for this tab only, and does not stay in the address bar. */
function token(): string {
  const given = /^#token=(.+)$/.exec(location.hash)?.[1];
  if (given !== undefined) {
    sessionStorage.setItem(KEY, given);
    history.replaceState(null, '', location.pathname);
    return given;
  }
  return sessionStorage.getItem(KEY) ?? '';
}

const connection = new Connection(token());
document.addEventListener('visibilitychange', () => connection.wish({ visible: !document.hidden }));
void connection.run();

const root = document.getElementById('app');
if (root !== null) render(<App connection={connection} />, root);
