import { type Check, failed, ok, skipped } from './check.ts';

/** Whether the region can be one. Whether the stream is there the next checks show. */
export const regionCheck: Check = {
  name: 'region',
  run: ({ region, endpoint }) => {
    if (!region) return skipped('none is given');
    if (endpoint === undefined && !REGION.test(region.name))
      return failed(`"${region.name}", ${region.origin}, is no region; expected a name like eu-west-1`);
    return ok(`${region.name}, ${region.origin}`);
  },
};

/** `us-east-1`, `us-gov-west-1`, `eusc-de-east-1`. */
const REGION = /^[a-z]{2,4}(-[a-z]+)+-\d+$/;
