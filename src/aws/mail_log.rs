//! What SES told of mails, beside the rows of the history table: one item an intent and kind of
//! event, with the key `MAIL#REPORT#WEEK`. Nothing of the chain rests on it but this: a send that
//! nobody answered for is resolved by it.

use std::collections::HashMap;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use weekledger_events::{EventId, RecipientKey, StreamId};

use super::Lazy;
use super::failure::Failure;
use super::history::{HISTORY_PARTITION, HISTORY_SORT};
use crate::ports::{MailEvent, MailFate};

/// Why the log could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum MailLogError {
    #[error("the table of mail events is not available")]
    Unavailable(#[source] Box<Failure>),
    #[error("the mail event {key} cannot be read: {what}")]
    Damaged { key: String, what: &'static str },
}

/// The items of mail events in the history table.
pub struct MailLog {
    client: Lazy<Client>,
    table: String,
}

impl MailLog {
    pub(super) fn new(client: Lazy<Client>, table: String) -> Self {
        Self { client, table }
    }

    /// Keeps an event. The first of an intent and kind stays.
    pub async fn record(&self, event: &MailEvent) -> Result<(), MailLogError> {
        let text = |value: &dyn ToString| AttributeValue::S(value.to_string());
        let sent = self
            .client
            .put_item()
            .table_name(&self.table)
            .item(HISTORY_PARTITION, text(&partition(&event.stream)))
            .item(HISTORY_SORT, text(&format!("{}#{}", event.intent, event.fate)))
            .item("recipient", text(&event.recipient))
            .item("message_id", text(&event.message_id))
            .item("at", text(&event.at))
            .item("detail", text(&event.detail))
            .condition_expression("attribute_not_exists(campaign_id)")
            .send()
            .await;
        let Err(error) = sent else { return Ok(()) };
        if error
            .as_service_error()
            .is_some_and(|error| error.is_conditional_check_failed_exception())
        {
            return Ok(());
        }
        Err(MailLogError::Unavailable(Box::new(Failure::new("DynamoDB PutItem", &error))))
    }

    /// Every event of a week's mails, by intent, in the order of a mail's life.
    pub async fn of_week(&self, stream: &StreamId) -> Result<Vec<MailEvent>, MailLogError> {
        self.query(stream, "").await
    }

    /// What SES told of one intent: the event that says most of the call.
    pub async fn of_intent(
        &self,
        stream: &StreamId,
        intent: EventId,
    ) -> Result<Option<MailEvent>, MailLogError> {
        let mut events = self.query(stream, &format!("{intent}#")).await?;
        Ok(events.pop())
    }

    async fn query(&self, stream: &StreamId, prefix: &str) -> Result<Vec<MailEvent>, MailLogError> {
        let text = |value: &str| AttributeValue::S(value.to_owned());
        let mut request = self
            .client
            .query()
            .table_name(&self.table)
            .consistent_read(true)
            .expression_attribute_values(":pk", text(&partition(stream)));
        request = if prefix.is_empty() {
            request.key_condition_expression("campaign_id = :pk")
        } else {
            request
                .key_condition_expression(
                    "campaign_id = :pk AND begins_with(week_start_date, :prefix)",
                )
                .expression_attribute_values(":prefix", text(prefix))
        };
        let mut pages = request.into_paginator().send();
        let mut events = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| {
                MailLogError::Unavailable(Box::new(Failure::new("DynamoDB Query", &error)))
            })?;
            for item in page.items.unwrap_or_default() {
                events.push(read(stream, &item)?);
            }
        }
        events.sort_by_key(|event| (event.intent, event.fate));
        Ok(events)
    }
}

fn partition(stream: &StreamId) -> String {
    format!("MAIL#{}#{}", stream.report, stream.week)
}

fn read(
    stream: &StreamId,
    item: &HashMap<String, AttributeValue>,
) -> Result<MailEvent, MailLogError> {
    let text = |name| item.get(name).and_then(|value| value.as_s().ok()).map_or("", String::as_str);
    let key = text(HISTORY_SORT);
    let damaged = |what| move || MailLogError::Damaged { key: key.to_owned(), what };
    let (intent, fate) = key.split_once('#').ok_or_else(damaged("its key has no kind"))?;
    let fate = MailFate::ALL.into_iter().find(|known| known.as_str() == fate);
    Ok(MailEvent {
        stream: stream.clone(),
        intent: EventId::parse(intent).map_err(|_| damaged("its key has no intent")())?,
        recipient: RecipientKey::parse(text("recipient"))
            .map_err(|_| damaged("it has no recipient")())?,
        fate: fate.ok_or_else(damaged("its kind is not known"))?,
        message_id: text("message_id").to_owned(),
        at: text("at").parse().map_err(|_| damaged("it has no time")())?,
        detail: text("detail").to_owned(),
    })
}
