import type { ComponentSpec } from '../domain/component.ts';

/** A component of MayArbi without its handler. */
export type MayArbiComponent = Omit<ComponentSpec, 'handler' | 'check'>;

/** Ids of MayArbi's seven components. */
export const MAYARBI_IDS = [
  'arbitrage_engine',
  'bridge_monitor',
  'cross_chain_mev',
  'price_feeds',
  'wallet_manager',
  'memory_system',
  'health_monitor',
] as const;

export type MayArbiId = (typeof MAYARBI_IDS)[number];

/**
 * MayArbi's seven components with the numbers of their owner. Every type but WALLET_OPERATION has at least two homes, so
 * it can fail over; wallet work never leaves the wallet manager, and what that does may not run twice.
 */
export const MAYARBI: Readonly<Record<MayArbiId, MayArbiComponent>> = {
  arbitrage_engine: {
    id: 'arbitrage_engine',
    priority: 'CRITICAL',
    maxConcurrentTasks: 20,
    limits: { cpu: 90, memory: 85, network: 85, storage: 80 },
    weight: 3,
    priorityMultiplier: 1.5,
    serves: ['ARBITRAGE_OPPORTUNITY', 'MEV_DETECTION', 'GENERAL'],
  },
  bridge_monitor: {
    id: 'bridge_monitor',
    priority: 'HIGH',
    maxConcurrentTasks: 15,
    limits: { cpu: 70, memory: 80, network: 85, storage: 60 },
    weight: 2,
    priorityMultiplier: 1.2,
    serves: ['BRIDGE_MONITORING', 'HEALTH_CHECK', 'GENERAL'],
  },
  cross_chain_mev: {
    id: 'cross_chain_mev',
    priority: 'HIGH',
    maxConcurrentTasks: 12,
    limits: { cpu: 85, memory: 85, network: 90, storage: 75 },
    weight: 2.5,
    priorityMultiplier: 1.3,
    serves: ['MEV_DETECTION', 'ARBITRAGE_OPPORTUNITY', 'BRIDGE_MONITORING', 'GENERAL'],
  },
  price_feeds: {
    id: 'price_feeds',
    priority: 'HIGH',
    maxConcurrentTasks: 25,
    limits: { cpu: 80, memory: 90, network: 95, storage: 90 },
    weight: 2,
    priorityMultiplier: 1.1,
    serves: ['PRICE_UPDATE', 'MEMORY_OPERATION', 'GENERAL'],
  },
  wallet_manager: {
    id: 'wallet_manager',
    priority: 'CRITICAL',
    maxConcurrentTasks: 8,
    limits: { cpu: 60, memory: 70, network: 50, storage: 50 },
    weight: 1.5,
    priorityMultiplier: 2,
    serves: ['WALLET_OPERATION'],
    idempotent: false,
  },
  memory_system: {
    id: 'memory_system',
    priority: 'NORMAL',
    maxConcurrentTasks: 30,
    limits: { cpu: 65, memory: 95, network: 60, storage: 95 },
    weight: 1.8,
    priorityMultiplier: 1,
    serves: ['MEMORY_OPERATION', 'PRICE_UPDATE', 'GENERAL'],
  },
  health_monitor: {
    id: 'health_monitor',
    priority: 'LOW',
    maxConcurrentTasks: 5,
    limits: { cpu: 40, memory: 50, network: 30, storage: 40 },
    weight: 0.5,
    priorityMultiplier: 0.8,
    serves: ['HEALTH_CHECK', 'GENERAL'],
  },
};

/**
 * The seven specs with a handler each.
 * @param handlerOf gives the handler (or worker) of a component.
 */
export const mayarbi = (handlerOf: (id: MayArbiId) => ComponentSpec['handler']): ComponentSpec[] =>
  MAYARBI_IDS.map((id) => ({ ...MAYARBI[id], handler: handlerOf(id) }));
