import { Dialog } from './dialog.tsx';

const KEYS = [
  ['/', 'filter components'],
  ['j  k', 'next, previous actor'],
  ['p', 'freeze the view; the server goes on'],
  ['Esc', 'leave the filter, close a dialog'],
  ['?', 'this help'],
] as const;

export function Help({ onClose }: { onClose: () => void }) {
  return (
    <Dialog title="Keys and marks" onClose={onClose}>
      <table>
        <tbody>
          {KEYS.map(([key, what]) => (
            <tr key={key}>
              <th scope="row">
                <kbd>{key}</kbd>
              </th>
              <td>{what}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p>● available ◐ busy ▲ overloaded ◆ maintenance ✕ failed. Times are the server's.</p>
      <p>
        State changes are all shown. Messages are a sample: only while that tab is open, at most so many a frame, with
        what was left out counted by type.
      </p>
      <p>
        <a href="/notice.txt">Licences</a>
      </p>
    </Dialog>
  );
}
