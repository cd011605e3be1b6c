/** The five priorities, most important first. The position in this list is the *class* (0 to 4) that queues sort by. */
export const PRIORITIES = ['CRITICAL', 'HIGH', 'NORMAL', 'LOW', 'MINIMAL'] as const;

/** How important a request (or a component) is. */
export type Priority = (typeof PRIORITIES)[number];

/** Number of priority classes. */
export const CLASS_COUNT = PRIORITIES.length;

/** The class of a priority: 0 for CRITICAL to 4 for MINIMAL. Comparisons, since it is asked for every request. */
export function classOf(priority: Priority): number {
  switch (priority) {
    case 'CRITICAL':
      return 0;
    case 'HIGH':
      return 1;
    case 'NORMAL':
      return 2;
    case 'LOW':
      return 3;
    case 'MINIMAL':
      return 4;
  }
}

/** Whether a value is one of the five. Comparisons for the same reason. */
export function isPriority(value: unknown): value is Priority {
  switch (value) {
    case 'CRITICAL':
    case 'HIGH':
    case 'NORMAL':
    case 'LOW':
    case 'MINIMAL':
      return true;
    default:
      return false;
  }
}

/** The priority of a class. Anything outside 0 to 4 is MINIMAL. */
export const priorityOf = (cls: number): Priority => PRIORITIES[cls] ?? 'MINIMAL';
