import type { TestProject } from 'vitest/node';
import { findHelm, type HelmMajor, helmMajors } from './find-helm.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    helm: Record<HelmMajor, string>;
  }
}

/** Fetches helm once before all test files, so that they do not fetch it concurrently. */
export function setup(project: TestProject): void {
  const [newer, older] = helmMajors.map((major) => findHelm(major));
  project.provide('helm', { 4: newer ?? '', 3: older ?? '' });
}
