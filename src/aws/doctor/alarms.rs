//! CloudWatch and SNS: do the alarms exist and act, does one ring, and has the owner confirmed that
//! they may write?

use url::form_urlencoded;

use super::{StackPlace, check, unanswered};
use crate::aws::ask::{Question, Row, Service};
use crate::aws::failure::Failure;
use crate::doctor::{Check, Grade};

const ALARMS: &str = "alarms";
const OWNER: &str = "owner";

/// The template's names of them.
const EXPECTED: [&str; 6] = [
    "OverdueAlarm",
    "StageFailedAlarm",
    "ErrorsAlarm",
    "NeedsPersonAlarm",
    "FailuresAlarm",
    "DeadLettersAlarm",
];

impl StackPlace<'_> {
    pub(super) async fn alarms(&self) -> Vec<Check> {
        let stack = &self.names.stack;
        let alarms = match self.described().await {
            Err(failure) => unanswered(ALARMS, stack, &failure),
            Ok(found) => of_alarms(stack, &found),
        };
        let topic = self.names.owner.rsplit(':').next().unwrap_or_default();
        let owner = match self.subscriptions().await {
            Err(failure) => unanswered(OWNER, topic, &failure),
            Ok(found) => of_owner(topic, &found),
        };
        vec![alarms, owner]
    }

    async fn described(&self) -> Result<Vec<Row>, Failure> {
        let path = form_urlencoded::Serializer::for_suffix("/?".to_owned(), 2)
            .append_pair("Action", "DescribeAlarms")
            .append_pair("Version", "2010-08-01")
            .append_pair("AlarmNamePrefix", &format!("{}-", self.names.stack))
            .append_pair("MaxRecords", "100")
            .finish();
        let operation = "CloudWatch DescribeAlarms";
        let question = Question { operation, service: Service::CloudWatch, path: &path };
        let path = ["DescribeAlarmsResult", "MetricAlarms", "member"];
        self.ask().rows(question, &path, &["AlarmName", "StateValue", "ActionsEnabled"]).await
    }

    async fn subscriptions(&self) -> Result<Vec<Row>, Failure> {
        let path = form_urlencoded::Serializer::for_suffix("/?".to_owned(), 2)
            .append_pair("Action", "ListSubscriptionsByTopic")
            .append_pair("Version", "2010-03-31")
            .append_pair("TopicArn", &self.names.owner)
            .finish();
        let operation = "SNS ListSubscriptionsByTopic";
        let question = Question { operation, service: Service::Sns, path: &path };
        let path = ["ListSubscriptionsByTopicResult", "Subscriptions", "member"];
        self.ask().rows(question, &path, &["SubscriptionArn"]).await
    }
}

fn of_alarms(stack: &str, found: &[Row]) -> Check {
    let field = |row: &Row, name: &str| row.get(name).cloned().unwrap_or_default();
    let alarms = |sentence: String| check(ALARMS, stack, sentence);
    let deploy = "Deploy the stack again from infra/template.yaml.";
    let is =
        |row: &Row, name: &str| field(row, "AlarmName").starts_with(&format!("{stack}-{name}-"));
    let missing: Vec<&str> =
        EXPECTED.into_iter().filter(|name| !found.iter().any(|row| is(row, name))).collect();
    if !missing.is_empty() {
        let sentence = format!("Alarms are missing: {}.", missing.join(", "));
        return alarms(sentence).graded(Grade::Warn, deploy);
    }
    let names = |is_one: &dyn Fn(&Row) -> bool| {
        let names = found.iter().filter(|row| is_one(row)).map(|row| field(row, "AlarmName"));
        names.collect::<Vec<_>>().join(", ")
    };
    let silent = names(&|row| field(row, "ActionsEnabled") == "false");
    if !silent.is_empty() {
        let sentence = format!("Alarms that tell nobody, because their actions are off: {silent}.");
        let action = "Run: aws cloudwatch enable-alarm-actions --alarm-names NAME";
        return alarms(sentence).graded(Grade::Warn, action);
    }
    let ringing = names(&|row| field(row, "StateValue") == "ALARM");
    if !ringing.is_empty() {
        let action = "infra/README.md, \"When something fails\", says what each of them means.";
        return alarms(format!("Alarms ring: {ringing}.")).graded(Grade::Warn, action);
    }
    alarms("All alarms exist, act, and are silent.".to_owned())
}

fn of_owner(topic: &str, found: &[Row]) -> Check {
    let is_confirmed =
        |row: &Row| row.get("SubscriptionArn").is_some_and(|arn| arn.starts_with("arn:"));
    if found.iter().any(is_confirmed) {
        return check(OWNER, topic, "The owner has confirmed that notices may be sent.");
    }
    let sentence = "The owner has not confirmed the subscription: no notice and no alarm arrives.";
    let action = "Open the mail \"AWS Notification - Subscription Confirmation\" and follow its \
                  link. If it is lost: console of SNS, Subscriptions, Request confirmation.";
    check(OWNER, topic, sentence).graded(Grade::Fail, action)
}
