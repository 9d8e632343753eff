import type { PlacedRecord, StoreEnds } from '../../../ports/record-reader.ts';
import { conclude, type Finding } from '../../../runtime/finding.ts';
import { EventFields } from '../../../webhook/event-fields.ts';
import { findEventKey } from '../../../webhook/event-key.ts';
import type { KeyRules } from '../../../webhook/key-rules.ts';
import { readElement } from '../../../webhook/read-element.ts';
import type { EventFates } from './event-fates.ts';
import { type EventSource, parseSimulatedEventId } from './event-source.ts';

/** How many of the accepted events are in the store. */
export interface VerificationReport {
  /** Accepted events; a repeated one counts once. */
  readonly accepted: number;
  /** Those of them that are stored byte for byte, under their key, in its partition. */
  readonly verified: number;
  readonly missing: number;
  /** Records whose bytes are not those that were sent. */
  readonly altered: number;
  /** Records with another key than the event's, or in another partition than the key's. */
  readonly misplaced: number;
  /** Records beyond the first of an event: allowed, delivery is at least once. */
  readonly duplicates: number;
  /** Stored events that were never answered with 2xx: allowed as well. */
  readonly notAcknowledged: number;
  /** Up to ten problems, each with the event's identifier. */
  readonly examples: readonly string[];
}

export interface VerificationDeps {
  readonly source: EventSource;
  readonly fates: EventFates;
  readonly keyRules: KeyRules;
}

const maxExamples = 10;

export class Verification {
  readonly #deps: VerificationDeps;
  readonly #fields: EventFields;
  readonly #seen: Uint8Array;
  readonly #counts = { altered: 0, misplaced: 0, duplicates: 0, notAcknowledged: 0 };
  readonly #examples: string[] = [];

  constructor(deps: VerificationDeps) {
    this.#deps = deps;
    this.#fields = new EventFields(deps.keyRules);
    this.#seen = new Uint8Array(deps.fates.size);
  }

  /**
   * To be called for every record that was stored since the run began. Records of others are ignored.
   *
   * @param partOf the part of its topic that a key belongs to; without it parts are not checked
   */
  add({ topic, place, key, value, headers }: PlacedRecord, partOf?: StoreEnds['partOf']): void {
    const id = headers.ce_id;
    const { source, fates } = this.#deps;
    const parsed = id === undefined ? undefined : parseSimulatedEventId(id);
    if (id === undefined || parsed?.seed !== source.seed || parsed.slot >= fates.size) {
      return;
    }
    const { slot } = parsed;
    const sent = Buffer.from(source.at(slot).json);
    if (!sent.equals(value)) {
      this.#countProblem('altered', id);
      return;
    }
    const slice = readElement(sent, this.#fields);
    const expected = typeof slice === 'string' ? undefined : findEventKey(slice)?.key;
    const isInPlace = partOf === undefined || place.startsWith(`${partOf(topic, expected ?? '')}/`);
    if (key !== expected || !isInPlace) {
      this.#countProblem('misplaced', id);
      return;
    }
    if (this.#seen[slot] === 1) {
      this.#counts.duplicates += 1;
    } else if (fates.get(slot) !== 'accepted') {
      this.#counts.notAcknowledged += 1;
    }
    this.#seen[slot] = 1;
  }

  report(): VerificationReport {
    const { source, fates } = this.#deps;
    let accepted = 0;
    let verified = 0;
    const examples = [...this.#examples];
    for (let slot = 0; slot < fates.size; slot += 1) {
      if (fates.get(slot) !== 'accepted') {
        continue;
      }
      accepted += 1;
      if (this.#seen[slot] === 1) {
        verified += 1;
      } else if (examples.length < maxExamples) {
        examples.push(`missing ${source.at(slot).eventId}`);
      }
    }
    return { accepted, verified, missing: accepted - verified, ...this.#counts, examples };
  }

  #countProblem(kind: 'altered' | 'misplaced', id: string): void {
    this.#counts[kind] += 1;
    if (this.#examples.length < maxExamples) {
      this.#examples.push(`${kind} ${id}`);
    }
  }
}

/** Whether what was accepted is stored. */
export function judgeVerification(report: VerificationReport, where: string): Finding {
  const { accepted, verified, missing, altered, misplaced } = report;
  if (missing + altered + misplaced > 0) {
    const how = `${missing} missing, ${altered} altered, ${misplaced} misplaced`;
    const text = `NOT VERIFIED  of ${accepted} accepted events ${verified} are in ${where}: ${how}`;
    return { answer: 'no', text };
  }
  return accepted === 0
    ? { answer: 'not known', whether: 'what is accepted is stored', why: 'no event was accepted' }
    : {
        answer: 'yes',
        text: `verified   every one of ${accepted} accepted events is in ${where}, byte for byte`,
      };
}

export function formatVerificationReport(report: VerificationReport, where: string): string {
  const { duplicates, notAcknowledged } = report;
  const verdict = conclude(judgeVerification(report, where)).text;
  const also = `           also stored: ${duplicates} duplicates, ${notAcknowledged} that were not acknowledged`;
  return `${[verdict, also, ...report.examples.map((line) => `           ${line}`)].join('\n')}\n`;
}
