"""Creates the stack on the emulator and looks at what came of it. Run by `tests/stack`.

The emulator does both transforms, makes the resources and enforces what it knows: keys,
conditions, create-only writes, deletion protection, rules with their targets and transformers. It
enforces no policy, and takes no lifecycle, point-in-time recovery, time zone or alarm over several
metrics from a template: those `promises.py` reads.
"""

import io
import json
import time
import uuid
import zipfile

import boto3
from botocore.exceptions import ClientError

from template import PARAMETERS, load

STACK = "weekledger"


def code():
    """A zip that stands for a function: every call of it fails."""
    s3 = boto3.client("s3")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("bootstrap", "#!/bin/sh\nexit 1\n")
    s3.create_bucket(Bucket="code")
    s3.put_object(Bucket="code", Key="function.zip", Body=packed.getvalue())


def created():
    """The stack's resources: logical to physical name."""
    template = load()
    for resource in template["Resources"].values():
        if isinstance(resource, dict) and resource["Type"] == "AWS::Serverless::Function":
            resource["Properties"]["CodeUri"] = "s3://code/function.zip"
    # An alarm over several metrics, which the emulator does not know.
    del template["Resources"]["ErrorsAlarm"]
    cloud = boto3.client("cloudformation")
    cloud.create_stack(
        StackName=STACK,
        TemplateBody=json.dumps(template),
        Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
        Parameters=[{"ParameterKey": k, "ParameterValue": v} for k, v in PARAMETERS.items()],
    )
    for _ in range(300):
        stack = cloud.describe_stacks(StackName=STACK)["Stacks"][0]
        if not stack["StackStatus"].endswith("IN_PROGRESS"):
            break
        time.sleep(0.2)
    if stack["StackStatus"] != "CREATE_COMPLETE":
        pages = cloud.get_paginator("describe_stack_events").paginate(StackName=STACK)
        events = [event for page in pages for event in page["StackEvents"]]
        failed = [e for e in events if "FAILED" in e["ResourceStatus"]]
        raise SystemExit("\n".join(
            f"{e['LogicalResourceId']}: {e.get('ResourceStatusReason')}" for e in failed
        ) or stack.get("StackStatusReason", stack["StackStatus"]))
    pages = cloud.get_paginator("list_stack_resources").paginate(StackName=STACK)
    return {
        one["LogicalResourceId"]: one["PhysicalResourceId"]
        for page in pages for one in page["StackResourceSummaries"]
    }


def refused(code, call, **arguments):
    try:
        call(**arguments)
    except ClientError as error:
        assert error.response["Error"]["Code"] == code, error
        return
    raise AssertionError(f"{arguments} was not refused with {code}")


def the_ledger_takes_appends(name):
    """The very transactions of the adapter: a first event, and a second on its digest."""
    dynamo = boto3.client("dynamodb")
    table = dynamo.describe_table(TableName=name["Ledger"])["Table"]
    assert table["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
    assert table["DeletionProtectionEnabled"]
    pk = {"S": "WEEK#weekly#2026-W47"}

    def put(sk, **extra):
        item = {"pk": pk, "sk": {"S": sk}, "digest": {"S": f"of {sk}"}, **extra}
        return {"Put": {"TableName": name["Ledger"], "Item": item,
                        "ConditionExpression": "attribute_not_exists(pk)"}}

    def after(sk, digest):
        return {"ConditionCheck": {
            "TableName": name["Ledger"], "Key": {"pk": pk, "sk": {"S": sk}},
            "ConditionExpression": "digest = :d",
            "ExpressionAttributeValues": {":d": {"S": digest}},
        }}

    first = put("000001", first={"S": "week"})
    dynamo.transact_write_items(TransactItems=[first], ClientRequestToken=str(uuid.uuid4()))
    refused("TransactionCanceledException", dynamo.transact_write_items, TransactItems=[first],
            ClientRequestToken=str(uuid.uuid4()))
    dynamo.transact_write_items(TransactItems=[after("000001", "of 000001"), put("000002")])
    refused("TransactionCanceledException", dynamo.transact_write_items,
            TransactItems=[after("000002", "another"), put("000003")])
    weeks = dynamo.query(
        TableName=name["Ledger"], IndexName="weeks", KeyConditionExpression="#f = :f",
        ExpressionAttributeNames={"#f": "first"},
        ExpressionAttributeValues={":f": {"S": "week"}},
    )["Items"]
    assert [week["pk"] for week in weeks] == [pk], weeks
    refused("ValidationException", dynamo.delete_table, TableName=name["Ledger"])


def history_has_its_keys(name):
    table = boto3.client("dynamodb").describe_table(TableName=name["History"])["Table"]
    keys = [(one["AttributeName"], one["KeyType"]) for one in table["KeySchema"]]
    assert keys == [("campaign_id", "HASH"), ("week_start_date", "RANGE")], keys


def buckets_are_as_promised(name):
    s3 = boto3.client("s3")
    for bucket in ("Archive", "Kept"):
        place = {"Bucket": name[bucket]}
        assert s3.get_bucket_versioning(**place)["Status"] == "Enabled"
        block = s3.get_public_access_block(**place)["PublicAccessBlockConfiguration"]
        assert all(block.values()) and len(block) == 4, block
        policy = json.loads(s3.get_bucket_policy(**place)["Policy"])
        refusals = {one["Sid"]: one for one in policy["Statement"] if one["Effect"] == "Deny"}
        assert refusals["CreateOnly"]["Condition"] == {"Null": {"s3:if-none-match": "true"}}
        # Resolved to this bucket, not left as a reference.
        area = "raw/*" if bucket == "Archive" else "*"
        arn = f"arn:aws:s3:::{name[bucket]}/{area}"
        assert refusals["CreateOnly"]["Resource"] == arn, refusals["CreateOnly"]
        key = "raw/weekly/2026-W47/run/digest" if bucket == "Archive" else "evidence/digest"
        s3.put_object(**place, Key=key, Body=b"bytes", IfNoneMatch="*")
        refused("PreconditionFailed", s3.put_object,
                **place, Key=key, Body=b"other", IfNoneMatch="*")


def rules_call_their_functions(name):
    events = boto3.client("events")
    functions = boto3.client("lambda")
    bus = name["Bus"]
    assert bus == STACK, bus
    found = {}
    for rule in events.list_rules(EventBusName=bus)["Rules"]:
        pattern = json.loads(rule["EventPattern"])
        targets = events.list_targets_by_rule(Rule=rule["Name"], EventBusName=bus)["Targets"]
        found[pattern["detail-type"][0]] = [one["Arn"] for one in targets]
    for kind, stage in (("RunRequested", "Fetch"), ("RawFetched", "Compute"),
                        ("MetricsComputed", "Analyze"), ("AnalysisGenerated", "Deliver")):
        function = functions.get_function(FunctionName=name[f"{stage}Function"])["Configuration"]
        assert found[kind] == [function["FunctionArn"]], found
        variables = function["Environment"]["Variables"]
        assert variables["WEEKLEDGER_TABLE"] == name["Ledger"], variables
        assert variables["WEEKLEDGER_RAW_BUCKET"] == name["Archive"], variables
    assert found["OwnerNotice"] == [name["Owner"]], found


def a_notice_is_written_in_words(name):
    """Through the rule and its transformer to the topic, and by a queue back to here."""
    sqs, sns = boto3.client("sqs"), boto3.client("sns")
    url = sqs.create_queue(QueueName="owner")["QueueUrl"]
    found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    arn = found["Attributes"]["QueueArn"]
    sns.subscribe(TopicArn=name["Owner"], Protocol="sqs", Endpoint=arn,
                  Attributes={"RawMessageDelivery": "true"})
    detail = {"stream": {"report": "weekly", "week": "2026-W47"},
              "sentence": "Meta answers nothing.", "action": "Renew the token."}
    boto3.client("events").put_events(Entries=[{
        "EventBusName": name["Bus"], "Source": "weekledger", "DetailType": "OwnerNotice",
        "Detail": json.dumps(detail),
    }])
    for _ in range(50):
        messages = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=1).get("Messages", [])
        if messages:
            break
    body = messages[0]["Body"]
    assert "report weekly, week 2026-W47: Meta answers nothing." in body, body
    assert "What to do: Renew the token." in body, body


def failures_reach_watch(name):
    functions = boto3.client("lambda")
    mappings = functions.list_event_source_mappings(FunctionName=name["WatchFunction"])
    source, = mappings["EventSourceMappings"]
    assert source["EventSourceArn"].endswith(name["Failures"].rsplit("/", 1)[-1]), source
    for stage in ("Open", "Fetch", "Compute", "Analyze", "Deliver", "Watch"):
        config = functions.get_function_event_invoke_config(
            FunctionName=name[f"{stage}Function"], Qualifier="$LATEST")
        destination = config["DestinationConfig"]["OnFailure"]["Destination"]
        assert destination.endswith(name["Failures"].rsplit("/", 1)[-1]), config
        assert config["MaximumRetryAttempts"] == 2, config


def a_failed_invocation_is_kept(name):
    """As the bus invokes it, whose own calls the emulator does not follow up."""
    sqs = boto3.client("sqs")
    boto3.client("lambda").invoke(
        FunctionName=name["FetchFunction"], InvocationType="Event",
        Payload=json.dumps({"detail-type": "RunRequested", "source": "weekledger", "detail": {}}),
    )
    counts = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    for _ in range(150):
        found = sqs.get_queue_attributes(QueueUrl=name["Failures"], AttributeNames=counts)
        # Not visible any more if watch has been called with it, and failed as well.
        if sum(int(found["Attributes"][count]) for count in counts) == 1:
            return
        time.sleep(0.2)
    raise AssertionError(f"the failure queue holds {found['Attributes']}")


def reports_have_schedules(name):
    scheduler = boto3.client("scheduler")
    for kind in ("Open", "Deliver"):
        found = scheduler.get_schedule(Name=name[f"{kind}Weekly"], GroupName=name["Schedules"])
        assert json.loads(found["Target"]["Input"]) == {
            "schedule": kind.lower(), "report": "weekly",
            "scheduled": "<aws.scheduler.scheduled-time>",
        }, found
        # `doctor` asks by name.
        assert found["Name"] == f"{kind.lower()}-weekly", found
    scheduler.get_schedule(Name="watch", GroupName=name["Schedules"])


def mail_and_secret_are_there(name):
    mail = boto3.client("sesv2")
    mail.get_email_identity(EmailIdentity="example.com")
    destinations = mail.get_configuration_set_event_destinations(
        ConfigurationSetName=name["ConfigurationSet"])["EventDestinations"]
    assert "EventBridgeDestination" in destinations[0], destinations
    boto3.client("secretsmanager").describe_secret(SecretId=name["Secret"])


def evidence_outlives_the_stack(name):
    cloud = boto3.client("cloudformation")
    cloud.delete_stack(StackName=STACK)
    for _ in range(100):
        standing = cloud.list_stacks(StackStatusFilter=["DELETE_COMPLETE"])["StackSummaries"]
        if any(stack["StackName"] == STACK for stack in standing):
            break
        time.sleep(0.2)
    tables = boto3.client("dynamodb").list_tables()["TableNames"]
    assert {name["Ledger"], name["History"]} <= set(tables), tables
    for bucket, key in (("Archive", "raw/weekly/2026-W47/run/digest"), ("Kept", "evidence/digest")):
        boto3.client("s3").head_object(Bucket=name[bucket], Key=key)
    boto3.client("secretsmanager").describe_secret(SecretId=name["Secret"])
    assert boto3.client("lambda").list_functions()["Functions"] == []


if __name__ == "__main__":
    code()
    physical = created()
    for check in (
        the_ledger_takes_appends, history_has_its_keys, buckets_are_as_promised,
        rules_call_their_functions, a_notice_is_written_in_words, failures_reach_watch,
        a_failed_invocation_is_kept, reports_have_schedules,
        mail_and_secret_are_there, evidence_outlives_the_stack,
    ):
        check(physical)
        print(f"ok {check.__name__}")
    print(f"{len(physical)} resources created and looked at")
