"""Breaks the template in one place at a time: each promise has to notice, and no break may pass.

A check that nothing can fail is worth nothing. Every complaint that `promises.py` knows stands
for at least one line in here.
"""

import copy
import sys

from promises import PROMISES
from template import load, transformed

BREAKS = []


def put(path, value):
    """Sets what lies at a path below Resources: names and positions, separated by slashes."""
    def change(stack):
        parts = [int(one) if one.isdigit() else one for one in path.split("/")]
        place = stack["Resources"]
        for part in parts[:-1]:
            place = place[part]
        if value is None:
            del place[parts[-1]]
        else:
            place[parts[-1]] = value
    change.__name__ = f"{path} = {value}"
    return change


def grant(**statement):
    """Gives compute one statement more."""
    one = {"Effect": "Allow", **statement}
    def change(stack):
        role = stack["Resources"]["ComputeRole"]["Properties"]
        role["Policies"][0]["PolicyDocument"]["Statement"].append(one)
    change.__name__ = f"compute: {one}"
    return change


def add(promise, *changes):
    BREAKS.extend((promise, change) for change in changes)


LEDGER = {"Fn::GetAtt": ["Ledger", "Arn"]}
TABLES = "arn:aws:dynamodb:*:*:table/*"

add(
    "nobody_may_change_the_ledger",
    grant(Action="dynamodb:UpdateItem", Resource=LEDGER),
    grant(Action=["dynamodb:DeleteItem"], Resource=[{"Fn::Sub": "${Ledger.Arn}"}]),
    grant(Action="dynamodb:Batch*", Resource=LEDGER),
    grant(Action="dynamodb:*", Resource=TABLES),
    grant(Action="*", Resource="*"),
    grant(Action="dynamodb:partiqlupdate", Resource=TABLES),
    grant(Action="dynamodb:PartiQL*", Resource="arn:aws:*:*:*:*"),
    grant(Action="dynamodb:PutResourcePolicy", Resource=LEDGER),
    grant(Action="dynamodb:UpdateItem",
          Resource={"Fn::Sub": "arn:aws:dynamodb:*:*:table/${Ledger}"}),
    # A put that is no append.
    grant(Action="dynamodb:PutItem", Resource=LEDGER),
    put("Driver/Properties/PolicyDocument/Statement/1/Condition", None),
)
DENY = "Ledger/Properties/ResourcePolicy/PolicyDocument/Statement/0"
add(
    "the_ledger_itself_refuses_changes",
    put("Ledger/Properties/ResourcePolicy", None),
    put(f"{DENY}/Effect", "Allow"),
    put(f"{DENY}/Principal", {"AWS": "arn:aws:iam::1:role/one"}),
    put(f"{DENY}/Condition", {"Bool": {"aws:SecureTransport": "false"}}),
    put(f"{DENY}/Action/0", "dynamodb:DescribeTable"),
    put(f"{DENY}/Action/6", "dynamodb:DescribeTable"),
)
add(
    "no_permission_is_wider_than_it_looks",
    grant(Action="s3:Get*", Resource={"Fn::GetAtt": ["Kept", "Arn"]}),
    grant(Action="s3:GetObject", Resource="*"),
    grant(NotAction="s3:GetObject", Resource=LEDGER),
    grant(Action="s3:GetObject", NotResource=LEDGER),
    put("OpenRole/Properties/ManagedPolicyArns/0", "arn:aws:iam::aws:policy/AdministratorAccess"),
    put("OpenRole/Properties/ManagedPolicyArns", [{"Ref": "Driver"}, {"Ref": "Doctor"}]),
)
add(
    "only_those_who_need_them_touch_pages_tokens_and_mail",
    grant(Action="secretsmanager:GetSecretValue", Resource={"Ref": "Secret"}),
    grant(Action="s3:PutObject", Resource={"Fn::Sub": "${Archive.Arn}/raw/*"}),
    grant(Action="s3:PutObject", Resource={"Fn::Sub": "${Archive.Arn}/config/*"}),
    grant(Action=["s3:GetObject", "s3:PutObject"], Resource={"Fn::Sub": "${Kept.Arn}/*"}),
    grant(Action="ses:SendRawEmail", Resource={"Ref": "Identity"}),
    put("FetchRole/Properties/Policies/0/PolicyDocument/Statement/1/Action", "s3:GetObject"),
)
add(
    "functions_may_do_what_they_do",
    put("Driver/Properties/PolicyDocument/Statement/3", None),
    put("Driver/Properties/PolicyDocument/Statement/0/Resource", LEDGER),
    put("DeliverRole/Properties/Policies/0/PolicyDocument/Statement/0", None),
    put("DeliverRole/Properties/Policies/0/PolicyDocument/Statement/2/Action", ["ses:SendEmail"]),
    put("OpenRole/Properties/ManagedPolicyArns", []),
    put("WatchRole/Properties/ManagedPolicyArns", [{"Ref": "Driver"}]),
    put("Doctor/Properties/PolicyDocument/Statement/3", None),
    put("DoctorModels/Properties/PolicyDocument/Statement/1", None),
    put("DoctorModels/Properties/Roles/0", {"Ref": "OpenRole"}),
    put("ScheduleRole/Properties/Policies/0/PolicyDocument/Statement/0/Resource/1", "none"),
)
VARIABLES = "OpenFunction/Properties/Environment/Variables"
add(
    "functions_know_their_places",
    put("DeliverFunction", None),
    put(f"{VARIABLES}/WEEKLEDGER_TABLE", None),
    put(f"{VARIABLES}/WEEKLEDGER_TABLE", {"Ref": "History"}),
    put(f"{VARIABLES}/META_TOKEN", "text"),
    put("FetchFunction/Properties/Architectures", ["x86_64"]),
    put("FetchFunction/Properties/Role", {"Fn::GetAtt": ["OperatorRole", "Arn"]}),
    put("FetchFunction/Properties/LoggingConfig", None),
)


def output(name, value):
    def change(stack):
        stack["Outputs"][name] = value
    change.__name__ = f"the output {name} is {value}"
    return change


add(
    "the_command_line_learns_the_same_places",
    output("Table", {"Value": {"Ref": "History"}, "Description": "WEEKLEDGER_TABLE"}),
    output("Table", {"Value": {"Ref": "Ledger"}, "Description": "The ledger"}),
    output("More", {"Value": "x", "Description": "WEEKLEDGER_MORE"}),
)
INVOKE = "ComputeFunctionEventInvokeConfig/Properties"
add(
    "failed_invocations_are_kept",
    put("WatchFunctionFailures/Properties/FunctionResponseTypes", None),
    put(f"{INVOKE}/DestinationConfig", None),
    put(f"{INVOKE}/MaximumRetryAttempts", 0),
    put(f"{INVOKE}/MaximumEventAgeInSeconds", 60),
    put("ComputeFunctionEventInvokeConfig", None),
    put("Failures/Properties/RedrivePolicy", None),
    put("WatchFunctionFailures", None),
    put("Driver/Properties/PolicyDocument/Statement/5/Action", "sqs:GetQueueUrl"),
)
add(
    "time_limits_fit_the_due_table",
    put("ComputeFunction/Properties/Timeout", 1200),
    put("WatchFunction/Properties/Timeout", 300),
    put("WatchSchedule/Properties/ScheduleExpression", "rate(10 minutes)"),
    put("Failures/Properties/VisibilityTimeout", 240),
)
add("a_provider_is_not_overrun", put("FetchFunction/Properties/ReservedConcurrentExecutions", None))
RULE = "AnalyzeFunctionMetricsComputed/Properties"
add(
    "each_event_wakes_its_stage",
    put("AnalyzeFunctionMetricsComputed", None),
    put("AnalyzeFunctionMetricsComputedPermission", None),
    put(f"{RULE}/EventBusName", "default"),
    put(f"{RULE}/EventPattern/detail-type", ["RawFetched"]),
    put(f"{RULE}/Targets/0/Arn", {"Fn::GetAtt": ["FetchFunction", "Arn"]}),
)
add(
    "nothing_is_lost_between_bus_and_target",
    put(f"{RULE}/Targets/0/DeadLetterConfig", None),
    put(f"{RULE}/Targets/0/RetryPolicy", None),
    put("OwnerNotices/Properties/Targets/0/DeadLetterConfig", None),
    put("DeliverWeekly/Properties/Target/DeadLetterConfig", None),
    put("DeliverWeekly/Properties/Target/RetryPolicy/MaximumRetryAttempts", 0),
    put("QueuePolicy/Properties/PolicyDocument/Statement/0/Resource", []),
    put("QueuePolicy", None),
)
OPEN = "OpenWeekly/Properties"
add(
    "reports_open_and_go_out_on_monday_in_their_zone",
    put("OpenWeekly", None),
    put(f"{OPEN}/ScheduleExpressionTimezone", "Europe/Amsterdm"),
    put(f"{OPEN}/ScheduleExpressionTimezone", "Europe/Paris"),
    put(f"{OPEN}/ScheduleExpressionTimezone", None),
    put(f"{OPEN}/ScheduleExpression", "cron(0 5 * * MON *)"),
    put(f"{OPEN}/ScheduleExpression", "cron(0 25 ? * MON *)"),
    put(f"{OPEN}/ScheduleExpression", "cron(0 8 ? * MON *)"),
    put(f"{OPEN}/ScheduleExpression", "cron(0 5 ? * TUE *)"),
    put(f"{OPEN}/FlexibleTimeWindow", {"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 15}),
    put(f"{OPEN}/Target/Input", '{"schedule":"open","report":"weekly"}'),
    put(f"{OPEN}/Target/Input",
        '{"schedule":"open","report":"","scheduled":"<aws.scheduler.scheduled-time>"}'),
    put(f"{OPEN}/Target/Arn", {"Fn::GetAtt": ["DeliverFunction", "Arn"]}),
)
add(
    "mail_events_reach_watch",
    put("WatchFunctionMailEvents", None),
    put("WatchFunctionMailEvents/Properties/EventBusName", {"Ref": "Bus"}),
    put("MailDestination/Properties/EventDestination/MatchingEventTypes", ["send", "delivery"]),
    put("MailDestination/Properties/EventDestination/Enabled", False),
)
add(
    "the_code_knows_the_same_names",
    put("Ledger/Properties/KeySchema/0/AttributeName", "key"),
    put("Ledger/Properties/GlobalSecondaryIndexes/0/IndexName", "first"),
    put("Ledger/Properties/GlobalSecondaryIndexes/0/KeySchema/0/AttributeName", "pk"),
    put("OwnerNotices/Properties/EventPattern/detail-type", ["Notice"]),
    put("OwnerNotices/Properties/Targets/0/Arn", {"Fn::GetAtt": ["Failures", "Arn"]}),
    put(f"{VARIABLES}/WEEKLEDGER_BUS", None),
    put("OverdueAlarm/Properties/MetricName", "Late"),
    put("OverdueAlarm/Properties/Namespace", "Weekledger"),
    put("OpenNeedsPerson/Properties/MetricTransformations/0/MetricNamespace", "Weekledger"),
)
KEPT = "KeptPolicy/Properties/PolicyDocument/Statement"
ARCHIVE = "ArchivePolicy/Properties/PolicyDocument/Statement"
add(
    "buckets_take_new_names_only_and_lose_none",
    put("KeptPolicy", None),
    put(f"{KEPT}/0", None),
    put(f"{KEPT}/1/Condition", {"Null": {"s3:if-none-match": "false"}}),
    put(f"{KEPT}/1/Resource", {"Fn::Sub": "${Kept.Arn}/evidence/*"}),
    put(f"{KEPT}/1/Effect", "Allow"),
    put(f"{KEPT}/2/Action", ["s3:DeleteObject"]),
    put(f"{KEPT}/2/Condition", {"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/*"}}),
    put(f"{ARCHIVE}/1", None),
    put(f"{ARCHIVE}/3/Condition/ArnNotLike/aws:PrincipalArn",
        {"Fn::GetAtt": ["ComputeRole", "Arn"]}),
)
add(
    "buckets_are_private_versioned_and_encrypted",
    put("Kept/Properties/PublicAccessBlockConfiguration/BlockPublicPolicy", False),
    put("Kept/Properties/VersioningConfiguration", {"Status": "Suspended"}),
    put("Archive/Properties/BucketEncryption", None),
)
RULES = "Archive/Properties/LifecycleConfiguration/Rules"
add(
    "only_raw_pages_expire",
    put("Kept/Properties/LifecycleConfiguration/Rules/0/ExpirationInDays", 400),
    put(f"{RULES}/0/Prefix", ""),
    put(f"{RULES}/0/Status", "Disabled"),
    put(f"{RULES}/0/ExpirationInDays", 7),
    put(f"{RULES}/0/NoncurrentVersionExpiration", None),
    put(f"{RULES}/1", None),
    put(f"{RULES}/2", None),
)
add(
    "evidence_outlives_the_stack",
    put("KeptPolicy/DeletionPolicy", None),
    put("ArchivePolicy/UpdateReplacePolicy", "Delete"),
    put("Ledger/DeletionPolicy", "Delete"),
    put("Kept/UpdateReplacePolicy", None),
    put("Ledger/Properties/DeletionProtectionEnabled", False),
    put("Ledger/Properties/TimeToLiveSpecification", {"AttributeName": "at", "Enabled": True}),
    put("Ledger/Properties/PointInTimeRecoverySpecification/PointInTimeRecoveryEnabled", False),
    put("History/Properties/BillingMode", "PROVISIONED"),
)
add(
    "no_secret_is_in_the_template",
    put("Secret/Properties/SecretString", "{}"),
    put("Secret/Properties/GenerateSecretString", {}),
)
add(
    "trouble_raises_an_alarm",
    put("DeadLettersAlarm", None),
    put("FailuresAlarm/Properties/AlarmActions", []),
    put("ErrorsAlarm/Properties/Metrics/3", None),
    put("OverdueAlarm", None),
    put("OverdueAlarm/Properties/TreatMissingData", "notBreaching"),
    put("StageFailedAlarm/Properties/MetricName", "Failed"),
    put("Owner/Properties/Subscription", []),
    put("FetchNeedsPerson", None),
    put("FetchNeedsPerson/Properties/FilterPattern", '{ $.level = "ERROR" }'),
)
add(
    "logs_are_not_kept_for_ever",
    put("FetchLog/Properties/RetentionInDays", None),
    put("WatchLog", None),
)


def noticed(stack, promise, change):
    broken = copy.deepcopy(stack)
    change(broken)
    check = next(one for one in PROMISES if one.__name__ == promise)
    return any(True for _ in check(broken))


if __name__ == "__main__":
    stack = transformed(load())
    passed = [f"{promise} does not notice {change.__name__}"
              for promise, change in BREAKS if not noticed(stack, promise, change)]
    passed += [f"nothing shows that {one.__name__} can fail"
               for one in PROMISES if one.__name__ not in {promise for promise, _ in BREAKS}]
    print("\n".join(passed) or f"{len(BREAKS)} breaks noticed")
    sys.exit(1 if passed else 0)
