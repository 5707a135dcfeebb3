"""Makes calls of AWS, and gives their answers.

Each line of standard input is a list of `[service, operation, parameters]` as JSON, which are called one after the other. It
gets one line of standard output: `{"answers": […]}`, or `{"error": …}`. Operations have the names of boto3. One that can be
paged is read to its end.
"""

import functools
import json
import sys
import traceback

import boto3

client_of = functools.lru_cache(boto3.client)


def answer(service, operation, parameters):
    client = client_of(service)
    if client.can_paginate(operation):
        answer = client.get_paginator(operation).paginate(**parameters).build_full_result()
    else:
        answer = getattr(client, operation)(**parameters)
    answer.pop("ResponseMetadata", None)
    return answer


for line in sys.stdin:
    try:
        reply = {"answers": [answer(*call) for call in json.loads(line)]}
    except Exception:
        reply = {"error": traceback.format_exc()}
    print(json.dumps(reply, default=str), flush=True)
