import { type Box, boxAt } from './drawing.ts';

export const COMPONENT_WIDTH = 1030;
export const COMPONENT_HEIGHT = 334;

/** The five-state chart as a person would draw it: `operational` above, what is out of service below. */
export const COMPONENT_BOXES: readonly Box[] = [
  boxAt('operational', 6, 6, 1018, 166, 'group'),
  boxAt('operational.load.available', 28, 68, 134, 42),
  boxAt('operational.load.busy', 256, 68, 134, 42),
  boxAt('operational.load.overloaded', 484, 68, 134, 42),
  boxAt('operational.ramp.steady', 712, 36, 122, 38),
  boxAt('operational.ramp.warming', 712, 118, 122, 38),
  boxAt('operational.rate.open', 880, 24, 122, 34),
  boxAt('operational.rate.resting', 880, 78, 122, 34),
  boxAt('operational.rate.reopening', 880, 132, 122, 34),
  boxAt('maintenance', 6, 226, 336, 80, 'group'),
  boxAt('maintenance.draining', 22, 252, 124, 38),
  boxAt('maintenance.drained', 202, 252, 124, 38),
  boxAt('failed', 474, 226, 380, 80, 'group'),
  boxAt('failed.isolated', 490, 252, 124, 38),
  boxAt('failed.probing', 712, 252, 122, 38),
];

type Route = readonly [from: string, to: string, d: string, labelX: number, labelY: number];

const L = 'operational.load.';
const R = 'operational.ramp.';
const T = 'operational.rate.';
/** Where its arrows run; what they say is read off the definition. */
export const COMPONENT_ROUTES: readonly Route[] = [
  [`${L}available`, `${L}busy`, 'M162 80 Q209 66 254 80', 209, 66],
  [`${L}busy`, `${L}available`, 'M256 98 Q209 112 164 98', 209, 120],
  [`${L}busy`, `${L}overloaded`, 'M390 80 Q437 66 482 80', 437, 66],
  [`${L}overloaded`, `${L}busy`, 'M484 98 Q437 112 392 98', 437, 120],
  [`${L}available`, `${L}overloaded`, 'M95 68 C130 20 516 20 549 66', 323, 27],
  [`${L}overloaded`, `${L}available`, 'M551 110 C516 160 130 160 97 112', 323, 163],
  [`${R}warming`, `${R}steady`, 'M773 118 L773 76', 773, 102],
  [`${T}open`, `${T}resting`, 'M920 58 L920 76', 884, 71],
  [`${T}resting`, `${T}reopening`, 'M941 112 L941 130', 908, 125],
  [`${T}reopening`, `${T}resting`, 'M962 132 L962 114', 992, 125],
  [`${T}reopening`, `${T}open`, 'M1002 149 Q1020 95 1004 43', 992, 71],
  ['operational', 'maintenance.draining', 'M122 172 L122 250', 122, 204],
  ['maintenance', 'operational', 'M264 226 L264 174', 264, 204],
  ['operational', 'failed.isolated', 'M560 172 L560 250', 560, 204],
  ['failed.isolated', `${R}warming`, 'M594 252 C604 196 742 226 752 158', 650, 220],
  ['failed.probing', `${R}warming`, 'M800 252 L800 158', 800, 219],
  ['failed.isolated', 'failed.probing', 'M614 263 L710 263', 662, 246],
  ['failed.probing', 'failed.isolated', 'M712 278 L616 278', 662, 296],
  ['failed', 'maintenance.draining', 'M500 306 L500 324 L84 324 L84 292', 408, 328],
  ['maintenance', 'failed.probing', 'M330 226 L330 190 L730 190 L730 250', 420, 194],
  ['maintenance.draining', 'maintenance.drained', 'M146 271 L200 271', 224, 245],
];
