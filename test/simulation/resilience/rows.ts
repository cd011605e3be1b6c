import type { Row } from './figures.ts';
import { hanging, lyingCheck } from './hangs.ts';
import { badBeside, oneType, unreadable } from './innocent.ts';
import { oneBad, onlyHome, otherRoute, rareRoute } from './neighbours.ts';
import { batches, critical, fullyOffered, outage, slowThenFast } from './waiting.ts';

export const rows: Readonly<Record<string, Row>> = {
  batches,
  outage,
  fullyOffered,
  critical,
  unreadable,
  badBeside,
  oneType,
  rareRoute,
  oneBad,
  otherRoute,
  onlyHome,
  slowThenFast,
  hanging,
  lyingCheck,
};
