import { anyObject } from './any-object.ts';
import { blueskyMessage } from './bluesky-message.ts';
import { cloudEvent } from './cloud-event.ts';
import { databaseChange } from './database-change.ts';
import { debeziumChange } from './debezium-change.ts';
import { eventBridgeEvent } from './event-bridge-event.ts';
import { jetstream } from './jetstream.ts';
import { recentChange } from './recent-change.ts';
import { segmentCall } from './segment-call.ts';
import type { Shape } from './shape.ts';
import { tableChange } from './table-change.ts';
import { tweetV1 } from './tweet-v1.ts';
import { tweetV2 } from './tweet-v2.ts';

/** Every shape, in the order in which they are tried. To add one, write its file and its line here. */
export const SHAPES: readonly Shape[] = [
  cloudEvent,
  recentChange,
  jetstream,
  blueskyMessage,
  eventBridgeEvent,
  tableChange,
  databaseChange,
  debeziumChange,
  tweetV2,
  tweetV1,
  segmentCall,
  anyObject,
];
