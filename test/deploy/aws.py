"""AWS on 127.0.0.1 for a test: moto's server, and what its CloudFormation lacks of the real one.

Writes one line with its URL, then serves until its standard input ends, so that it never outlives its parent.
Each resource type that moto's CloudFormation does not know is named in a line `passed over TYPE`.
"""

import functools
import io
import json
import os
import subprocess
import sys
import threading
import zipfile

import boto3
from moto.awslambda.models import LambdaBackend, lambda_backends
from moto.cloudformation import models, parsing
from moto.dynamodb.models.table import StreamShard
from moto.iam.models import InlinePolicy, ManagedPolicy, Role, User
from moto.kinesis.models import KinesisBackend, Stream
from moto.server import ThreadedMotoServer
from samtranslator.translator.managed_policy_translator import ManagedPolicyLoader
from samtranslator.translator.transform import transform

SERVERLESS = "AWS::Serverless-2016-10-31"
# The command that runs the code of a custom resource, as Lambda would.
RUN_CUSTOM_RESOURCE = sys.argv[1:]
url = ""


# CloudFormation replaces what SAM's transform stands for before it does anything else. GetTemplate still gives the original.

class NoManagedPolicies(ManagedPolicyLoader):
    """The template names none, and the real one would ask IAM."""

    def __init__(self):
        pass

    def load(self):
        return {}


def transformed(template):
    if template.get("Transform") == SERVERLESS:
        template = transform(template, {}, NoManagedPolicies())
    for resource in template.get("Resources", {}).values():
        # moto adds them where they are missing, and then finds the resource changed.
        resource.setdefault("Properties", {})
    return template


parse = models.Stack.parse_template
models.Stack.parse_template = staticmethod(lambda template: transformed(parse(template)))


def parse_change_set(change_set):
    change_set.template_dict = models.Stack.parse_template(change_set.template)


models.ChangeSet._parse_template = parse_change_set


# A stack that was made or updated through a change set has outputs and parameters too. Only what a changed parameter
# reaches is touched.

def as_text(parameters):
    return {name: str(value) for name, value in parameters.items()}


def has_parameters(stack, others):
    return {**as_text(stack.stack_parameters), **as_text(others)} == as_text(stack.stack_parameters)


def diff(change_set):
    stack = change_set.stack
    stack.resource_map.input_parameters = as_text(stack.stack_parameters)
    by_action = stack.resource_map.build_resource_diff(change_set.template_dict, as_text(change_set.parameters))
    types = {**stack.template_dict.get("Resources", {}), **change_set.template_dict["Resources"]}
    return [models.Change(action, name, types[name]["Type"]) for action, names in by_action.items() for name in names]


def remove_what_conditions_leave_out(resources):
    for name, declared in resources._resource_json_map.items():
        condition = declared.get("Condition")
        if condition and not resources.lazy_condition_map[condition] and resources._parsed_resources.get(name):
            resources._delete_resource(resources._parsed_resources.pop(name), declared)


def apply(change_set):
    stack = change_set.stack
    resources = stack.resource_map
    parameters = as_text(change_set.parameters)
    if change_set.change_set_type == "CREATE":
        resources._template = change_set.template_dict
        resources.input_parameters = parameters
        resources.load()
        resources.create(change_set.template_dict)
    else:
        resources.input_parameters = as_text(stack.stack_parameters)
        resources.update(change_set.template_dict, {**resources.input_parameters, **parameters})
        remove_what_conditions_leave_out(resources)
    stack.template_dict = change_set.template_dict
    stack.parameters = change_set.parameters
    stack.description = change_set.template_dict.get("Description")
    stack.output_map = stack._create_output_map()


models.Stack.has_parameters = has_parameters
models.ChangeSet.diff = diff
models.ChangeSet.apply = apply


# What was made last is deleted first. moto takes any order, and so may delete a bucket before the policy on it.

def delete(resources):
    for name, resource in reversed(list(resources._parsed_resources.items())):
        declared = resources._resource_json_map.get(name)
        if resource is None or declared is None or declared.get("DeletionPolicy") == "Retain":
            continue
        resources._delete_resource(resource, declared)
        del resources._parsed_resources[name]


parsing.ResourceMap.delete = delete


# What AWS::NoValue stands for is left out of a list too.

clean = parsing.clean_json


def clean_json(value, resources):
    cleaned = clean(value, resources)
    return [item for item in cleaned if item is not None] if isinstance(value, list) else cleaned


parsing.clean_json = clean_json


# Resource types that moto knows as services, but not in CloudFormation: the service's own calls make and delete them.
# AWS::S3::BucketPolicy is not among them: moto reads no condition, and so "only over TLS" would mean "never".

@functools.lru_cache
def client_of(service, region):
    return boto3.client(service, region_name=region, endpoint_url=url)


class OneCall:
    """A resource that one call of its service makes, and one deletes."""

    physical_resource_id = None

    @classmethod
    def create_from_cloudformation_json(cls, resource_name, cloudformation_json, account_id, region_name, **more):
        service, make, remove = ONE_CALL[cloudformation_json["Type"]]
        resource = cls()
        resource.client = client_of(service, region_name)
        resource.remove = remove
        resource.properties = cloudformation_json["Properties"]
        resource.physical_resource_id = make(resource.client, resource.properties, resource_name)
        return resource

    @classmethod
    def update_from_cloudformation_json(
        cls, original_resource, new_resource_name, cloudformation_json, account_id, region_name
    ):
        name = original_resource.physical_resource_id
        _, make, _ = ONE_CALL[cloudformation_json["Type"]]
        original_resource.properties = cloudformation_json["Properties"]
        make(original_resource.client, original_resource.properties, name)
        return original_resource

    def delete(self, *_):
        self.remove(self.client, self.physical_resource_id, self.properties)

    @classmethod
    def has_cfn_attr(cls, attribute):
        return attribute in ["Arn", "Id"]

    def get_cfn_attribute(self, attribute):
        return self.physical_resource_id

    def is_created(self):
        return True


def lower_first(value):
    """The API of CloudWatch Logs writes its names so."""
    if isinstance(value, list):
        return [lower_first(item) for item in value]
    if isinstance(value, dict):
        return {name[0].lower() + name[1:]: lower_first(item) for name, item in value.items()}
    return value


def make_alarm(client, properties, name):
    client.put_metric_alarm(**{"AlarmName": name, **properties})
    return properties.get("AlarmName", name)


def make_metric_filter(client, properties, name):
    (metric,) = properties["MetricTransformations"]
    named = {**properties, "MetricTransformations": [{**metric, "MetricValue": str(metric["MetricValue"])}]}
    client.put_metric_filter(**{"filterName": name, **lower_first(named)})
    return properties.get("FilterName", name)


def make_secret(client, properties, name):
    if name.startswith("arn:"):
        return client.update_secret(SecretId=name, **properties)["ARN"]
    return client.create_secret(**{"Name": name, **properties})["ARN"]


def make_subscription(client, properties, name):
    return client.subscribe(**properties, ReturnSubscriptionArn=True)["SubscriptionArn"]


ONE_CALL = {
    "AWS::CloudWatch::Alarm": ("cloudwatch", make_alarm, lambda c, name, _: c.delete_alarms(AlarmNames=[name])),
    "AWS::Logs::MetricFilter": (
        "logs",
        make_metric_filter,
        lambda c, name, p: c.delete_metric_filter(filterName=name, logGroupName=p["LogGroupName"]),
    ),
    "AWS::SecretsManager::Secret": (
        "secretsmanager",
        make_secret,
        lambda c, arn, _: c.delete_secret(SecretId=arn, ForceDeleteWithoutRecovery=True),
    ),
    "AWS::SNS::Subscription": ("sns", make_subscription, lambda c, arn, _: c.unsubscribe(SubscriptionArn=arn)),
}


class CustomResource:
    """Has the code of its function run at once, and waits for what that answers."""

    def __init__(self, name, properties, account_id, region_name):
        self.physical_resource_id = name
        self.properties = properties
        function = lambda_backends[account_id][region_name].get_function(properties["ServiceToken"])
        with zipfile.ZipFile(io.BytesIO(function.code_bytes)) as archive:
            self.code = archive.read(archive.namelist()[0]).decode()
        self.request("Create")

    def request(self, request_type):
        request = {"requestType": request_type, "properties": self.properties, "code": self.code}
        child = subprocess.run(RUN_CUSTOM_RESOURCE, input=json.dumps(request), capture_output=True, text=True, timeout=60)
        answer = json.loads(child.stdout or "{}")
        if answer.get("Status") != "SUCCESS":
            raise RuntimeError(f"a custom resource answered {answer} to {request_type}: {child.stderr}")

    @classmethod
    def create_from_cloudformation_json(cls, resource_name, cloudformation_json, account_id, region_name, **more):
        return cls(resource_name, cloudformation_json["Properties"], account_id, region_name)

    def delete(self, *_):
        self.request("Delete")

    def is_created(self):
        return True


class_of = parsing.resource_class_from_type
passed_over = set()


def resource_class_from_type(resource_type):
    if resource_type in ONE_CALL:
        return OneCall
    if resource_type == "AWS::CloudFormation::CustomResource":
        return CustomResource
    found = class_of(resource_type)
    if found is None and resource_type not in passed_over:
        passed_over.add(resource_type)
        print(f"passed over {resource_type}", flush=True)
    return found


parsing.resource_class_from_type = resource_class_from_type

# A policy in a template is kept as JSON, as one that a call puts there.
for holder in (Role, User):
    # The default keeps this one, and not the last.
    def put_policy(self, name, document, put=holder.put_policy):
        put(self, name, document if isinstance(document, str) else json.dumps(document))

    holder.put_policy = put_policy

# The deletion of a role reads the roles of every policy, also of one that is only for users.
update_policy = InlinePolicy.update


def update_policy_with_roles(self, policy_name, policy_document, group_names, role_names, user_names):
    update_policy(self, policy_name, policy_document, group_names, role_names or [], user_names)


InlinePolicy.update = update_policy_with_roles

# A managed policy goes with its stack.
ManagedPolicy.delete = lambda policy, *_: policy.backend.delete_policy(policy.arn)

# A stream has the mode and the encryption that its template says.
create_stream = Stream.create_from_cloudformation_json


def create_whole_stream(name, resource, account_id, region, **more):
    stream = create_stream(name, resource, account_id, region, **more)
    properties = resource["Properties"]
    stream.stream_mode = properties.get("StreamModeDetails", stream.stream_mode)
    encryption = properties.get("StreamEncryption", {})
    stream.encryption_type = encryption.get("EncryptionType", stream.encryption_type)
    stream.key_id = encryption.get("KeyId", stream.key_id)
    return stream


Stream.create_from_cloudformation_json = create_whole_stream

# moto would have Docker run the function with each record, and each change, by itself.
LambdaBackend.send_kinesis_message = lambda *_, **__: None
LambdaBackend.send_dynamodb_items = lambda *_, **__: None

# Two calls at once may take the same sequence number. Then one record of a stream is lost, and the changes of a table are
# out of order.
def one_at_a_time(method):
    lock = threading.Lock()

    @functools.wraps(method)
    def alone(*arguments, **named):
        with lock:
            return method(*arguments, **named)

    return alone


KinesisBackend.put_records = one_at_a_time(KinesisBackend.put_records)
StreamShard.add = one_at_a_time(StreamShard.add)

server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
url = "http://{}:{}".format(*server.get_host_and_port())
# For the processes that this one starts: none of their calls may leave the machine.
os.environ["AWS_ENDPOINT_URL"] = url
print(url, flush=True)
sys.stdin.read()
os._exit(0)
