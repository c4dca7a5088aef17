//! Everything that a template makes in an account, in the emulator, and the providers beside it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, Once, OnceLock};
use std::thread;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value, json};
use weekledger::aws::functions::{Environment, World};
use weekledger::aws::{Cloud, HISTORY_PARTITION, HISTORY_SORT, MailLog, SOURCE};
use weekledger::chain::{Loaded, Ports, look};
use weekledger::embedded::{SetClock, SystemClock};
use weekledger::ports::{Clock, SecretName};
use weekledger::simulator::{self, Options};
use weekledger_events::payload::{SendResult, SentOutcome};
use weekledger_events::{Payload, StreamId, Week};

use super::absent::{NoMailer, NoSecrets};
use super::doctor::schedule as schedule_of;
use super::runtime::Process;
use crate::emulator::{answer, call, cloud_at, cloud_with, endpoint, patient, send, unique};
use crate::place::run;
use crate::places::{Buckets, Table, decode, verify};
use crate::wire::{Act, Proxy, Request};

/// The functions that a rule of the bus calls, each with its type of event.
pub const ROUTES: [(&str, &str); 4] = [
    ("fetch", "RunRequested"),
    ("compute", "RawFetched"),
    ("analyze", "MetricsComputed"),
    ("deliver", "AnalysisGenerated"),
];

/// Where owner notices go.
pub const OWNER: &str = "owner";

/// A fault for one request: the process is killed before or after it, or it is answered so.
pub struct Fault {
    pub on: fn(&Request) -> bool,
    /// Kills the process that asks.
    pub kills: bool,
    pub act: Act,
}

/// What SES does with a mail to a recipient.
type MailScript = Box<dyn FnMut(&str) -> Act + Send>;

pub struct Stack {
    pub table: String,
    pub history: String,
    pub buckets: Buckets,
    bus: String,
    secret: String,
    name: String,
    /// The Scheduler's group.
    pub schedules: String,
    /// The topic that tells the owner.
    owner: String,
    queues: BTreeMap<&'static str, String>,
    recipients: [String; 2],
    proxy: Proxy,
    fault: Arc<Mutex<Option<Fault>>>,
    ses: Arc<Mutex<MailScript>>,
    victim: Arc<Mutex<Option<Arc<Mutex<std::process::Child>>>>>,
}

/// A week whose times are all past, whatever day the tests run on.
pub fn week() -> Week {
    Week::last_complete(now(), &TimeZone::UTC).previous()
}

pub fn now() -> Timestamp {
    SystemClock.now()
}

pub fn stream() -> StreamId {
    StreamId::new("weekly".parse().unwrap(), week())
}

/// The Monday after, 05:00 in Vienna.
pub fn scheduled(week: Week) -> String {
    let vienna = TimeZone::get("Europe/Vienna").unwrap();
    let at = week.next().monday().at(5, 0, 0, 0).to_zoned(vienna).unwrap();
    at.timestamp().to_string()
}

pub fn schedule(what: &str, week: Week) -> Value {
    json!({ "schedule": what, "report": "weekly", "scheduled": scheduled(week) })
}

impl Stack {
    pub fn new() -> Self {
        let buckets = Buckets::new();
        let (bus, secret, history) = (unique("bus"), unique("secret"), unique("history"));
        call("events", "AWSEvents.CreateEventBus", &json!({ "Name": bus }));
        let mut queues = BTreeMap::new();
        for (function, detail_type) in ROUTES {
            let pattern = json!({ "source": [SOURCE], "detail-type": [detail_type] });
            queues.insert(function, routed(&bus, function, &pattern));
        }
        let notices = json!({ "source": [SOURCE], "detail-type": ["OwnerNotice"] });
        queues.insert(OWNER, routed(&bus, OWNER, &notices));
        history_table(&history);
        let tokens: BTreeMap<&str, &str> =
            SecretName::ALL.iter().map(|name| (name.as_str(), "token-of-the-test")).collect();
        let secret_text = json!({ "Name": secret, "SecretString": json!(tokens).to_string() });
        call("secretsmanager", "secretsmanager.CreateSecret", &secret_text);
        let recipients = ["ada", "bob"].map(|key| format!("{}@example.com", unique(key)));
        for address in recipients.iter().map(String::as_str).chain(["reports@example.com"]) {
            verify(address);
        }
        let (name, schedules) = (unique("stack"), unique("schedules"));
        send("scheduler", &format!("POST /schedule-groups/{schedules}"), JSON, b"{}");
        let topic = ask("sns", &[("Action", "CreateTopic"), ("Name", &unique("owner"))]);
        let owner = between(&topic, "<TopicArn>", "</TopicArn>");
        let (fault, victim) = (Arc::<Mutex<Option<Fault>>>::default(), Arc::default());
        let ses: Arc<Mutex<MailScript>> = Arc::new(Mutex::new(Box::new(|_| Act::Pass)));
        let proxy = faulty(&fault, &ses, &victim);
        let table = Table::new().0;
        let stack = Self {
            table,
            history,
            buckets,
            bus,
            secret,
            name,
            schedules,
            owner,
            queues,
            recipients,
            proxy,
            fault,
            ses,
            victim,
        };
        stack.push_configuration(&stack.configuration());
        stack
    }

    pub fn configuration(&self) -> String {
        let providers = providers();
        let mut text = format!(
            "[sources.meta]\nbase_url = \"{}\"\npage_size = 500\n[sources.hubspot]\n\
             base_url = \"{}\"\n[mail]\nfrom = \"reports@example.com\"\n\
             [[report]]\nid = \"weekly\"\ntitle = \"Weekly\"\ntimezone = \"Europe/Vienna\"\n",
            providers.meta, providers.hubspot,
        );
        text.push_str(&providers.accounts);
        for (key, address) in ["ada", "bob"].iter().zip(&self.recipients) {
            text.push_str(&format!(
                "[[report.recipient]]\nkey = \"{key}\"\nname = \"{key}\"\nemail = \"{address}\"\n\
                 department = \"Marketing\"\n"
            ));
        }
        text
    }

    pub fn push_configuration(&self, text: &str) {
        let line = format!("PUT /{}/config/weekledger.toml", self.buckets.raw);
        send("s3", &line, "", text.as_bytes());
    }

    pub async fn written_configuration(&self) -> String {
        let key = "config/weekledger.toml";
        let configuration = self.cloud().await.configuration(&self.buckets.raw, key);
        configuration.written().await.unwrap().text
    }

    /// What the template makes beside what the functions work with: schedules, protection, life
    /// cycles, alarms, and an owner who has confirmed.
    pub fn protect(&self) {
        // An account has it once, and all stacks of the emulator are in one account.
        static IDENTITY: Once = Once::new();
        IDENTITY.call_once(|| {
            let domain = json!({ "EmailIdentity": "example.com" }).to_string();
            send("ses", "POST /v2/email/identities", JSON, domain.as_bytes());
        });
        schedule_of(&self.schedules, "POST", "watch", "rate(5 minutes)", "ENABLED");
        for (name, hour) in [("open-weekly", 5), ("deliver-weekly", 7)] {
            let expression = format!("cron(0 {hour} ? * MON *)");
            schedule_of(&self.schedules, "POST", name, &expression, "ENABLED");
        }
        let table = json!({ "TableName": self.table, "DeletionProtectionEnabled": true });
        call("dynamodb", "DynamoDB_20120810.UpdateTable", &table);
        let recovery = json!({ "TableName": self.table,
            "PointInTimeRecoverySpecification": { "PointInTimeRecoveryEnabled": true } });
        call("dynamodb", "DynamoDB_20120810.UpdateContinuousBackups", &recovery);
        let rules = "<LifecycleConfiguration><Rule><ID>raw</ID><Status>Enabled</Status><Filter>\
                     <Prefix>raw/</Prefix></Filter><Expiration><Days>90</Days></Expiration></Rule>\
                     </LifecycleConfiguration>";
        send("s3", &format!("PUT /{}?lifecycle", self.buckets.raw), "", rules.as_bytes());
        let versions =
            "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";
        for bucket in [&self.buckets.raw, &self.buckets.kept] {
            send("s3", &format!("PUT /{bucket}?versioning"), "", versions.as_bytes());
        }
        let names = ["Overdue", "StageFailed", "Errors", "NeedsPerson", "Failures", "DeadLetters"];
        for name in names {
            let name = format!("{}-{name}Alarm-1A2B", self.name);
            ask(
                "monitoring",
                &[
                    ("Action", "PutMetricAlarm"),
                    ("AlarmName", &name),
                    ("Namespace", "Weekledger"),
                    ("MetricName", "Overdue"),
                    ("Statistic", "Sum"),
                    ("Period", "300"),
                    ("EvaluationPeriods", "1"),
                    ("ComparisonOperator", "GreaterThanThreshold"),
                    ("Threshold", "0"),
                ],
            );
        }
        // The emulator takes every subscription for confirmed.
        let owner = ("Endpoint", "owner@example.com");
        ask(
            "sns",
            &[("Action", "Subscribe"), ("TopicArn", &self.owner), ("Protocol", "email"), owner],
        );
    }

    /// A stack of CloudFormation's whose outputs name all this as the template's do.
    pub fn deployed(&self) -> String {
        let name = unique("stack");
        let variables = self.environment().into_iter().zip(0..);
        let outputs = variables
            .filter(|((variable, _), _)| variable.starts_with("WEEKLEDGER_"))
            .map(|((variable, value), number)| {
                let output = json!({ "Value": value, "Description": variable });
                (format!("Output{number}"), output)
            })
            .collect();
        deploy(&name, &Value::Object(outputs));
        name
    }

    /// What the template sets for the functions.
    pub fn environment(&self) -> Vec<(String, String)> {
        [
            ("WEEKLEDGER_STACK", self.name.as_str()),
            ("WEEKLEDGER_TABLE", &self.table),
            ("WEEKLEDGER_HISTORY_TABLE", &self.history),
            ("WEEKLEDGER_RAW_BUCKET", &self.buckets.raw),
            ("WEEKLEDGER_KEPT_BUCKET", &self.buckets.kept),
            ("WEEKLEDGER_BUS", &self.bus),
            ("WEEKLEDGER_SECRET", &self.secret),
            ("WEEKLEDGER_SCHEDULES", &self.schedules),
            ("WEEKLEDGER_OWNER_TOPIC", &self.owner),
            ("WEEKLEDGER_SENDER", "reports@example.com"),
            ("AWS_ENDPOINT_URL", &self.proxy.endpoint()),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .to_vec()
    }

    pub fn start(&self, function: &str) -> Process {
        Process::start(function, &self.environment())
    }

    /// Strikes the next request that it is for, once.
    pub fn strike(&self, fault: Fault) {
        *self.fault.lock().unwrap() = Some(fault);
    }

    /// What SES does with every mail from now on, by the recipient's key.
    pub fn script_mails(&self, script: impl FnMut(&str) -> Act + Send + 'static) {
        *self.ses.lock().unwrap() = Box::new(script);
    }

    /// True if the last fault has struck.
    pub fn has_struck(&self) -> bool {
        self.fault.lock().unwrap().is_none()
    }

    /// How many requests of a kind have come through to their end.
    pub fn seen(&self, kind: fn(&Request) -> bool) -> usize {
        self.proxy.seen().iter().filter(|(request, _)| kind(request)).count()
    }

    pub fn aim_at(&self, process: &Process) {
        *self.victim.lock().unwrap() = Some(Arc::clone(&process.child));
    }

    /// What the rules have put into a function's queue; it is taken out.
    pub fn take(&self, queue: &str) -> Vec<Value> {
        let url = &self.queues[queue];
        let wanted = json!({ "QueueUrl": url, "MaxNumberOfMessages": 10 });
        let received = call("sqs", "AmazonSQS.ReceiveMessage", &wanted);
        let messages = received["Messages"].as_array().cloned().unwrap_or_default();
        let body = |message: Value| {
            let handle = json!({ "QueueUrl": url, "ReceiptHandle": message["ReceiptHandle"] });
            call("sqs", "AmazonSQS.DeleteMessage", &handle);
            serde_json::from_str(message["Body"].as_str().unwrap()).unwrap()
        };
        messages.into_iter().map(body).collect()
    }

    /// The sentences that the owner was told since the last question.
    pub fn told(&self) -> Vec<String> {
        let mut told = Vec::new();
        for _ in 0..3 {
            let sentence = |event: Value| event["detail"]["sentence"].as_str().unwrap().to_owned();
            told.extend(self.take(OWNER).into_iter().map(sentence));
            thread::sleep(std::time::Duration::from_millis(100));
        }
        told
    }

    /// To whom SES was handed a mail that it did not refuse, each with the intent that the mail was
    /// tagged with.
    pub fn mails(&self) -> Vec<(String, String)> {
        let taken = |status: Option<u16>| status.is_none_or(|status| status < 400);
        let seen = self.proxy.seen();
        let mails = seen.iter().filter(|(request, status)| is_mail(request) && taken(*status));
        mails.map(|(request, _)| (tag(request, "recipient"), tag(request, "intent"))).collect()
    }

    /// Every mail as SES was handed it, in order.
    pub fn mimes(&self) -> Vec<Vec<u8>> {
        let seen = self.proxy.seen();
        let mails = seen.iter().filter(|(request, _)| is_mail(request));
        let raw = |request: &Request| request.json()["Content"]["Raw"]["Data"].clone();
        mails.map(|(request, _)| decode(raw(request).as_str().unwrap())).collect()
    }

    pub async fn cloud(&self) -> Cloud {
        cloud_at(&endpoint(), patient()).await
    }

    /// What a function is made of in this process, by a clock that is set.
    pub async fn world(&self, clock: Arc<SetClock>) -> World {
        let variables = self.environment();
        let environment = Environment::new(move |name| {
            variables.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone())
        });
        let cloud = cloud_with(&self.proxy.endpoint(), patient(), clock.clone()).await;
        World::new(cloud, environment, clock)
    }

    pub async fn ports(&self) -> Ports {
        let cloud = self.cloud().await;
        Ports {
            ledger: Arc::new(cloud.ledger(&self.table)),
            archive: Arc::new(cloud.archive(&self.buckets.raw, &self.buckets.kept)),
            bus: Arc::new(cloud.bus(&self.bus)),
            mailer: Arc::new(NoMailer),
            secrets: Arc::new(NoSecrets),
            clock: Arc::new(SystemClock),
        }
    }

    pub async fn mail_log(&self) -> MailLog {
        self.cloud().await.mail_log(&self.history)
    }

    /// The week as it stands: chain and anchors are checked on the way.
    pub fn load(&self, stream: &StreamId) -> Loaded {
        run(async { self.load_with(&self.ports().await, stream).await })
    }

    pub async fn load_with(&self, ports: &Ports, stream: &StreamId) -> Loaded {
        look(ports, stream).await.unwrap()
    }

    pub fn types(&self, stream: &StreamId) -> Vec<&'static str> {
        let events = self.load(stream).events;
        events.iter().map(|event| event.envelope.event_type.as_str()).collect()
    }

    /// One chain, one report, one mail each: what every test ends with.
    #[track_caller]
    pub fn expect_sent(&self, stream: &StreamId) {
        let loaded = self.load(stream);
        let events = &loaded.events;
        let count = |name: &str| {
            events.iter().filter(|event| event.envelope.event_type.as_str() == name).count()
        };
        for once in ["RunRequested", "RawFetched", "MetricsComputed", "AnalysisGenerated"] {
            assert_eq!(count(once), 1, "{once}");
        }
        let sent: Vec<_> = events
            .iter()
            .filter_map(|event| match &event.payload {
                Payload::ReportSent(sent) => Some(sent),
                _ => None,
            })
            .collect();
        assert_eq!(sent.len(), 1, "{:?}", self.types(stream));
        assert_eq!(sent[0].outcome, SentOutcome::Sent, "{:?}", sent[0].recipients);
        let accepted = |one: &weekledger_events::payload::RecipientOutcome| {
            matches!(one.result, SendResult::Accepted { .. })
        };
        assert!(sent[0].recipients.iter().all(accepted));
        assert_eq!(self.mailed(), ["ada", "bob"]);
        assert_eq!(loaded.anchored.map(|n| n.get() as usize), Some(events.len()));
    }

    /// Who was mailed, once for each mail, sorted.
    pub fn mailed(&self) -> Vec<String> {
        let mut mailed: Vec<String> = self.mails().into_iter().map(|(key, _)| key).collect();
        mailed.sort();
        mailed
    }
}

/// Makes a stack of one resource with these outputs.
pub fn deploy(name: &str, outputs: &Value) {
    let template = json!({
        "Resources": { "Queue": { "Type": "AWS::SQS::Queue" } },
        "Outputs": outputs,
    });
    let template = template.to_string();
    ask(
        "cloudformation",
        &[("Action", "CreateStack"), ("StackName", name), ("TemplateBody", &template)],
    );
}

const JSON: &str = "content-type: application/json\r\n";

/// Calls a service that takes forms; answers with its XML.
fn ask(service: &str, form: &[(&str, &str)]) -> String {
    let form = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
    let headers = "content-type: application/x-www-form-urlencoded\r\n";
    answer(service, "POST /", headers, form.as_bytes())
}

fn between(text: &str, before: &str, after: &str) -> String {
    let (_, rest) = text.split_once(before).unwrap();
    rest.split_once(after).unwrap().0.to_owned()
}

fn tag(request: &Request, name: &str) -> String {
    let body = request.json();
    let tags = body["EmailTags"].as_array().unwrap();
    let tag = tags.iter().find(|tag| tag["Name"] == name).unwrap();
    tag["Value"].as_str().unwrap().to_owned()
}

pub fn is_mail(request: &Request) -> bool {
    request.head.starts_with("POST /v2/email/outbound-emails")
}

pub fn is_append(request: &Request) -> bool {
    request.is("TransactWriteItems")
}

pub fn is_emit(request: &Request) -> bool {
    request.is("PutEvents")
}

/// A proxy that passes everything on but what the fault is for.
fn faulty(
    fault: &Arc<Mutex<Option<Fault>>>,
    ses: &Arc<Mutex<MailScript>>,
    victim: &Arc<Mutex<Option<Arc<Mutex<std::process::Child>>>>>,
) -> Proxy {
    let (fault, ses, victim) = (Arc::clone(fault), Arc::clone(ses), Arc::clone(victim));
    Proxy::start(move |_, request| {
        let mut planned = fault.lock().unwrap();
        let Some(fault) = planned.take_if(|fault| (fault.on)(request)) else {
            drop(planned);
            let mut script = ses.lock().unwrap();
            return if is_mail(request) { script(&tag(request, "recipient")) } else { Act::Pass };
        };
        if fault.kills {
            let victim = victim.lock().unwrap();
            victim.as_ref().unwrap().lock().unwrap().kill().unwrap();
        }
        fault.act
    })
}

/// A queue that a rule of the bus feeds; answers with its address.
fn routed(bus: &str, name: &str, pattern: &Value) -> String {
    let queue = json!({ "QueueName": unique(name) });
    let queue = call("sqs", "AmazonSQS.CreateQueue", &queue);
    let queue = queue["QueueUrl"].as_str().unwrap().to_owned();
    let wanted = json!({ "QueueUrl": queue, "AttributeNames": ["QueueArn"] });
    let attributes = call("sqs", "AmazonSQS.GetQueueAttributes", &wanted);
    let rule = json!({ "Name": name, "EventBusName": bus, "EventPattern": pattern.to_string() });
    call("events", "AWSEvents.PutRule", &rule);
    let targets = json!([{ "Id": "queue", "Arn": attributes["Attributes"]["QueueArn"] }]);
    let targets = json!({ "Rule": name, "EventBusName": bus, "Targets": targets });
    call("events", "AWSEvents.PutTargets", &targets);
    queue
}

pub fn history_table(name: &str) {
    let attribute = |name: &str| json!({ "AttributeName": name, "AttributeType": "S" });
    let key = |name: &str, kind: &str| json!({ "AttributeName": name, "KeyType": kind });
    let table = json!({
        "TableName": name,
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [attribute(HISTORY_PARTITION), attribute(HISTORY_SORT)],
        "KeySchema": [key(HISTORY_PARTITION, "HASH"), key(HISTORY_SORT, "RANGE")],
    });
    call("dynamodb", "DynamoDB_20120810.CreateTable", &table);
}

/// The simulated providers, one pair for all tests.
struct Providers {
    meta: String,
    hubspot: String,
    accounts: String,
}

fn providers() -> &'static Providers {
    static PROVIDERS: OnceLock<Providers> = OnceLock::new();
    PROVIDERS.get_or_init(|| {
        let (started, ready) = std::sync::mpsc::channel();
        thread::spawn(move || {
            run(async {
                let options = Options {
                    seed: 7,
                    today: now().to_zoned(TimeZone::UTC).date(),
                    listen: "127.0.0.1:0".parse().unwrap(),
                    replay: None,
                    faults: Vec::new(),
                };
                let running = simulator::start(options).await.unwrap();
                let account = |property: simulator::Property| {
                    format!(
                        "[[report.account]]\nname = \"{}\"\nmeta_account = \"{}\"\n",
                        property.name, property.meta_account
                    )
                };
                let providers = Providers {
                    meta: running.meta_base_url(),
                    hubspot: running.hubspot_base_url(),
                    accounts: running.properties().into_iter().take(1).map(account).collect(),
                };
                started.send(providers).unwrap();
                std::future::pending::<()>().await;
            });
        });
        ready.recv().unwrap()
    })
}
