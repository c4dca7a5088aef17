//! What the DynamoDB ledger promises beyond the contract: answers that are lost on the way,
//! throttling, pages, and items that nobody should have written.

use std::sync::Mutex;

use serde_json::{Value, json};
use weekledger::aws::DynamoLedger;
use weekledger::ports::{Append, Ledger, LedgerError, LedgerItem};
use weekledger_events::{Digest, StreamId};

use crate::emulator::{call, cloud_at, endpoint, impatient, patient};
use crate::place::{race, run};
use crate::places::Table;
use crate::samples::{item, noise, sequence, stream};
use crate::wire::{Act, Proxy, Request, nobody};

const THROTTLED: &str =
    r#"{"__type":"com.amazonaws.dynamodb.v20120810#ThrottlingException","message":"slow down"}"#;
const DENIED: &str = r#"{"__type":"com.amazon.coral.service#AccessDeniedException","Message":"User: arn:aws:sts::1:x is not authorized"}"#;
const RACED: &str = r#"{"__type":"com.amazonaws.dynamodb.v20120810#TransactionCanceledException","message":"cancelled","CancellationReasons":[{"Code":"None"},{"Code":"TransactionConflict","Message":"in progress"}]}"#;
const CONDITION: &str = r#"{"__type":"com.amazonaws.dynamodb.v20120810#TransactionCanceledException","message":"cancelled","CancellationReasons":[{"Code":"ConditionalCheckFailed"}]}"#;
const BROKEN: &str = r#"{"__type":"InternalServerError","message":"?"}"#;

fn week_47() -> StreamId {
    stream("hotels/2026-W47")
}

fn first(mark: u32) -> LedgerItem {
    item(&week_47(), 1, None, mark, Some(b"one"))
}

/// What becomes of the first attempts to append; the rest passes.
fn appends(acts: &'static [Act]) -> Proxy {
    let left = Mutex::new(acts.iter());
    Proxy::start(move |_, request| {
        let act = request.is("TransactWriteItems").then(|| left.lock().unwrap().next()).flatten();
        act.cloned().unwrap_or(Act::Pass)
    })
}

async fn behind(proxy: &Proxy, table: &Table) -> DynamoLedger {
    cloud_at(&proxy.endpoint(), impatient()).await.ledger(&table.0)
}

fn count(proxy: &Proxy, operation: &str) -> usize {
    proxy.seen().iter().filter(|(request, _)| request.is(operation)).count()
}

/// Appends the first event behind the proxy; then what the table holds.
fn append_behind(proxy: &Proxy) -> (Result<Append, LedgerError>, Vec<LedgerItem>) {
    let table = Table::new();
    run(async {
        let ledger = behind(proxy, &table).await;
        let appended = ledger.append(&week_47(), sequence(1), None, &first(1)).await;
        (appended, table.handle().await.load(&week_47()).await.unwrap())
    })
}

#[test]
fn an_append_that_happened_without_an_answer_is_stored_and_only_once() {
    for lost in [Act::PassAndDrop, Act::PassAndHang, Act::PassAndCut(40)] {
        let once = Mutex::new(Some(lost.clone()));
        let proxy = Proxy::start(move |_, request| {
            let act = request.is("TransactWriteItems").then(|| once.lock().unwrap().take());
            act.flatten().unwrap_or(Act::Pass)
        });
        let (appended, stored) = append_behind(&proxy);
        assert_eq!(appended.unwrap(), Append::Stored, "{lost:?}");
        assert_eq!(stored, [first(1)], "{lost:?}");
        assert_eq!(count(&proxy, "TransactWriteItems"), 2, "{lost:?}");
        assert_eq!(count(&proxy, "GetItem"), 1, "{lost:?}");
    }
}

#[test]
fn an_append_that_happened_and_was_answered_with_a_server_error_is_stored() {
    // The proxy stands for a front that fails after the store has done its work.
    let table = Table::new();
    let name = table.0.clone();
    let proxy = Proxy::start(move |number, request| {
        if number > 0 {
            return Act::Pass;
        }
        let Ok(Append::Stored) = store_elsewhere(&name, 1) else { panic!("not stored") };
        assert!(request.is("TransactWriteItems"));
        Act::Answer(500, BROKEN)
    });
    let appended = run(async {
        behind(&proxy, &table).await.append(&week_47(), sequence(1), None, &first(1)).await
    });
    assert_eq!(appended.unwrap(), Append::Stored);
}

/// Stores the first event with a mark past every proxy.
fn store_elsewhere(table: &str, mark: u32) -> Result<Append, LedgerError> {
    run(async {
        let ledger = cloud_at(&endpoint(), patient()).await.ledger(table);
        ledger.append(&week_47(), sequence(1), None, &first(mark)).await
    })
}

#[test]
fn an_append_that_was_lost_while_another_took_the_slot_conflicts() {
    let table = Table::new();
    let name = table.0.clone();
    let proxy = Proxy::start(move |number, _| {
        if number > 0 {
            return Act::Pass;
        }
        assert_eq!(store_elsewhere(&name, 2).unwrap(), Append::Stored);
        Act::Drop
    });
    let appended = run(async {
        behind(&proxy, &table).await.append(&week_47(), sequence(1), None, &first(1)).await
    });
    assert_eq!(appended.unwrap(), Append::Conflict);
    assert_eq!(run(async { table.handle().await.load(&week_47()).await }).unwrap(), [first(2)]);
}

#[test]
fn an_append_that_every_time_happens_without_an_answer_is_recognised_by_its_bytes() {
    let proxy = Proxy::start(|_, request| match request.is("TransactWriteItems") {
        true => Act::PassAndDrop,
        false => Act::Pass,
    });
    let (appended, stored) = append_behind(&proxy);
    assert_eq!(appended.unwrap(), Append::Stored);
    assert_eq!(stored, [first(1)]);
}

#[test]
fn an_append_that_never_arrived_is_unavailable_and_stored_nothing() {
    let proxy = Proxy::start(|_, request| match request.is("TransactWriteItems") {
        true => Act::Drop,
        false => Act::Pass,
    });
    let (appended, stored) = append_behind(&proxy);
    assert!(matches!(appended, Err(LedgerError::Unavailable(_))), "{appended:?}");
    assert_eq!(stored, []);
}

#[test]
fn throttling_and_transactions_in_each_others_way_are_tried_again() {
    for answer in [Act::Answer(400, THROTTLED), Act::Answer(400, RACED), Act::Answer(500, BROKEN)] {
        let left = Mutex::new(vec![answer.clone(), answer]);
        let proxy = Proxy::start(move |_, request| {
            let act = request.is("TransactWriteItems").then(|| left.lock().unwrap().pop());
            act.flatten().unwrap_or(Act::Pass)
        });
        let (appended, stored) = append_behind(&proxy);
        assert_eq!(appended.unwrap(), Append::Stored);
        assert_eq!(stored, [first(1)]);
        assert_eq!(count(&proxy, "TransactWriteItems"), 3);
    }
}

#[test]
fn endless_throttling_is_unavailable_after_six_attempts() {
    let proxy = Proxy::start(|_, request| match request.is("TransactWriteItems") {
        true => Act::Answer(400, THROTTLED),
        false => Act::Pass,
    });
    let (appended, stored) = append_behind(&proxy);
    let Err(LedgerError::Unavailable(cause)) = appended else { panic!("{appended:?}") };
    assert!(cause.to_string().contains("ThrottlingException"), "{cause}");
    assert_eq!(stored, []);
    assert_eq!((count(&proxy, "TransactWriteItems"), count(&proxy, "GetItem")), (6, 0));
}

#[test]
fn a_condition_that_failed_at_once_is_a_conflict_without_another_question() {
    let proxy = appends(&[Act::Answer(400, CONDITION)]);
    let (appended, _) = append_behind(&proxy);
    assert_eq!(appended.unwrap(), Append::Conflict);
    assert_eq!(proxy.seen().len(), 1);
}

#[test]
fn a_missing_permission_is_refused_with_the_code_and_not_tried_again() {
    let proxy = appends(&[Act::Answer(400, DENIED)]);
    let (appended, _) = append_behind(&proxy);
    let Err(error @ LedgerError::Refused { .. }) = appended else { panic!("{appended:?}") };
    assert!(error.to_string().contains("AccessDeniedException"), "{error}");
    assert_eq!(proxy.seen().len(), 1);
}

#[test]
fn a_table_that_does_not_exist_is_refused_for_reading_and_writing() {
    let table = Table("no-such-table".to_owned());
    run(async {
        let ledger = table.handle().await;
        for error in [
            ledger.load(&week_47()).await.unwrap_err(),
            ledger.streams().await.unwrap_err(),
            ledger.append(&week_47(), sequence(1), None, &first(1)).await.unwrap_err(),
        ] {
            assert!(matches!(error, LedgerError::Refused { .. }), "{error:?}");
            assert!(error.to_string().contains("ResourceNotFoundException"), "{error}");
        }
    });
}

#[test]
fn a_service_that_cannot_be_reached_is_unavailable() {
    run(async {
        let ledger = cloud_at(&nobody(), impatient()).await.ledger("ledger");
        let error = ledger.load(&week_47()).await.unwrap_err();
        assert!(matches!(error, LedgerError::Unavailable(_)), "{error:?}");
    });
}

#[test]
fn reads_are_consistent_and_a_stream_of_several_megabytes_comes_whole() {
    let table = Table::new();
    let proxy = Proxy::start(|_, _| Act::Pass);
    run(async {
        let ledger = cloud_at(&proxy.endpoint(), patient()).await.ledger(&table.0);
        let mut items: Vec<LedgerItem> = Vec::new();
        for number in 1..=10 {
            let previous = items.last().map(|item| Digest::of(&item.envelope));
            let payload = (number % 3 != 0).then(|| noise(300_000, number));
            let next = item(&week_47(), number, previous, number, payload.as_deref());
            let stored = ledger.append(&week_47(), sequence(number), previous, &next).await;
            assert_eq!(stored.unwrap(), Append::Stored);
            items.push(next);
        }
        assert!(ledger.load(&week_47()).await.unwrap() == items);
    });
    let queries: Vec<Value> = proxy
        .seen()
        .iter()
        .filter(|(request, _)| request.is("Query"))
        .map(|(request, _)| request.json())
        .collect();
    assert!(queries.len() >= 3, "2.1 MB come in pages of 1 MB: {}", queries.len());
    assert!(queries.iter().all(|query| query["ConsistentRead"] == true));
}

#[test]
fn forty_writers_at_one_slot_have_exactly_one_winner() {
    let table = Table::new();
    run(async { table.handle().await.append(&week_47(), sequence(1), None, &first(1)).await })
        .unwrap();
    let previous = Some(Digest::of(&first(1).envelope));
    let contender = |number: usize| item(&week_47(), 2, previous, number as u32, None);
    let outcomes = race(&table, 40, async |number, ledger| {
        ledger.append(&week_47(), sequence(2), previous, &contender(number)).await.unwrap()
    });
    let winners: Vec<_> =
        (0..outcomes.len()).filter(|&number| outcomes[number] == Append::Stored).collect();
    assert_eq!(winners.len(), 1, "{outcomes:?}");
    let stored = run(async { table.handle().await.load(&week_47()).await }).unwrap();
    assert_eq!(stored, [first(1), contender(winners[0])]);
}

#[test]
fn a_number_beyond_the_key_and_an_item_beyond_the_limit_are_refused_without_a_call() {
    let proxy = Proxy::start(|_, _| Act::Pass);
    let previous = Some(Digest::of(b"nobody"));
    let late = item(&week_47(), 1_000_000, previous, 1, None);
    let large = item(&week_47(), 1, None, 1, Some(&vec![0; 395_000]));
    run(async {
        let ledger = behind(&proxy, &Table("ledger".to_owned())).await;
        for (number, previous, item) in [(1_000_000, previous, late), (1, None, large)] {
            let error = ledger.append(&week_47(), sequence(number), previous, &item).await;
            assert!(matches!(error, Err(LedgerError::Refused { .. })), "{error:?}");
        }
    });
    assert!(proxy.seen().is_empty());
}

#[test]
fn the_largest_item_that_is_allowed_is_taken() {
    let table = Table::new();
    let envelope = item(&week_47(), 1, None, 1, Some(b"")).envelope;
    let payload = noise(395_000 - envelope.len(), 1);
    let largest = LedgerItem { envelope, payload: Some(payload) };
    run(async {
        let ledger = table.handle().await;
        let stored = ledger.append(&week_47(), sequence(1), None, &largest).await.unwrap();
        assert_eq!(stored, Append::Stored);
        assert!(ledger.load(&week_47()).await.unwrap() == [largest]);
    });
}

/// Puts an item past the ledger, as a wrong permission would allow.
fn put(table: &Table, sk: &str, envelope: Value, digest: &str, payload: Value) {
    let mut item = json!({
        "pk": { "S": "WEEK#hotels#2026-W47" },
        "sk": { "S": sk },
        "envelope": envelope,
        "digest": { "S": digest },
    });
    if !payload.is_null() {
        item["payload"] = payload;
    }
    let body = json!({ "TableName": table.0, "Item": item });
    call("dynamodb", "DynamoDB_20120810.PutItem", &body);
}

#[test]
fn an_item_that_cannot_be_understood_is_damage_in_its_slot() {
    // "e30=" is "{}" in base64.
    let (bytes, digest) = (json!({ "B": "e30=" }), Digest::of(b"{}").to_string());
    let other = Digest::of(b"[]").to_string();
    for (sk, envelope, digest, payload, complaint) in [
        ("000001", json!({ "S": "{}" }), &digest, Value::Null, "no envelope in bytes"),
        ("000001", bytes.clone(), &other, Value::Null, "do not have the digest"),
        ("000001", bytes.clone(), &digest, json!({ "S": "{}" }), "payload is not in bytes"),
        ("1", bytes.clone(), &digest, Value::Null, "six-digit"),
        ("000000", bytes.clone(), &digest, Value::Null, "six-digit"),
        ("zzzzzz", bytes.clone(), &digest, Value::Null, "six-digit"),
    ] {
        let table = Table::new();
        put(&table, sk, envelope, digest, payload);
        let error = run(async { table.handle().await.load(&week_47()).await }).unwrap_err();
        assert!(matches!(error, LedgerError::Damaged { .. }), "{error:?}");
        let text = error.to_string();
        assert!(text.starts_with("hotels/2026-W47: ") && text.contains(sk), "{text}");
        assert!(text.contains(complaint), "{text}");
    }
}

#[test]
fn an_event_in_another_events_slot_is_damage() {
    let table = Table::new();
    let ledger = run(table.handle());
    run(ledger.append(&week_47(), sequence(1), None, &first(1))).unwrap();
    let stored = json!({ "TableName": table.0, "Key": {
        "pk": { "S": "WEEK#hotels#2026-W47" }, "sk": { "S": "000001" } } });
    let found = call("dynamodb", "DynamoDB_20120810.GetItem", &stored);
    let digest = Digest::of(&first(1).envelope).to_string();
    put(&table, "000002", found["Item"]["envelope"].clone(), &digest, Value::Null);
    let error = run(async { table.handle().await.load(&week_47()).await }).unwrap_err();
    let text = error.to_string();
    assert!(text.contains("slot 000002") && text.contains("it holds event 1"), "{text}");
}

#[test]
fn a_first_event_is_in_the_index_and_no_later_one() {
    let table = Table::new();
    let second = item(&week_47(), 2, Some(Digest::of(&first(1).envelope)), 2, None);
    run(async {
        let ledger = table.handle().await;
        ledger.append(&week_47(), sequence(1), None, &first(1)).await.unwrap();
        let previous = Some(Digest::of(&first(1).envelope));
        ledger.append(&week_47(), sequence(2), previous, &second).await.unwrap();
    });
    let scan = json!({ "TableName": table.0, "IndexName": "weeks" });
    let found = call("dynamodb", "DynamoDB_20120810.Scan", &scan);
    assert_eq!(found["Count"], 1, "{found}");
    assert_eq!(found["Items"][0]["sk"]["S"], "000001");
}

#[test]
fn a_key_in_the_index_that_names_no_stream_is_damage() {
    let table = Table::new();
    let item = json!({ "pk": { "S": "WEEK#Hotels#2026-W99" }, "sk": { "S": "000001" },
        "first": { "S": "week" } });
    call("dynamodb", "DynamoDB_20120810.PutItem", &json!({ "TableName": table.0, "Item": item }));
    let error = run(async { table.handle().await.streams().await }).unwrap_err();
    assert!(error.to_string().contains("WEEK#Hotels#2026-W99"), "{error}");
}

#[test]
fn nothing_but_queries_reads_and_transactions_of_puts_is_ever_asked() {
    // What roles may be denied: updates, deletes, batches, PartiQL, plain puts.
    let table = Table::new();
    let proxy = Proxy::start(|_, _| Act::Pass);
    run(async {
        let ledger = cloud_at(&proxy.endpoint(), patient()).await.ledger(&table.0);
        ledger.append(&week_47(), sequence(1), None, &first(1)).await.unwrap();
        let second = item(&week_47(), 2, Some(Digest::of(&first(1).envelope)), 2, None);
        let previous = Some(Digest::of(&first(1).envelope));
        ledger.append(&week_47(), sequence(2), previous, &second).await.unwrap();
        ledger.load(&week_47()).await.unwrap();
        ledger.streams().await.unwrap();
    });
    let actions = |request: &Request| request.json()["TransactItems"].as_array().cloned();
    for (request, _) in proxy.seen() {
        let target = request.header("x-amz-target").unwrap().to_owned();
        assert!(target.ends_with("Query") || target.ends_with("TransactWriteItems"), "{target}");
        for action in actions(&request).unwrap_or_default() {
            let kinds: Vec<_> = action.as_object().unwrap().keys().cloned().collect();
            assert!(kinds == ["Put"] || kinds == ["ConditionCheck"], "{kinds:?}");
        }
    }
}
