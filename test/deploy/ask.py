"""Makes calls of AWS one after the other, and gives their answers.

Standard input holds a list of `[service, operation, parameters]` as JSON; standard output gets the list of answers.
Operations have the names of boto3. One that can be paged is read to its end.
"""

import functools
import json
import sys

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


json.dump([answer(*call) for call in json.load(sys.stdin)], sys.stdout, default=str)
