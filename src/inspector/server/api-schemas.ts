import { z } from 'zod';
import { ALGORITHMS } from '../../domain/algorithm.ts';

const id = z.string().min(1).max(256);

/** What a viewer wants to see; all but its name optional. */
export const viewSchema = z.strictObject({
  viewer: z.string().max(64),
  /** Nothing is sent to a hidden page. */
  visible: z.boolean().optional(),
  messages: z.boolean().optional(),
  focus: z.string().max(300).optional(),
});

const NO_CONTROLS = /^\P{C}*$/u;

/** Neither name nor reason may forge lines of a log, or steer a terminal. */
const viewer = z.string().max(64).regex(NO_CONTROLS);
const reason = z.string().max(200).regex(NO_CONTROLS).optional();

const onComponent = z.strictObject({
  viewer,
  action: z.enum(['drain', 'resume', 'fail', 'recover']),
  target: id,
  /** The state that the person saw: `operational`, `maintenance` or `failed`, with or without what follows the dot. */
  expect: z.string().max(64),
  force: z.boolean().optional(),
  reason,
});

const onDispatch = z.strictObject({
  viewer,
  action: z.enum(['pause', 'resumeDispatch']),
  target: z.literal('balancer'),
  expect: z.enum(['flowing', 'paused']),
  reason,
});

const onAlgorithm = z.strictObject({
  viewer,
  action: z.literal('selectAlgorithm'),
  target: z.literal('balancer'),
  /** The algorithm that the person saw. */
  expect: z.string().max(64),
  algorithm: z.enum(ALGORITHMS),
  reason,
});

/** What an administrator asks for. */
export const actionSchema = z.discriminatedUnion('action', [onComponent, onDispatch, onAlgorithm]);

export type ActionRequest = z.output<typeof actionSchema>;
