import { GroupCoordinator } from './group-coordinator.ts';
import { GroupOffsets } from './group-offsets.ts';
import {
  type Marker,
  type Producer,
  TransactionCoordinator,
  type TransactionPart,
} from './transaction-coordinator.ts';

export type CoordinatorKind = 'group' | 'transaction';

export interface CoordinationDeps {
  readonly after: (ms: number, run: () => void) => () => void;
  readonly markerDelayMs: () => number;
  readonly initialDelayMs: number;
  /** Returns the running brokers in a fixed order. */
  readonly liveBrokers: () => readonly number[];
  /** Writes a marker. @returns `false` while the partition has no leader */
  readonly markPartition: (name: string, producer: Producer, marker: Marker) => boolean;
}

interface Place {
  broker: number;
  isLoading: boolean;
}

/** All consumer groups and transactions of a cluster, and the coordinator of each one. */
export class Coordination {
  readonly transactions: TransactionCoordinator;
  readonly #deps: CoordinationDeps;
  readonly #groups = new Map<string, GroupCoordinator>();
  readonly #offsets = new Map<string, GroupOffsets>();
  readonly #places = new Map<string, Place>();

  constructor(deps: CoordinationDeps) {
    this.#deps = deps;
    this.transactions = new TransactionCoordinator({
      ...deps,
      writeMarker: (part, producer, marker) => this.#writeMarker(part, producer, marker),
    });
  }

  group(groupId: string): GroupCoordinator {
    const group = this.#groups.get(groupId) ?? new GroupCoordinator(this.#deps);
    this.#groups.set(groupId, group);
    return group;
  }

  offsets(groupId: string): GroupOffsets {
    const offsets = this.#offsets.get(groupId) ?? new GroupOffsets();
    this.#offsets.set(groupId, offsets);
    return offsets;
  }

  /** Returns the coordinator, or `undefined` while the coordinating broker is down. */
  brokerOf(kind: CoordinatorKind, key: string): number | undefined {
    const live = this.#deps.liveBrokers();
    const { broker } = this.#placeOf(kind, key);
    return live.includes(broker) ? broker : undefined;
  }

  /** Returns the name of the error that the broker responds with, or `undefined` if the broker is the coordinator. */
  findFault(kind: CoordinatorKind, key: string, broker: number): string | undefined {
    const place = this.#placeOf(kind, key);
    if (place.broker !== broker) {
      return 'NOT_COORDINATOR';
    }
    return place.isLoading ? 'COORDINATOR_LOAD_IN_PROGRESS' : undefined;
  }

  /** Makes a different broker the coordinator. The new coordinator needs some time to load the state. */
  move(kind: CoordinatorKind, key: string, broker: number, loadingMs: number): void {
    const place = this.#placeOf(kind, key);
    place.broker = broker;
    place.isLoading = true;
    this.#deps.after(loadingMs, () => {
      place.isLoading = false;
    });
    if (kind === 'group') {
      this.group(key).move();
    }
  }

  /** Lists the groups and transactions that the broker coordinates. */
  placesOn(broker: number): readonly { readonly kind: CoordinatorKind; readonly key: string }[] {
    return [...this.#places]
      .filter(([, place]) => place.broker === broker)
      .map(([name]) => {
        const space = name.indexOf(' ');
        return { kind: name.slice(0, space) as CoordinatorKind, key: name.slice(space + 1) };
      });
  }

  #placeOf(kind: CoordinatorKind, key: string): Place {
    const name = `${kind} ${key}`;
    const live = this.#deps.liveBrokers();
    const place = this.#places.get(name) ?? {
      broker: live[this.#places.size % Math.max(1, live.length)] ?? -1,
      isLoading: false,
    };
    if (place.broker >= 0) {
      this.#places.set(name, place);
    }
    return place;
  }

  #writeMarker(part: TransactionPart, producer: Producer, marker: Marker): boolean {
    if (part.kind === 'partition') {
      return this.#deps.markPartition(part.name, producer, marker);
    }
    if (this.brokerOf('group', part.name) === undefined) {
      return false;
    }
    this.offsets(part.name).end(producer, marker);
    return true;
  }
}
