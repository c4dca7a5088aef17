//! A place for every AWS adapter: fresh resources in the emulator, with names of their own.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};
use weekledger::aws::{
    Cloud, DynamoLedger, EventBus, FIRST_ATTRIBUTE, ManagedSecrets, S3Archive, SOURCE,
    SecretsPlace as Where, SesMailer, WEEKS_INDEX, read_message,
};
use weekledger::ports::{Archive, Bus, HistoryTable, Ledger, Mailer, Message, SecretName, Secrets};

use crate::bus::BusPlace;
use crate::emulator::{call, cloud_at, endpoint, patient, send, unique};
use crate::functions::history_table;
use crate::mailer::MailPlace;
use crate::place::Place;
use crate::secrets::SecretsPlace;
use crate::wire::{Act, Proxy};

/// Clients of their own for every handle, as for every process.
async fn cloud() -> Cloud {
    cloud_at(&endpoint(), patient()).await
}

pub struct Table(pub String);

impl Table {
    pub fn new() -> Self {
        let table = unique("ledger");
        let attribute = |name: &str| json!({ "AttributeName": name, "AttributeType": "S" });
        let key = |name: &str, kind: &str| json!({ "AttributeName": name, "KeyType": kind });
        let created = json!({
            "TableName": table,
            "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [attribute("pk"), attribute("sk"), attribute(FIRST_ATTRIBUTE)],
            "KeySchema": [key("pk", "HASH"), key("sk", "RANGE")],
            "GlobalSecondaryIndexes": [{
                "IndexName": WEEKS_INDEX,
                "KeySchema": [key(FIRST_ATTRIBUTE, "HASH"), key("pk", "RANGE")],
                "Projection": { "ProjectionType": "KEYS_ONLY" },
            }],
        });
        call("dynamodb", "DynamoDB_20120810.CreateTable", &created);
        Self(table)
    }

    pub async fn handle(&self) -> DynamoLedger {
        cloud().await.ledger(&self.0)
    }
}

impl Place for Table {
    type Port = dyn Ledger;

    async fn open(&self) -> Box<dyn Ledger> {
        Box::new(self.handle().await)
    }
}

pub struct HistoryTables(String);

impl HistoryTables {
    pub fn new() -> Self {
        let table = unique("history");
        history_table(&table);
        Self(table)
    }
}

impl Place for HistoryTables {
    type Port = dyn HistoryTable;

    async fn open(&self) -> Box<dyn HistoryTable> {
        Box::new(cloud().await.history(&self.0))
    }
}

pub struct Buckets {
    pub raw: String,
    pub kept: String,
}

impl Buckets {
    pub fn new() -> Self {
        let buckets = Self { raw: unique("raw"), kept: unique("kept") };
        for bucket in [&buckets.raw, &buckets.kept] {
            send("s3", &format!("PUT /{bucket}"), "", b"");
        }
        buckets
    }

    pub async fn handle(&self) -> S3Archive {
        cloud().await.archive(&self.raw, &self.kept)
    }
}

impl Place for Buckets {
    type Port = dyn Archive;

    async fn open(&self) -> Box<dyn Archive> {
        Box::new(self.handle().await)
    }
}

/// A bus with a rule that hands everything of this program to a queue.
pub struct BusWithQueue {
    pub bus: String,
    queue: String,
}

impl BusWithQueue {
    pub fn new() -> Self {
        let (bus, queue) = (unique("bus"), unique("queue"));
        let events =
            |operation: &str, body: Value| call("events", &format!("AWSEvents.{operation}"), &body);
        events("CreateEventBus", json!({ "Name": bus }));
        let queue = call("sqs", "AmazonSQS.CreateQueue", &json!({ "QueueName": queue }));
        let queue = queue["QueueUrl"].as_str().unwrap().to_owned();
        let wanted = json!({ "QueueUrl": queue, "AttributeNames": ["QueueArn"] });
        let attributes = call("sqs", "AmazonSQS.GetQueueAttributes", &wanted);
        let pattern = json!({ "source": [SOURCE] }).to_string();
        events("PutRule", json!({ "Name": "all", "EventBusName": bus, "EventPattern": pattern }));
        let targets = json!([{ "Id": "queue", "Arn": attributes["Attributes"]["QueueArn"] }]);
        events("PutTargets", json!({ "Rule": "all", "EventBusName": bus, "Targets": targets }));
        Self { bus, queue }
    }

    pub async fn handle(&self) -> EventBus {
        cloud().await.bus(&self.bus)
    }

    /// What lies in the queue; it is taken out.
    fn take(&self) -> Vec<Message> {
        let wanted = json!({ "QueueUrl": self.queue, "MaxNumberOfMessages": 10 });
        let received = call("sqs", "AmazonSQS.ReceiveMessage", &wanted);
        let messages = received["Messages"].as_array().cloned().unwrap_or_default();
        let read = |message: Value| {
            let handle =
                json!({ "QueueUrl": self.queue, "ReceiptHandle": message["ReceiptHandle"] });
            call("sqs", "AmazonSQS.DeleteMessage", &handle);
            let event: Value = serde_json::from_str(message["Body"].as_str().unwrap()).unwrap();
            assert_eq!(event["source"], SOURCE);
            let detail_type = event["detail-type"].as_str().unwrap();
            read_message(detail_type, &event["detail"].to_string()).unwrap()
        };
        messages.into_iter().map(read).collect()
    }
}

impl Place for BusWithQueue {
    type Port = dyn Bus;

    async fn open(&self) -> Box<dyn Bus> {
        Box::new(self.handle().await)
    }
}

impl BusPlace for BusWithQueue {
    /// Rules deliver after the answer: the queue counts as empty when it stays so.
    async fn received(&self) -> Vec<Message> {
        let (mut received, mut quiet) = (Vec::new(), 0);
        while quiet < 3 {
            let taken = self.take();
            if taken.is_empty() {
                quiet += 1;
                thread::sleep(Duration::from_millis(100));
            } else {
                quiet = 0;
                received.extend(taken);
            }
        }
        received
    }
}

/// Mails as they went over the wire and were accepted: the emulator keeps parsed fields only.
pub struct Outgoing(Proxy);

impl Outgoing {
    pub fn new() -> Self {
        for identity in ["report@hotel.example", "lead@hotel.example"] {
            verify(identity);
        }
        Self(Proxy::start(|_, _| Act::Pass))
    }

    pub async fn handle(&self) -> SesMailer {
        cloud_at(&self.0.endpoint(), patient()).await.mailer(None)
    }
}

/// Makes the emulator take mails from an address.
pub fn verify(address: &str) {
    let body = format!("Action=VerifyEmailIdentity&Version=2010-12-01&EmailAddress={address}");
    let form = "content-type: application/x-www-form-urlencoded\r\n";
    send("ses", "POST /", form, body.as_bytes());
}

impl Place for Outgoing {
    type Port = dyn Mailer;

    async fn open(&self) -> Box<dyn Mailer> {
        Box::new(self.handle().await)
    }
}

impl MailPlace for Outgoing {
    async fn sent(&self) -> Vec<Vec<u8>> {
        let accepted = self.0.seen().into_iter().filter(|(_, status)| *status == Some(200));
        accepted
            .map(|(request, _)| decode(request.json()["Content"]["Raw"]["Data"].as_str().unwrap()))
            .collect()
    }
}

/// Base64 as SES is sent it.
pub fn decode(text: &str) -> Vec<u8> {
    const ALPHABET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let bits: Vec<u32> =
        text.chars().filter_map(|c| ALPHABET.find(c)).map(|index| index as u32).collect();
    bits.chunks(4)
        .flat_map(|chunk| {
            let whole = chunk.iter().fold(0, |sum, six| sum << 6 | six) << (6 * (4 - chunk.len()));
            whole.to_be_bytes()[1..chunk.len()].to_vec()
        })
        .collect()
}

/// One secret each, below a prefix.
pub struct SecretsEach {
    pub prefix: String,
    existing: Mutex<BTreeMap<SecretName, ()>>,
}

impl SecretsEach {
    pub fn new() -> Self {
        Self { prefix: format!("{}/", unique("secrets")), existing: Mutex::default() }
    }

    pub fn place(&self) -> Where {
        Where::Each { prefix: self.prefix.clone() }
    }

    pub async fn handle(&self) -> ManagedSecrets {
        cloud().await.secrets(self.place())
    }
}

impl Place for SecretsEach {
    type Port = dyn Secrets;

    async fn open(&self) -> Box<dyn Secrets> {
        Box::new(self.handle().await)
    }
}

impl SecretsPlace for SecretsEach {
    fn set(&self, name: SecretName, text: Option<&str>) {
        let id = format!("{}{}", self.prefix, name.as_str());
        let mut existing = self.existing.lock().unwrap();
        match text {
            None => {
                existing.remove(&name);
                let gone = json!({ "SecretId": id, "ForceDeleteWithoutRecovery": true });
                call("secretsmanager", "secretsmanager.DeleteSecret", &gone);
            }
            Some(text) => store(&id, text, existing.insert(name, ()).is_some()),
        }
    }
}

fn store(id: &str, text: &str, exists: bool) {
    let (operation, key) =
        if exists { ("PutSecretValue", "SecretId") } else { ("CreateSecret", "Name") };
    let body = json!({ key: id, "SecretString": text });
    call("secretsmanager", &format!("secretsmanager.{operation}"), &body);
}

/// One secret with a JSON object.
pub struct SecretsJson {
    id: String,
    values: Mutex<Option<BTreeMap<&'static str, String>>>,
}

impl SecretsJson {
    pub fn new() -> Self {
        Self { id: unique("secrets"), values: Mutex::default() }
    }

    pub async fn handle(&self) -> ManagedSecrets {
        cloud().await.secrets(Where::Json { id: self.id.clone() })
    }

    /// Any text, as a person might paste it.
    pub fn write(&self, text: &str) {
        let exists = self.values.lock().unwrap().replace(BTreeMap::new()).is_some();
        store(&self.id, text, exists);
    }
}

impl Place for SecretsJson {
    type Port = dyn Secrets;

    async fn open(&self) -> Box<dyn Secrets> {
        Box::new(self.handle().await)
    }
}

impl SecretsPlace for SecretsJson {
    fn set(&self, name: SecretName, text: Option<&str>) {
        let mut values = self.values.lock().unwrap();
        let exists = values.is_some();
        let values = values.get_or_insert_default();
        match text {
            Some(text) => values.insert(name.as_str(), text.to_owned()),
            None => values.remove(name.as_str()),
        };
        store(&self.id, &json!(values).to_string(), exists);
    }
}
