"""What the template promises, each as a function from the deployed template to complaints.

A complaint is one sentence. No complaint is a promise kept. `broken.py` proves of every promise
that a template which breaks it is noticed.
"""

import fnmatch
import json
import re
import sys
from zoneinfo import ZoneInfo

from template import ROOT, load, text, transformed

STAGES = {
    "Open": None,
    "Fetch": "RunRequested",
    "Compute": "RawFetched",
    "Analyze": "MetricsComputed",
    "Deliver": "AnalysisGenerated",
    "Watch": None,
}

ENVIRONMENT = {
    "WEEKLEDGER_STACK": "<AWS::StackName>",
    "WEEKLEDGER_TABLE": "<Ledger>",
    "WEEKLEDGER_HISTORY_TABLE": "<History>",
    "WEEKLEDGER_RAW_BUCKET": "<Archive>",
    "WEEKLEDGER_KEPT_BUCKET": "<Kept>",
    "WEEKLEDGER_BUS": "<Bus>",
    "WEEKLEDGER_SECRET": "<Secret>",
    "WEEKLEDGER_CONFIG_KEY": "<ConfigKey>",
    "WEEKLEDGER_CONFIGURATION_SET": "<ConfigurationSet>",
}

# What `watch` looks at on the day before a report.
OF_WATCH = {
    "WEEKLEDGER_SCHEDULES": "<Schedules>",
    "WEEKLEDGER_OWNER_TOPIC": "<Owner>",
    "WEEKLEDGER_SENDER": "<Sender>",
}

# All that anybody may do with the ledger. A put counts only inside a transaction.
LEDGER_ACTIONS = {"GetItem", "Query", "PutItem", "ConditionCheckItem"}
LEDGER_REFUSES = {
    "UpdateItem", "DeleteItem", "BatchWriteItem", "UpdateTimeToLive",
    "PartiQLInsert", "PartiQLUpdate", "PartiQLDelete",
}
# Of DynamoDB, whatever can be asked of a table.
TABLE_ACTIONS = LEDGER_ACTIONS | LEDGER_REFUSES | {
    "BatchGetItem", "CreateTable", "DeleteResourcePolicy", "DeleteTable", "ImportTable",
    "PartiQLSelect", "PutResourcePolicy", "RestoreTableFromBackup", "Scan", "UpdateTable",
    "UpdateContinuousBackups",
}

# The error types that no retry mends, as a filter of log lines.
LASTING = '{ $.error_type = "Weekledger.*" && $.error_type != "Weekledger.Retryable" }'

# Reading that AWS offers for no single resource.
LOOKS = {"ses:GetAccount"}

PROMISES = []


def promise(function):
    PROMISES.append(function)
    return function


def of_type(stack, kind):
    return {n: r["Properties"] for n, r in stack["Resources"].items() if r["Type"] == kind}


def listed(value):
    return value if isinstance(value, list) else [value]


def statements(document):
    """The statements of a policy, those under a condition of the stack included."""
    for statement in listed(document["Statement"]):
        if set(statement) == {"Fn::If"}:
            _, yes, no = statement["Fn::If"]
            yield from (one for one in (yes, no) if set(one) != {"Ref"})
        else:
            yield statement


def grants(stack):
    """Every statement of every identity's policy, with the name of who has it."""
    for name, role in of_type(stack, "AWS::IAM::Role").items():
        for policy in role.get("Policies", []):
            for one in statements(policy["PolicyDocument"]):
                yield name, one
    for kind in ("AWS::IAM::ManagedPolicy", "AWS::IAM::Policy", "AWS::IAM::RolePolicy"):
        for name, policy in of_type(stack, kind).items():
            for one in statements(policy["PolicyDocument"]):
                yield name, one


def touches(resource, name, service):
    """Whether a resource of a statement may mean the one of this logical name. What cannot be
    told counts as yes."""
    resource = text(resource)
    if f"<{name}>" in resource or f"<{name}." in resource:
        return True
    if resource.startswith("<"):
        return False
    parts = resource.split(":")
    named = len(parts) > 2 and not fnmatch.fnmatch(service, parts[2])
    return ("*" in resource or "{" in resource) and not named


def names(patterns, service, actions):
    """Which of a service's actions the patterns of a statement mean."""
    found = set()
    for pattern in listed(patterns):
        found |= {
            one for one in actions
            if fnmatch.fnmatch(f"{service}:{one}".lower(), pattern.lower())
        }
    return found


# ---------------------------------------------------------------------------------- permissions


@promise
def nobody_may_change_the_ledger(stack):
    for who, one in grants(stack):
        if one["Effect"] != "Allow":
            continue
        if not any(touches(r, "Ledger", "dynamodb") for r in listed(one["Resource"])):
            continue
        actions = names(one["Action"], "dynamodb", TABLE_ACTIONS)
        for action in sorted(actions - LEDGER_ACTIONS):
            yield f"{who} may {action} on the ledger"
        bound = one.get("Condition", {}).get("ForAnyValue:StringEquals", {})
        inside = bound.get("dynamodb:EnclosingOperation") == ["TransactWriteItems"]
        if "PutItem" in actions and not inside:
            yield f"{who} may put into the ledger outside of a transaction"


@promise
def the_ledger_itself_refuses_changes(stack):
    policy = of_type(stack, "AWS::DynamoDB::Table")["Ledger"].get("ResourcePolicy")
    refused = set()
    for one in statements(policy["PolicyDocument"]) if policy else []:
        everybody = one["Principal"] == "*" and "Condition" not in one
        if one["Effect"] == "Deny" and everybody:
            refused |= names(one["Action"], "dynamodb", LEDGER_REFUSES)
        elif one["Effect"] == "Allow":
            yield "the ledger's own policy allows something"
    for action in sorted(LEDGER_REFUSES - refused):
        yield f"the ledger does not refuse {action} to everybody"


@promise
def no_permission_is_wider_than_it_looks(stack):
    for who, one in grants(stack):
        if "NotAction" in one or "NotResource" in one:
            yield f"{who} has a statement by exception"
            continue
        for action in listed(one["Action"]):
            if "*" in action:
                yield f"{who} may {action}"
        for resource in listed(one["Resource"]):
            if text(resource).strip() == "*" and not LOOKS.issuperset(listed(one["Action"])):
                yield f"{who} may {one['Action']} on everything"
    for name, role in of_type(stack, "AWS::IAM::Role").items():
        for policy in role.get("ManagedPolicyArns", []):
            if text(policy) not in ("<Driver>", "<Doctor>"):
                yield f"{name} has {text(policy)}, which nobody reviews here"
            if text(policy) == "<Doctor>" and name not in ("WatchRole", "OperatorRole"):
                yield f"{name} may look at what only doctor looks at"


@promise
def only_those_who_need_them_touch_pages_tokens_and_mail(stack):
    expected = {
        ("secretsmanager:GetSecretValue", "<Secret>"): {"FetchRole", "AnalyzeRole", "Doctor"},
        ("s3:PutObject", "<Archive.Arn>/raw/*"): {"FetchRole"},
        ("s3:PutObject", "<Archive.Arn>/config/*"): {"OperatorRole"},
        ("dynamodb:DeleteItem", "<History.Arn>"): {"OperatorRole"},
        ("ses:SendRawEmail", None): {"DeliverRole"},
    }
    found = {key: set() for key in expected}
    for who, one in grants(stack):
        for action, resource in found:
            resources = [text(r) for r in listed(one["Resource"])]
            if action in listed(one["Action"]) and (resource is None or resource in resources):
                found[action, resource].add(who)
        if "s3:PutObject" in listed(one["Action"]):
            for resource in listed(one["Resource"]):
                if text(resource).removeprefix("<Archive.Arn>").removeprefix("<Kept.Arn>") not in (
                    "/raw/*", "/config/*", "/evidence/*", "/anchors/*",
                ):
                    yield f"{who} may write to {text(resource)}"
    for key, who in expected.items():
        if found[key] != who:
            yield f"{key[0]} on {key[1]} is with {sorted(found[key])}, not {sorted(who)}"


# What the adapters of a function call, read off the code: no emulator refuses a call that no role
# allows. The driver's come first.
NEEDS = {
    None: [
        ("dynamodb:GetItem", "<Ledger.Arn>"),
        ("dynamodb:Query", "<Ledger.Arn>"),
        ("dynamodb:Query", "<Ledger.Arn>/index/weeks"),
        ("dynamodb:PutItem", "<Ledger.Arn>"),
        ("dynamodb:ConditionCheckItem", "<Ledger.Arn>"),
        ("s3:GetObject", "<Kept.Arn>/evidence/*"),
        ("s3:PutObject", "<Kept.Arn>/evidence/*"),
        ("s3:GetObject", "<Kept.Arn>/anchors/*"),
        ("s3:PutObject", "<Kept.Arn>/anchors/*"),
        ("s3:ListBucket", "<Kept.Arn>"),
        ("s3:ListBucket", "<Archive.Arn>"),
        ("events:PutEvents", "<Bus.Arn>"),
        ("sqs:SendMessage", "<Failures.Arn>"),
    ],
    "Doctor": [
        ("secretsmanager:GetSecretValue", "<Secret>"),
        ("ses:GetAccount", "*"),
        ("ses:GetEmailIdentity",
         "arn:<AWS::Partition>:ses:<AWS::Region>:<AWS::AccountId>:identity/*"),
        ("scheduler:GetSchedule", "arn:<AWS::Partition>:scheduler:<AWS::Region>"
                                  ":<AWS::AccountId>:schedule/<Schedules>/*"),
        ("dynamodb:DescribeTable", "<Ledger.Arn>"),
        ("dynamodb:DescribeContinuousBackups", "<Ledger.Arn>"),
        ("s3:GetLifecycleConfiguration", "<Archive.Arn>"),
        ("s3:GetLifecycleConfiguration", "<Kept.Arn>"),
        ("s3:GetBucketVersioning", "<Archive.Arn>"),
        ("s3:GetBucketVersioning", "<Kept.Arn>"),
        ("cloudwatch:DescribeAlarms",
         "arn:<AWS::Partition>:cloudwatch:<AWS::Region>:<AWS::AccountId>:alarm:*"),
        ("sns:ListSubscriptionsByTopic", "<Owner>"),
    ],
    "DoctorModels": [
        ("bedrock:InvokeModel", "<BedrockModels>"),
        ("bedrock:InvokeModelWithResponseStream", "<BedrockModels>"),
        ("bedrock-mantle:CreateInference",
         "arn:<AWS::Partition>:bedrock-mantle:*:<AWS::AccountId>:project/*"),
    ],
    "Open": [("s3:GetObject", "<Archive.Arn>/<ConfigKey>")],
    "Fetch": [
        ("secretsmanager:GetSecretValue", "<Secret>"),
        ("s3:GetObject", "<Archive.Arn>/raw/*"),
        ("s3:PutObject", "<Archive.Arn>/raw/*"),
    ],
    "Compute": [
        ("s3:GetObject", "<Archive.Arn>/raw/*"),
        ("dynamodb:Scan", "<History.Arn>"),
        ("dynamodb:PutItem", "<History.Arn>"),
    ],
    "Analyze": [("secretsmanager:GetSecretValue", "<Secret>")],
    "Deliver": [
        ("s3:GetObject", "<Archive.Arn>/<ConfigKey>"),
        ("dynamodb:Query", "<History.Arn>"),
        ("ses:SendEmail", "arn:<AWS::Partition>:ses:<AWS::Region>:<AWS::AccountId>:identity/*"),
        ("ses:SendRawEmail", "arn:<AWS::Partition>:ses:<AWS::Region>:<AWS::AccountId>:identity/*"),
        ("ses:SendRawEmail", "arn:<AWS::Partition>:ses:<AWS::Region>:<AWS::AccountId>"
                             ":configuration-set/<ConfigurationSet>"),
    ],
    "Watch": [
        ("s3:GetObject", "<Archive.Arn>/<ConfigKey>"),
        ("dynamodb:Query", "<History.Arn>"),
        ("dynamodb:PutItem", "<History.Arn>"),
        ("sqs:ReceiveMessage", "<Failures.Arn>"),
        ("sqs:DeleteMessage", "<Failures.Arn>"),
        ("sqs:GetQueueAttributes", "<Failures.Arn>"),
    ],
}


@promise
def functions_may_do_what_they_do(stack):
    allowed = {
        (who, action, text(resource))
        for who, one in grants(stack) if one["Effect"] == "Allow" and "Action" in one
        for action in listed(one["Action"]) for resource in listed(one.get("Resource", []))
    }
    roles = of_type(stack, "AWS::IAM::Role")
    for action, resource in NEEDS[None]:
        if ("Driver", action, resource) not in allowed:
            yield f"no function may {action} on {resource}"
    for policy in ("Doctor", "DoctorModels"):
        for action, resource in NEEDS[policy]:
            if (policy, action, resource) not in allowed:
                yield f"doctor may not {action} on {resource}"
    models = stack["Resources"]["DoctorModels"]["Properties"]["Roles"]
    if sorted(text(one) for one in models) != ["<OperatorRole>", "<WatchRole>"]:
        yield f"doctor may ask models as {models}"
    if "<Doctor>" not in [text(one) for one in roles["WatchRole"].get("ManagedPolicyArns", [])]:
        yield "watch may not look at the stack on the day before a report"
    for stage in STAGES:
        role = f"{stage}Role"
        if "<Driver>" not in [text(one) for one in roles[role].get("ManagedPolicyArns", [])]:
            yield f"{stage} does not have what every stage has"
        log = [(one, f"<{stage}Log.Arn>") for one in ("logs:CreateLogStream", "logs:PutLogEvents")]
        for action, resource in NEEDS.get(stage, []) + log:
            if (role, action, resource) not in allowed:
                yield f"{stage} may not {action} on {resource}"
    calls = {
        text(resource) for who, one in grants(stack) if who == "ScheduleRole"
        for resource in listed(one["Resource"]) if "lambda:InvokeFunction" in listed(one["Action"])
    }
    for stage in ("Open", "Deliver", "Watch"):
        if f"<{stage}Function.Arn>" not in calls:
            yield f"no schedule may call {stage}"


# ------------------------------------------------------------------------------------- functions


@promise
def functions_know_their_places(stack):
    for stage in STAGES:
        function = of_type(stack, "AWS::Lambda::Function").get(f"{stage}Function")
        if function is None:
            yield f"there is no function for {stage}"
            continue
        variables = function.get("Environment", {}).get("Variables", {})
        found = {name: text(value) for name, value in variables.items()}
        expected = ENVIRONMENT | (OF_WATCH if stage == "Watch" else {})
        for name in sorted(set(expected) | set(found)):
            if found.get(name) != expected.get(name):
                yield f"{stage} has {name}={found.get(name)}, not {expected.get(name)}"
        build = (function["Runtime"], function["Architectures"], function["Handler"])
        if build != ("provided.al2023", ["arm64"], "bootstrap"):
            yield f"{stage} does not run what cargo-lambda builds: {build}"
        if text(function["Role"]) != f"<{stage}Role.Arn>":
            yield f"{stage} has the role {text(function['Role'])}"
        if text(function.get("LoggingConfig", {}).get("LogGroup", "")) != f"<{stage}Log>":
            yield f"{stage} does not log to its own group"


@promise
def the_command_line_learns_the_same_places(stack):
    """An output whose description is a variable is that variable for `--stack`."""
    outputs = stack.get("Outputs", {}).values()
    found = {
        one["Description"]: text(one["Value"]) for one in outputs
        if one.get("Description", "").startswith("WEEKLEDGER_")
    }
    expected = ENVIRONMENT | OF_WATCH
    for name in sorted(set(expected) | set(found)):
        if found.get(name) != expected.get(name):
            yield f"the outputs say {name}={found.get(name)}, not {expected.get(name)}"


@promise
def failed_invocations_are_kept(stack):
    configured = {
        text(one["FunctionName"]): one
        for one in of_type(stack, "AWS::Lambda::EventInvokeConfig").values()
    }
    for stage in STAGES:
        one = configured.get(f"<{stage}Function>", {})
        failure = one.get("DestinationConfig", {}).get("OnFailure", {}).get("Destination", "")
        if text(failure) != "<Failures.Arn>":
            yield f"failures of {stage} go to {text(failure) or 'nowhere'}"
        if one.get("MaximumRetryAttempts") != 2:
            yield f"{stage} is not retried twice"
        if not 3600 <= one.get("MaximumEventAgeInSeconds", 0) <= 21600:
            yield f"an event for {stage} may become too old or is given up too soon"
    driver = [one for who, one in grants(stack) if who == "Driver"]
    sends = {
        text(r) for one in driver for r in listed(one["Resource"])
        if "sqs:SendMessage" in listed(one["Action"])
    }
    if "<Failures.Arn>" not in sends:
        yield "no function may send to the failure queue"
    redrive = of_type(stack, "AWS::SQS::Queue")["Failures"].get("RedrivePolicy", {})
    if text(redrive.get("deadLetterTargetArn", "")) != "<DeadLetters.Arn>":
        yield "what watch cannot work off is handed to it for ever"
    read = {
        text(one["FunctionName"]): text(one["EventSourceArn"])
        for one in of_type(stack, "AWS::Lambda::EventSourceMapping").values()
    }
    if read != {"<WatchFunction>": "<Failures.Arn>"}:
        yield f"the failure queue is not read by watch: {read}"
    for one in of_type(stack, "AWS::Lambda::EventSourceMapping").values():
        if one.get("FunctionResponseTypes") != ["ReportBatchItemFailures"]:
            yield "one message that fails takes its whole batch to the dead letters"


@promise
def time_limits_fit_the_due_table(stack):
    """A stage that may run longer than `watch` waits would be woken while it works."""
    source = (ROOT / "projections/src/due.rs").read_text()
    minutes = re.findall(r"(\w+): SignedDuration::from_mins\((\d+)\)", source)
    due = {name: int(count) * 60 for name, count in minutes}
    functions = of_type(stack, "AWS::Lambda::Function")
    for stage in ("fetch", "compute", "analyze", "deliver"):
        timeout = functions[f"{stage.title()}Function"]["Timeout"]
        if timeout >= due[stage]:
            yield f"{stage} may take {timeout} s, but is due after {due[stage]} s"
    watch = functions["WatchFunction"]["Timeout"]
    if watch >= due["watch_every"]:
        yield f"watch may take {watch} s and starts every {due['watch_every']} s"
    rate = text(of_type(stack, "AWS::Scheduler::Schedule")["WatchSchedule"]["ScheduleExpression"])
    if rate != f"rate({due['watch_every'] // 60} minutes)":
        yield f"watch runs at {rate}, which the due table does not know"
    visible = of_type(stack, "AWS::SQS::Queue")["Failures"].get("VisibilityTimeout", 30)
    if visible < 6 * watch:
        yield f"a failure is seen again after {visible} s, while watch may be at it"


@promise
def a_provider_is_not_overrun(stack):
    fetch = of_type(stack, "AWS::Lambda::Function")["FetchFunction"]
    if "ReservedConcurrentExecutions" not in fetch:
        yield "any number of pulls may run at once"


# --------------------------------------------------------------------------------- bus, schedules


@promise
def each_event_wakes_its_stage(stack):
    rules = of_type(stack, "AWS::Events::Rule")
    permitted = {
        (text(one["FunctionName"]), text(one.get("SourceArn", "")))
        for one in of_type(stack, "AWS::Lambda::Permission").values()
        if one["Principal"] == "events.amazonaws.com"
    }
    for stage, event in STAGES.items():
        if event is None:
            continue
        pattern = {"source": ["weekledger"], "detail-type": [event]}
        found = [
            name for name, rule in rules.items()
            if rule["EventPattern"] == pattern and text(rule.get("EventBusName")) == "<Bus>"
            and [text(t["Arn"]) for t in rule["Targets"]] == [f"<{stage}Function.Arn>"]
            and (f"<{stage}Function>", f"<{name}.Arn>") in permitted
        ]
        if len(found) != 1:
            yield f"{len(found)} rules wake {stage} on {event}"


@promise
def nothing_is_lost_between_bus_and_target(stack):
    targets = [
        (f"rule {name}", target)
        for name, rule in of_type(stack, "AWS::Events::Rule").items() for target in rule["Targets"]
    ] + [
        (f"schedule {name}", one["Target"])
        for name, one in of_type(stack, "AWS::Scheduler::Schedule").items()
    ]
    for name, target in targets:
        queue = text(target.get("DeadLetterConfig", {}).get("Arn", ""))
        if queue not in ("<Failures.Arn>", "<DeadLetters.Arn>"):
            yield f"{name} has no dead-letter queue"
        policy = target.get("RetryPolicy", {})
        if not policy.get("MaximumRetryAttempts") or not policy.get("MaximumEventAgeInSeconds"):
            yield f"{name} has no retry policy"
    open_to = set()
    for policy in of_type(stack, "AWS::SQS::QueuePolicy").values():
        for one in statements(policy["PolicyDocument"]):
            if one["Effect"] == "Allow" and one["Principal"] == {"Service": "events.amazonaws.com"}:
                open_to |= {text(r) for r in listed(one["Resource"])}
    for queue in {text(t["DeadLetterConfig"]["Arn"]) for n, t in targets
                  if n.startswith("rule") and "DeadLetterConfig" in t} - open_to:
        yield f"rules may not send to {queue}"


WEEKLY = re.compile(r"cron\(([0-5]?\d) ([01]?\d|2[0-3]) \? \* MON \*\)")


@promise
def reports_open_and_go_out_on_monday_in_their_zone(stack):
    due = {}
    for name, one in of_type(stack, "AWS::Scheduler::Schedule").items():
        if one.get("FlexibleTimeWindow") != {"Mode": "OFF"}:
            yield f"{name} is flexible"
        given = json.loads(text(one["Target"]["Input"]))
        if given == {"schedule": "watch"}:
            continue
        kind, report = given.get("schedule"), given.get("report")
        shape = {"schedule": kind, "report": report, "scheduled": "<aws.scheduler.scheduled-time>"}
        if given != shape or kind not in ("open", "deliver") or not report:
            yield f"{name} has the input {given}"
            continue
        if text(one["Target"]["Arn"]) != f"<{kind.title()}Function.Arn>":
            yield f"{name} calls {text(one['Target']['Arn'])}"
        zone = one.get("ScheduleExpressionTimezone", "")
        try:
            ZoneInfo(zone)
        except (ValueError, OSError, KeyError):
            yield f"{name} is in \"{zone}\", which is no time zone"
        time = WEEKLY.fullmatch(one["ScheduleExpression"])
        if not time:
            yield f"{name} is not once on Monday: {one['ScheduleExpression']}"
            continue
        due.setdefault((report, zone), {})[kind] = (int(time[2]), int(time[1]))
    if not due:
        yield "no report has a schedule"
    for (report, zone), times in due.items():
        if set(times) != {"open", "deliver"} or times["open"] >= times["deliver"]:
            yield f"{report} in {zone} does not open before it is delivered: {times}"


@promise
def mail_events_reach_watch(stack):
    rules = of_type(stack, "AWS::Events::Rule").values()
    found = [
        rule for rule in rules
        if rule["EventPattern"].get("source") == ["aws.ses"] and "EventBusName" not in rule
        and [text(t["Arn"]) for t in rule["Targets"]] == ["<WatchFunction.Arn>"]
    ]
    if len(found) != 1:
        yield f"{len(found)} rules on the default bus bring SES events to watch"
    wanted = {"send", "delivery", "bounce", "complaint", "reject"}
    for one in of_type(stack, "AWS::SES::ConfigurationSetEventDestination").values():
        missing = wanted - {kind.lower() for kind in one["EventDestination"]["MatchingEventTypes"]}
        if missing or not one["EventDestination"].get("Enabled"):
            yield f"SES does not tell of {sorted(missing) or 'anything'}"


@promise
def the_code_knows_the_same_names(stack):
    """Names that stand in the template and in the adapters have to agree."""
    item = (ROOT / "src/aws/ledger/item.rs").read_text()
    ledger = (ROOT / "src/aws/ledger.rs").read_text()
    message = (ROOT / "src/aws/bus/message.rs").read_text()
    constant = lambda source, name: re.search(rf'const {name}: &str =\s+"([^"]+)"', source)[1]
    table = of_type(stack, "AWS::DynamoDB::Table")["Ledger"]
    key = lambda schema: {one["KeyType"]: one["AttributeName"] for one in schema}
    pk, sk = constant(item, "PK"), constant(item, "SK")
    if key(table["KeySchema"]) != {"HASH": pk, "RANGE": sk}:
        yield f"the ledger's keys are {key(table['KeySchema'])}"
    indexes = {one["IndexName"]: one for one in table.get("GlobalSecondaryIndexes", [])}
    weeks = indexes.get(constant(ledger, "WEEKS_INDEX"))
    first = constant(item, "FIRST_ATTRIBUTE")
    if weeks is None or key(weeks["KeySchema"]) != {"HASH": first, "RANGE": pk}:
        yield "the ledger has no index of weeks"
    notices = of_type(stack, "AWS::Events::Rule")["OwnerNotices"]
    kind = constant(message, "NOTICE_TYPE")
    pattern = {"source": [constant(message, "SOURCE")], "detail-type": [kind]}
    if notices["EventPattern"] != pattern:
        yield f"notices to the owner are looked for as {notices['EventPattern']}"
    if text(notices["Targets"][0]["Arn"]) != "<Owner>":
        yield "notices do not reach the owner"
    functions = ROOT / "src/aws/functions"
    environment = (functions / "environment.rs").read_text()
    known = set(re.findall(r'&str = "(WEEKLEDGER_\w+)"', environment))
    for function in of_type(stack, "AWS::Lambda::Function").values():
        # One secret, or several: the template has the first.
        missing = known - {"WEEKLEDGER_SECRETS_PREFIX"} - set(OF_WATCH) - set(function["Environment"]["Variables"])
        for name in sorted(missing):
            yield f"the functions read {name}, which is not set"
    emitted = "".join(one.read_text() for one in functions.glob("*.rs"))
    space = constant(emitted, "NAMESPACE")
    filtered = {
        one["MetricTransformations"][0]["MetricName"]
        for one in of_type(stack, "AWS::Logs::MetricFilter").values()
    }
    own = f"{space}/<AWS::StackName>"
    for name, one in of_type(stack, "AWS::Logs::MetricFilter").items():
        if text(one["MetricTransformations"][0]["MetricNamespace"]) != own:
            yield f"{name} counts into a namespace that other stacks share"
    for name, _, place, metric, _ in watched(stack):
        place = text(place)
        if place.startswith("AWS/"):
            continue
        if place != own or metric not in filtered and f'.count("{metric}"' not in emitted:
            yield f"{name} looks at {place} {metric}, which nothing writes"
    if constant(emitted, "RETRYABLE") not in LASTING:
        yield "the filter of lasting errors does not know the error that passes"


# ----------------------------------------------------------------------------------------- storage


def denied(stack, bucket):
    """What a bucket refuses to everybody: (action, resource) to condition."""
    found = {}
    for policy in of_type(stack, "AWS::S3::BucketPolicy").values():
        if text(policy["Bucket"]) != f"<{bucket}>":
            continue
        for one in statements(policy["PolicyDocument"]):
            if one["Effect"] == "Deny" and one["Principal"] == "*":
                for action in listed(one["Action"]):
                    for resource in listed(one["Resource"]):
                        found[action, text(resource)] = one.get("Condition", {})
    return found


BREAK_GLASS = "arn:<AWS::Partition>:iam::<AWS::AccountId>:role/<AWS::StackName>-break-glass"


@promise
def buckets_take_new_names_only_and_lose_none(stack):
    unconditional = {"Null": {"s3:if-none-match": "true"}}
    for bucket, area in (("Archive", "/raw/*"), ("Kept", "/*")):
        refused = denied(stack, bucket)
        if refused.get(("s3:PutObject", f"<{bucket}.Arn>{area}")) != unconditional:
            yield f"{bucket}{area} can be overwritten"
        if refused.get(("s3:*", f"<{bucket}.Arn>/*")) != {"Bool": {"aws:SecureTransport": "false"}}:
            yield f"{bucket} answers without TLS"
        for action in ("s3:DeleteObject", "s3:DeleteObjectVersion"):
            condition = refused.get((action, f"<{bucket}.Arn>/*"), {})
            who = condition.get("ArnNotLike", {}).get("aws:PrincipalArn")
            if text(who or "") != BREAK_GLASS or len(condition) != 1:
                yield f"{bucket} allows {action}"
    condition = denied(stack, "Archive").get(("s3:PutObject", "<Archive.Arn>/config/*"), {})
    who = [text(one) for one in listed(condition.get("ArnNotLike", {}).get("aws:PrincipalArn", []))]
    if who != ["<OperatorRole.Arn>", BREAK_GLASS]:
        yield f"the configuration can be written by others than the operator: {who}"


@promise
def buckets_are_private_versioned_and_encrypted(stack):
    for name in ("Archive", "Kept"):
        bucket = of_type(stack, "AWS::S3::Bucket")[name]
        if not all(bucket.get("PublicAccessBlockConfiguration", {}).get(key) for key in (
            "BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets",
        )):
            yield f"{name} may become public"
        if bucket.get("VersioningConfiguration") != {"Status": "Enabled"}:
            yield f"{name} keeps no versions"
        if "BucketEncryption" not in bucket:
            yield f"{name} does not say how it is encrypted"


@promise
def only_raw_pages_expire(stack):
    buckets = of_type(stack, "AWS::S3::Bucket")
    for name in ("Archive", "Kept"):
        rules = buckets[name].get("LifecycleConfiguration", {}).get("Rules", [])
        if not any("AbortIncompleteMultipartUpload" in rule for rule in rules):
            yield f"{name} keeps parts of uploads"
        for rule in rules:
            expires = any(key.startswith(("Expir", "Noncurrent", "Transition")) for key in rule)
            if expires and (name, rule.get("Prefix")) != ("Archive", "raw/"):
                yield f"{name} lets {rule.get('Prefix', 'everything')} expire"
    rules = buckets["Archive"].get("LifecycleConfiguration", {}).get("Rules", [])
    raw = {key: value for rule in rules if rule.get("Prefix") == "raw/"
           and rule["Status"] == "Enabled" for key, value in rule.items()}
    if text(raw.get("ExpirationInDays", "")) != "<KeepRawDays>":
        yield "raw pages do not expire as configured"
    if "NoncurrentVersionExpiration" not in raw:
        yield "versions of expired raw pages stay for ever"
    if not raw.get("ExpiredObjectDeleteMarker"):
        yield "marks of expired raw pages stay for ever"


@promise
def evidence_outlives_the_stack(stack):
    for name in ("Ledger", "History", "Archive", "Kept", "Secret", "ArchivePolicy", "KeptPolicy"):
        resource = stack["Resources"][name]
        for policy in ("DeletionPolicy", "UpdateReplacePolicy"):
            if resource.get(policy) != "Retain":
                yield f"{name} has no {policy} Retain"
    ledger = of_type(stack, "AWS::DynamoDB::Table")["Ledger"]
    if not ledger.get("DeletionProtectionEnabled"):
        yield "the ledger can be deleted"
    if "TimeToLiveSpecification" in ledger:
        yield "items of the ledger expire"
    for name, table in of_type(stack, "AWS::DynamoDB::Table").items():
        if not table.get("PointInTimeRecoverySpecification", {}).get("PointInTimeRecoveryEnabled"):
            yield f"{name} cannot be restored to a point in time"
        if table.get("BillingMode") != "PAY_PER_REQUEST":
            yield f"{name} is paid for while nothing happens"


@promise
def no_secret_is_in_the_template(stack):
    for name, secret in of_type(stack, "AWS::SecretsManager::Secret").items():
        if {"SecretString", "GenerateSecretString"} & set(secret):
            yield f"{name} gets its value from the template"


# ------------------------------------------------------------------------------ alarms and logs


def watched(stack):
    """The metrics of every alarm: namespace, name, resource."""
    for name, alarm in of_type(stack, "AWS::CloudWatch::Alarm").items():
        stated = [alarm] if "MetricName" in alarm else [
            one["MetricStat"]["Metric"] for one in alarm["Metrics"] if "MetricStat" in one
        ]
        for metric in stated:
            about = [text(one["Value"]) for one in metric.get("Dimensions", [])]
            yield name, alarm, metric["Namespace"], metric["MetricName"], "".join(about)


@promise
def trouble_raises_an_alarm(stack):
    for name, alarm in of_type(stack, "AWS::CloudWatch::Alarm").items():
        if [text(one) for one in alarm.get("AlarmActions", [])] != ["<Owner>"]:
            yield f"{name} tells nobody"
    found = list(watched(stack))
    about = {(metric, resource) for _, _, _, metric, resource in found}
    for queue in of_type(stack, "AWS::SQS::Queue"):
        if not any(resource == f"<{queue}.QueueName>" for _, resource in about):
            yield f"no alarm looks at the queue {queue}"
    for stage in STAGES:
        if ("Errors", f"<{stage}Function>") not in about:
            yield f"no alarm looks at errors of {stage}"
    for stage in STAGES:
        filters = of_type(stack, "AWS::Logs::MetricFilter").values()
        if not any(text(one["LogGroupName"]) == f"<{stage}Log>" and one["FilterPattern"] == LASTING
                   and one["MetricTransformations"][0]["MetricName"] == "NeedsPerson"
                   for one in filters):
            yield f"no filter counts lasting errors of {stage}"
    for metric in ("Overdue", "StageFailed", "NeedsPerson"):
        own = "Weekledger/<AWS::StackName>"
        if not any(text(place) == own and one == metric for _, _, place, one, _ in found):
            yield f"no alarm looks at {metric}"
    for name, alarm, _, metric, _ in found:
        if metric == "Overdue" and alarm.get("TreatMissingData") != "breaching":
            yield f"{name} is silent when watch is dead"
    if not any(one["Protocol"] == "email" for topic in of_type(stack, "AWS::SNS::Topic").values()
               for one in topic.get("Subscription", [])):
        yield "the owner gets no mail"


@promise
def logs_are_not_kept_for_ever(stack):
    for name, group in of_type(stack, "AWS::Logs::LogGroup").items():
        if not group.get("RetentionInDays"):
            yield f"{name} keeps logs for ever"
    for stage in STAGES:
        if f"{stage}Log" not in of_type(stack, "AWS::Logs::LogGroup"):
            yield f"{stage} has no log group"


def complaints(stack):
    return [f"{kept.__name__}: {one}" for kept in PROMISES for one in kept(stack)]


if __name__ == "__main__":
    found = complaints(transformed(load()))
    print("\n".join(found) or f"{len(PROMISES)} promises kept")
    sys.exit(1 if found else 0)
