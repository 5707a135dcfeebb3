import type { Agent } from 'node:https';
import type { Source, SourceContext } from '../sources/source.ts';
import type { SourceSettings } from '../sources/source-settings.ts';
import type { KinesisProbe } from './kinesis-probe.ts';
import type { Subject } from './subject.ts';

/** What a check found: a sentence or more, without secrets; those of a failure say what to do. */
export interface Finding {
  status: 'ok' | 'failed' | 'skipped';
  messages: readonly string[];
}

/** What the checks reach the world with. */
export interface Tools {
  kinesis: KinesisProbe;
  /** As the client does. */
  openSource: (settings: SourceSettings, context: SourceContext) => Promise<Source>;
  /** For X. */
  httpAgent: Agent;
  /** Milliseconds since 1970. */
  now: () => number;
}

/** One thing to look at. */
export interface Check {
  name: string;
  /** A check that throws has failed, of what the error says. */
  run: (subject: Subject, tools: Tools, signal: AbortSignal) => Finding | Promise<Finding>;
}

export const ok = (...messages: string[]): Finding => ({ status: 'ok', messages });
export const failed = (...messages: string[]): Finding => ({ status: 'failed', messages });
export const skipped = (...messages: string[]): Finding => ({ status: 'skipped', messages });
