/** The five priorities, most important first. The position in this list is the *class* (0 to 4) that queues sort by. */
export const PRIORITIES = ['CRITICAL', 'HIGH', 'NORMAL', 'LOW', 'MINIMAL'] as const;

/** How important a request (or a component) is. */
export type Priority = (typeof PRIORITIES)[number];

/** Number of priority classes. */
export const CLASS_COUNT = PRIORITIES.length;

const CLASS_OF: Readonly<Record<Priority, number>> = { CRITICAL: 0, HIGH: 1, NORMAL: 2, LOW: 3, MINIMAL: 4 };

/** The class of a priority: 0 for CRITICAL to 4 for MINIMAL. */
export const classOf = (priority: Priority): number => CLASS_OF[priority];

/** The priority of a class. Anything outside 0 to 4 is MINIMAL. */
export const priorityOf = (cls: number): Priority => PRIORITIES[cls] ?? 'MINIMAL';
